using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Memory;
using Bulkhead.Shim.Loop;
using Bulkhead.Shim.Stdio.Logs;

namespace Bulkhead.Shim.Stdio.Attach;

/// <summary>One connection to the attach socket, from its first frame to its last.</summary>
/// <remarks>
/// 1. The client says what it wants, within ten seconds, and is accepted or refused. 2. From the start of the log it gets
/// what is kept, until there is nothing more in the files. 3. From then on it is live: <see cref="AttachServer.SendAsync"/>
/// reaches it. Meanwhile its own frames are read: what it types.
/// </remarks>
internal sealed class AttachClient
{
    private static readonly TimeSpan HelloTime = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private readonly AttachServer _server;
    private readonly byte[] _bytes = new byte[AttachFrame.HeaderLength];
    private LogReplay? _replay;
    private TaskCompletionSource? _step;

    /// <summary>Takes a connection over.</summary>
    public AttachClient(EventLoop loop, TimeProvider time, AttachServer server, FileDescriptor socket)
    {
        _time = time;
        _server = server;
        Outbox = new AttachOutbox(loop, time, socket);
        _ = WakeAtCloseAsync();
    }

    /// <summary>What is on its way to the client.</summary>
    public AttachOutbox Outbox { get; }

    /// <summary>What it wants.</summary>
    public AttachHello Hello { get; private set; }

    /// <summary>Whether it was accepted.</summary>
    public bool IsAccepted { get; private set; }

