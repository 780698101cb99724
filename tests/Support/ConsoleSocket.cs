using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using NUnit.Framework;

namespace Bulkhead.Tests.Support;

/// <summary>A unix socket on which a runtime hands over the master side of a container's terminal.</summary>
/// <example><code>
/// using var container = TestContainer.From(bundle => bundle.Process.Terminal().Args("sh"));
/// using var socket = new ConsoleSocket(container.Folder.File("console.sock"));
/// container.Create("--console-socket", socket.Path).MustSucceed();
/// using Terminal terminal = socket.Accept();
/// container.Start().MustSucceed();
/// terminal.Write("tty\n");
/// terminal.ReadUntil("/dev/pts/0");
/// </code></example>
public sealed unsafe class ConsoleSocket : IDisposable
{
    private const int SolSocket = 1;
    private const int ScmRights = 1;
    private const int CloseOnExec = 0x40000000; // MSG_CMSG_CLOEXEC

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <summary>Listens at a path that does not exist yet.</summary>
    public ConsoleSocket(string path)
    {
        Path = path;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
    }

    /// <summary>What to give as <c>--console-socket</c>.</summary>
    public string Path { get; }

    /// <summary>Takes the terminal that a runtime sent; fails the test if none comes within the time limit.</summary>
    public Terminal Accept(TimeSpan? limit = null)
    {
        TimeSpan atMost = limit ?? Wait.DefaultLimit;
        if (!_listener.Poll(atMost, SelectMode.SelectRead))
        {
            Assert.Fail($"no terminal was sent to {Path} within {atMost.TotalSeconds:0.#} s");
        }

        using Socket connection = _listener.Accept();
        connection.Poll(atMost, SelectMode.SelectRead);
        return new Terminal(Receive(connection));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        File.Delete(Path);
    }

    private static SafeFileHandle Receive(Socket connection)
    {
        byte* text = stackalloc byte[4096];
        var control = default(Native.DescriptorMessage);
        var buffer = new Native.Buffer { Base = text, Length = 4096 };
        var message = new Native.MessageHeader
        {
            Buffers = &buffer,
            BufferCount = 1,
            Control = &control,
            ControlLength = (nuint)sizeof(Native.DescriptorMessage),
        };

        // The structures live on this stack until the call returns.
        if (Native.ReceiveMessage(connection.SafeHandle, &message, CloseOnExec) < 0)
        {
            throw Native.LastError("recvmsg");
        }

        if (control.Level != SolSocket || control.Type != ScmRights)
        {
            Assert.Fail("the runtime sent a message without a descriptor");
        }

        return new SafeFileHandle(control.Descriptor, ownsHandle: true);
    }
}
