using Bulkhead.Linux.Files;
using Bulkhead.Linux.Sockets;
using Bulkhead.Linux.Terminals;
using Bulkhead.Shim.Loop;

namespace Bulkhead.Shim.Stdio;

/// <summary>The socket that the runtime hands a process's terminal over by, with a name as long as this exists.</summary>
/// <remarks>runc, docs/terminals.md, "Detached New Terminal": one connection, one message with the descriptor of the master.</remarks>
internal sealed class TerminalSocket : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly EventLoop _loop;
    private readonly UnixListener _listener;
    private readonly DirectoryHandle _folder;
    private readonly string _name;

    private TerminalSocket(EventLoop loop, UnixListener listener, DirectoryHandle folder, string name)
    {
        _loop = loop;
        _listener = listener;
        _folder = folder;
        _name = name;
    }

    /// <summary>Where it is.</summary>
    public string Path => _listener.Path;

    /// <summary>Makes one of a name that nobody can guess.</summary>
    /// <exception cref="Linux.LinuxException">As bind(2).</exception>
    public static TerminalSocket Listen(EventLoop loop, string prefix)
    {
        int slash = prefix.LastIndexOf('/');
        DirectoryHandle directory = DirectoryHandle.Open(prefix[..slash]);
        try
        {
            string name = $"{prefix[(slash + 1)..]}{Guid.NewGuid().ToString("N")[..16]}";
            return new TerminalSocket(loop, UnixListener.Listen(directory.PathOf(name)), directory, name);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Takes the terminal, which does not wait for anything.</summary>
    /// <exception cref="TimeoutException">None has come within 10 seconds.</exception>
    /// <exception cref="StdioException">What came is no terminal.</exception>
    public async Task<FileDescriptor> ReceiveAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(Limit, _loop.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await ReceiveWithoutLimitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"the runtime has sent no terminal within {Limit.TotalSeconds} seconds");
        }
    }

    /// <summary>Takes its name away and closes it.</summary>
    public void Dispose()
    {
        _listener.Dispose();
        _folder.Remove(_name);
        _folder.Dispose();
    }

    private async Task<FileDescriptor> ReceiveWithoutLimitAsync(CancellationToken cancellationToken)
    {
        using UnixSocket connection = await AcceptAsync(cancellationToken);
        using Readiness readiness = _loop.Watch(connection);

        // The message names the terminal as the container knows it.
        byte[] name = new byte[4096];
        FileDescriptor? terminal;
        while (connection.TryReceive(name, out terminal) < 0)
        {
            await readiness.Input(cancellationToken);
        }

        if (terminal is null || Terminal.TryGetSize(terminal) is null)
        {
            terminal?.Dispose();
            throw new StdioException("what the runtime has sent is no terminal");
        }

        terminal.SetNonBlocking();
        return terminal;
    }

    private async Task<UnixSocket> AcceptAsync(CancellationToken cancellationToken)
    {
        using Readiness readiness = _loop.Watch(_listener);
        UnixSocket? connection;
        while ((connection = _listener.TryAccept()) is null)
        {
            await readiness.Input(cancellationToken);
        }

        return connection;
    }
}
