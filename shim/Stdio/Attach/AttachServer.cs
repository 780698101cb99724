using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Sockets;
using Bulkhead.Shim.Loop;
using Bulkhead.Shim.Stdio.Logs;

namespace Bulkhead.Shim.Stdio.Attach;

/// <summary>The socket that clients attach to: each sees a process's output, and one of them types.</summary>
/// <remarks>docs/attach.md. Only the shim's own user can connect.</remarks>
internal sealed class AttachServer : IAsyncDisposable
{
    private const int MostClients = 64;
    private static readonly TimeSpan AcceptAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(60);

    private readonly EventLoop _loop;
    private readonly TimeProvider _time;
    private readonly UnixListener _listener;
    private readonly Readiness _readiness;
    private readonly List<AttachClient> _clients = [];
    private readonly List<AttachClient> _live = [];
    private readonly CancellationTokenSource _end = new();
    private AttachClient? _typist;
    private bool _isStdoutEnded;
    private bool _isStderrEnded;

    private AttachServer(EventLoop loop, TimeProvider time, UnixListener listener, LogWriter? log)
    {
        _loop = loop;
        _time = time;
        _listener = listener;
        _readiness = loop.Watch(listener);
        Log = log;
    }

    /// <summary>Makes the socket.</summary>
    /// <param name="loop">Where it runs.</param>
    /// <param name="time">What tells how long clients are waited for.</param>
    /// <param name="path">Where the socket is; its folder exists, and it does not.</param>
    /// <param name="log">The log that the output is kept in; null for none.</param>
    /// <exception cref="LinuxException">As bind(2).</exception>
    public static AttachServer Open(EventLoop loop, TimeProvider time, string path, LogWriter? log)
    {
        AttachServer server = new(loop, time, UnixListener.Listen(path), log);
        _ = server.AcceptAsync();
        return server;
    }

    /// <summary>Where the socket is.</summary>
    public string Path => _listener.Path;

    /// <summary>The process's input, as clients type it; null before <see cref="OpenInput"/>.</summary>
    public AttachInput? Input { get; private set; }

    /// <summary>The log that the output is kept in; null for none.</summary>
    internal LogWriter? Log { get; }

    /// <summary>From now on clients may type.</summary>
    public AttachInput OpenInput() => Input ??= new AttachInput();

    /// <summary>Sends output to all who are attached; complete when each has taken it or has it in its queue.</summary>
    /// <param name="stream">Which stream's.</param>
    /// <param name="bytes">What it is; where there is a log it is there already.</param>
    public ValueTask SendAsync(OutputStream stream, ReadOnlyMemory<byte> bytes) => _clients.Count == 0 ? default : SendToAllAsync(stream, bytes);

    /// <summary>Tells all who are attached that a stream has ended.</summary>
    public ValueTask EndAsync(OutputStream stream)
    {
        if (stream is OutputStream.Stdout)
        {
            _isStdoutEnded = true;
        }
        else
        {
            _isStderrEnded = true;
        }

        return SendToAllAsync(stream, AttachFrameKind.StreamEnd, new byte[] { (byte)stream });
    }

    /// <summary>Removes the socket, and gives those who are attached the rest, which may take a minute if they are slow.</summary>
    public ValueTask DisposeAsync()
    {
        if (_end.IsCancellationRequested)
        {
            return default;
        }

        _end.Cancel();
        _readiness.Dispose();
        _listener.Dispose();
        RemoveSocket();
        Input?.End();
        AttachClient[] clients = [.. _clients];
        foreach (AttachClient client in clients)
        {
            client.End();
        }

        return clients.Length == 0 ? default : CloseAsync(clients);
    }

    /// <summary>Why a client can't have what it wants; null when it can.</summary>
    internal string? Refusal(AttachHello hello)
    {
        if (!hello.Stdin)
        {
            return null;
        }

        // One that was killed while the process was not reading has not been noticed yet.
        if (_typist is { Outbox.IsHungUp: true } gone)
        {
            gone.Outbox.Close();
            _typist = null;
        }

        return Input is null ? "the process has no input that is typed here"
            : Input.IsEnded ? "the process's input has ended"
            : _typist is not null ? "another client is typing"
            : null;
    }