    /// <summary>Serves the client until it or the server ends the connection; throws nothing.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (await TakeHelloAsync())
            {
                Task following = FollowAsync();
                await TakeFramesAsync();
                Outbox.Close();
                await following;
            }
        }
        catch (StdioException error)
        {
            // What is wrong with a connection ends it, and nothing else.
            Outbox.Finish(IsAccepted ? AttachFrameKind.CutOff : AttachFrameKind.Refused, error.Message);
        }
        catch (Exception error) when (error is LinuxException or ObjectDisposedException)
        {
            Outbox.Close();
        }

        _server.StopTyping(this);
        await Outbox.Closed;
        _server.Forget(this);
    }

    /// <summary>Waits as long as a replay to the client is so far behind that the process has to be held up.</summary>
    public async Task CatchUpAsync()
    {
        while (IsBehind)
        {
            _step ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await _step.Task;
        }
    }

    /// <summary>Whether <see cref="CatchUpAsync"/> would wait.</summary>
    public bool IsBehind => _replay is { IsBehind: true };

    /// <summary>The client gets no more than it has been sent.</summary>
    public void End()
    {
        if (!IsAccepted)
        {
            Outbox.Close();
        }
        else if (_replay is null)
        {
            Outbox.Finish(AttachFrameKind.End);
        }
    }

    private async Task WakeAtCloseAsync()
    {
        await Outbox.Closed;
        _server.Input?.WakeTypist();
    }

    private async Task<bool> TakeHelloAsync()
    {
        using (ITimer limit = _time.CreateTimer(static outbox => ((AttachOutbox)outbox!).Close(), Outbox, HelloTime, Timeout.InfiniteTimeSpan))
        {
            if (await TakeHeaderAsync() is not { } frame)
            {
                Outbox.Close();
                return false;
            }

            if (frame is not { Kind: AttachFrameKind.Hello, Length: AttachHello.Length })
            {
                throw new StdioException("the first frame is no hello");
            }

            if (!await TakeAsync(AttachHello.Length))
            {
                Outbox.Close();
                return false;
            }
        }

        if ((AttachHello.Read(_bytes, out AttachHello hello) ?? _server.Refusal(hello)) is { } why)
        {
            throw new StdioException(why);
        }

        Hello = hello;
        IsAccepted = true;
        _server.StartTyping(this);
        Outbox.TrySend(AttachFrameKind.Accepted, []);
        return true;
    }

    private async Task TakeFramesAsync()
    {
        while (await TakeHeaderAsync() is { } frame)
        {
            switch (frame.Kind)
            {
                case AttachFrameKind.Stdin when Hello.Stdin:
                    if (!await TakeInputAsync((int)frame.Length))
                    {
                        return;
                    }

                    break;
                case AttachFrameKind.StdinEnd when Hello.Stdin && frame.Length == 0:
                    _server.Input?.End();
                    break;
                default:
                    throw new StdioException($"a frame of kind {(int)frame.Kind} with {frame.Length} bytes has no place here");
            }
        }
    }

    /// <summary>Passes on what the client types.</summary>
    /// <returns>False when the client has gone.</returns>
    private async Task<bool> TakeInputAsync(int length)
    {
        AttachInput input = _server.Input!;
        while (length > 0)
        {
            if (input.IsFull)
            {
                await input.RoomAsync();
                if (Outbox.Closed.IsCompleted)
                {
                    return false;
                }
            }
            else if (input.TryTake(Outbox, length) is var count && count < 0)
            {
                await Outbox.Input();
            }
            else if (count == 0)
            {
                return false;
            }
            else
            {
                length -= count;
            }
        }

        return true;
    }

    private async Task FollowAsync()
    {
        try
        {
            if (Hello.FromStart && _server.Log is { } log)
            {
                await ReplayAsync(log);
            }

            if (!Outbox.IsFinished)
            {
                _server.GoLive(this);
            }
        }
        catch (LinuxException error)
        {
            Outbox.Finish(AttachFrameKind.CutOff, error.Message);
        }
    }

    private async Task ReplayAsync(LogWriter log)
    {
        using LogReplay replay = log.Replay();
        using PageMemory text = new(LogReplay.LongestText);
        _replay = replay;
        try
        {
            while (!Outbox.IsFinished)
            {
                int length = replay.Read(text.GetSpan(), out OutputStream stream);
                if (length > 0)
                {
                    await SendAsync(stream, text.Memory[..length]);
                    Step();

                    // The others have their turn.
                    await Task.Yield();
                }
                else if (Outbox.HasRoom(2 * AttachFrame.MostBytes))
                {
                    break;
                }
                else
                {
                    await Outbox.ProgressAsync();
                }
            }

            // From here to the end of GoLive nobody else runs: the files, these and what is written next make up the whole.
            SendPending(log, OutputStream.Stdout);
            SendPending(log, OutputStream.Stderr);
        }
        finally
        {
            _replay = null;
            Step();
        }
    }

    private void SendPending(LogWriter log, OutputStream stream)
    {
        ReadOnlyMemory<byte> pending = log.Pending(stream);
        if (!pending.IsEmpty && Hello.Wants(stream))
        {
            Outbox.TrySend((AttachFrameKind)stream, pending.Span);
        }
    }

    private async Task SendAsync(OutputStream stream, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty && Hello.Wants(stream))
        {
            int length = Math.Min(bytes.Length, AttachFrame.MostBytes);
            await Outbox.SendAsync((AttachFrameKind)stream, bytes[..length]);
            bytes = bytes[length..];
        }
    }

    private void Step()
    {
        TaskCompletionSource? step = _step;
        _step = null;
        step?.SetResult();
    }

    /// <summary>The next header; null when the client has gone.</summary>
    /// <exception cref="StdioException">It is none.</exception>
    private async Task<AttachFrame?> TakeHeaderAsync()
    {
        return !await TakeAsync(AttachFrame.HeaderLength) ? null
            : AttachFrame.Read(_bytes) is { } frame ? frame
            : throw new StdioException($"no frame begins like this, or it is longer than {AttachFrame.MostBytes} bytes");
    }

    private async Task<bool> TakeAsync(int length)
    {
        int taken = 0;
        while (taken < length)
        {
            int count = Outbox.TryRead(_bytes.AsSpan(taken..length));
            if (count == 0)
            {
                return false;
            }

            if (count < 0)
            {
                await Outbox.Input();
            }
            else
            {
                taken += count;
            }
        }

        return true;
    }
}
