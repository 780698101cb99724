using System.Buffers.Binary;
using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Sockets;
using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Create;

/// <summary>What a parent and the child it makes tell each other, over a socket that ends with either of them.</summary>
/// <remarks>
/// <code>
/// parent (CreateSequence)                     child (InitChild)
///   clone3 ------------------------------------> in its new user and PID namespaces
///   writes the identifier maps
///   MapsWritten ------------------------------->   (only with a new user namespace)
///   makes the cgroup, writes limits                makes the other namespaces, mounts
///   CgroupReady ------------------------------->   waits for it before its first need of the cgroup
///                 &lt;------------------------------ Born (only when it is born twice; the first child ends)
///                 &lt;------------------------------ SourceWanted (with a mount's number; only what it may not reach)
///   Source (with the descriptor) -------------->
///                 &lt;------------------------------ MappingWanted (with a mount's number and the mount; only id-mapped ones)
///   Mapped ------------------------------------>
///                 &lt;------------------------------ Terminal (with the master end; only with a terminal)
///                 &lt;------------------------------ NetworkReady (only with network devices to move)
///   DevicesMoved ------------------------------>
///                 &lt;------------------------------ MountsReady (only with hooks of the parent's)
///   runs prestart and createRuntime hooks
///   HooksDone --------------------------------->   createContainer hooks, pivot_root, identity
///                 &lt;------------------------------ SeccompListener (with the descriptor; only with one)
///                 &lt;------------------------------ Ready
///   writes the pid file and the state
///   Commit ------------------------------------>   from here on it outlives the parent
///                                                  waits at the fifo, unless it is to go on at once
///                 &lt;------------------------------ the end of the socket: it has become the program
/// Failed can come from the child at any time, and is its last message. An exec has the same without hooks,
/// and CgroupReady only where the child could not be born in the cgroup.
/// </code>
/// </remarks>
internal enum Message : byte
{
    /// <summary>Parent: the user namespace has its maps.</summary>
    MapsWritten = (byte)'M',

    /// <summary>Parent: the cgroup is there and has its limits.</summary>
    CgroupReady = (byte)'C',

    /// <summary>Child: a sibling goes on in its place; the rest of the message is its number in four bytes.</summary>
    Born = (byte)'B',

    /// <summary>Child: a mount's source is out of its reach; the rest of the message is the mount's number in four bytes.</summary>
    SourceWanted = (byte)'O',

    /// <summary>Parent: here is the source, as a place.</summary>
    Source = (byte)'F',

    /// <summary>Child: here is a mount that is to show other ids; the rest of the message is its number in four bytes.</summary>
    MappingWanted = (byte)'I',

    /// <summary>Parent: it does.</summary>
    Mapped = (byte)'P',

    /// <summary>Child: here is the terminal's master end.</summary>
    Terminal = (byte)'T',

    /// <summary>Child: its network namespace can take the devices.</summary>
    NetworkReady = (byte)'N',

    /// <summary>Parent: the network devices are in the container's namespace.</summary>
    DevicesMoved = (byte)'V',

    /// <summary>Child: everything is mounted and the root not yet changed.</summary>
    MountsReady = (byte)'H',

    /// <summary>Parent: its hooks have run.</summary>
    HooksDone = (byte)'D',

    /// <summary>Child: here is the descriptor on which the kernel announces system calls.</summary>
    SeccompListener = (byte)'S',

    /// <summary>Child: nothing is left to do but to become the program.</summary>
    Ready = (byte)'R',

    /// <summary>Parent: the container is on record.</summary>
    Commit = (byte)'G',

    /// <summary>Child: a step failed; the rest of the message says which.</summary>
    Failed = (byte)'E',
}

/// <summary>A failed step as it goes over the socket.</summary>
/// <param name="Step">What was being done.</param>
/// <param name="Cause">Why it failed.</param>
/// <param name="Error">The kernel's answer, when it was the kernel's.</param>
internal readonly record struct ChildFailure(string Step, string Cause, Errno Error)
{
    /// <summary>The longest message; a longer text is cut.</summary>
    public const int MostBytes = 4096;

    private const int TextOffset = 5;

    // In characters, of three bytes at the most: the cause has room then.
    private const int MostOfStep = 1000;

    /// <summary>The message's bytes: the kind, the error number in four, the step and the cause with a zero between them.</summary>
    [ChildSafe]
    public ReadOnlySpan<byte> Encode()
    {
        byte[] text = Encoding.UTF8.GetBytes($"{(Step.Length > MostOfStep ? Step[..MostOfStep] : Step)}\0{Cause}");
        byte[] message = new byte[Math.Min(TextOffset + text.Length, MostBytes)];
        message[0] = (byte)Message.Failed;
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(1), (int)Error);
        text.AsSpan(0, message.Length - TextOffset).CopyTo(message.AsSpan(TextOffset));
        return message;
    }

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    public static ChildFailure Decode(ReadOnlySpan<byte> message)
    {
        string text = Encoding.UTF8.GetString(message[TextOffset..]);
        int split = text.IndexOf('\0', StringComparison.Ordinal);
        return new ChildFailure(text[..split], text[(split + 1)..], (Errno)BinaryPrimitives.ReadInt32LittleEndian(message[1..]));
    }
}

/// <summary>The parent's end of the socket.</summary>
internal sealed class ChildPipe(UnixSocket socket) : IDisposable
{
    private readonly byte[] _buffer = new byte[ChildFailure.MostBytes];

    /// <summary>Tells the child something; a child that is gone is found out by the next <see cref="Receive"/>.</summary>
    public void Send(Message message, FileDescriptor? passed = null)
    {
        try
        {
            socket.Send([(byte)message], passed);
        }
        catch (LinuxException error) when (error.Error is Errno.EPIPE or Errno.ECONNRESET)
        {
        }
    }

    /// <summary>Waits for the child's next message.</summary>
    /// <param name="passed">The descriptor that came with it.</param>
    /// <returns>Null when the child's end is closed: it has become the program, or is dead.</returns>
    /// <exception cref="ContainerException">The child failed, and this is why.</exception>
    public Message? Receive(out FileDescriptor? passed)
    {
        int length = socket.Receive(_buffer, out passed);
        if (length == 0)
        {
            return null;
        }

        if ((Message)_buffer[0] == Message.Failed)
        {
            ChildFailure failure = ChildFailure.Decode(_buffer.AsSpan(0, length));
            throw new ContainerException($"{failure.Step}: {failure.Cause}");
        }

        return (Message)_buffer[0];
    }

    /// <summary>The number that came with the last message: a process's, or a mount's.</summary>
    public int Number => BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(1));

    /// <summary>Closes the socket; a child that has not been told to commit ends.</summary>
    public void Dispose() => socket.Dispose();
}