    /// <summary>A client types, if it wants to.</summary>
    internal void StartTyping(AttachClient client)
    {
        if (client.Hello.Stdin)
        {
            _typist = client;
        }
    }

    /// <summary>A client has stopped typing, if it was the one.</summary>
    internal void StopTyping(AttachClient client)
    {
        if (_typist == client)
        {
            _typist = null;
        }
    }

    /// <summary>From here on a client gets what is sent.</summary>
    internal void GoLive(AttachClient client)
    {
        if (_isStdoutEnded && client.Hello.Stdout)
        {
            client.Outbox.TrySend(AttachFrameKind.StreamEnd, [(byte)OutputStream.Stdout]);
        }

        if (_isStderrEnded && client.Hello.Stderr)
        {
            client.Outbox.TrySend(AttachFrameKind.StreamEnd, [(byte)OutputStream.Stderr]);
        }

        if (_end.IsCancellationRequested)
        {
            client.Outbox.Finish(AttachFrameKind.End);
        }
        else
        {
            _live.Add(client);
        }
    }

    /// <summary>A client's connection is closed.</summary>
    internal void Forget(AttachClient client)
    {
        _clients.Remove(client);
        _live.Remove(client);
    }

    private async ValueTask SendToAllAsync(OutputStream stream, ReadOnlyMemory<byte> bytes)
    {
        do
        {
            int length = Math.Min(bytes.Length, AttachFrame.MostBytes);
            await SendToAllAsync(stream, (AttachFrameKind)stream, bytes[..length]);
            bytes = bytes[length..];
        }
        while (!bytes.IsEmpty);
    }

    private async ValueTask SendToAllAsync(OutputStream stream, AttachFrameKind kind, ReadOnlyMemory<byte> content)
    {
        List<Task>? slow = null;
        foreach (AttachClient client in _live)
        {
            if (client.Hello.Wants(stream) && !client.Outbox.TrySend(kind, content.Span))
            {
                (slow ??= []).Add(client.Outbox.SendAsync(kind, content));
            }
        }

        foreach (AttachClient client in _clients)
        {
            if (client.IsBehind)
            {
                (slow ??= []).Add(client.CatchUpAsync());
            }
        }

        if (slow is not null)
        {
            await Task.WhenAll(slow);
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await TakeAllAsync();
                await _readiness.Input();
            }
        }
        catch (Exception error) when (error is ObjectDisposedException or OperationCanceledException)
        {
            // The socket is closed.
        }
    }

    private async Task TakeAllAsync()
    {
        while (true)
        {
            try
            {
                while (_listener.TryAccept() is { } socket)
                {
                    Take(socket);
                }

                return;
            }
            catch (LinuxException)
            {
                // Too many descriptors are open, or there is no memory: those who wait are not told of again.
            }

            await Task.Delay(AcceptAgain, _time, _end.Token);
        }
    }

    private void Take(FileDescriptor socket)
    {
        if (_clients.Count == MostClients)
        {
            new AttachOutbox(_loop, _time, socket).Finish(AttachFrameKind.Refused, $"{MostClients} clients are attached already");
            return;
        }

        AttachClient client = new(_loop, _time, this, socket);
        _clients.Add(client);
        _ = client.RunAsync();
    }

    private async ValueTask CloseAsync(AttachClient[] clients)
    {
        using ITimer limit = _time.CreateTimer(static clients => CloseNow((AttachClient[])clients!), clients, EndTime, Timeout.InfiniteTimeSpan);
        foreach (AttachClient client in clients)
        {
            await client.Outbox.Closed;
        }
    }

    private static void CloseNow(AttachClient[] clients)
    {
        foreach (AttachClient client in clients)
        {
            client.Outbox.Close();
        }
    }

    private void RemoveSocket()
    {
        try
        {
            int slash = Path.LastIndexOf('/');
            using DirectoryHandle folder = DirectoryHandle.OpenPath(slash == 0 ? "/" : Path[..slash]);
            folder.Remove(Path[(slash + 1)..]);
        }
        catch (LinuxException)
        {
            // Whoever owns the folder has removed it already, or removes it.
        }
    }
}
