using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Memory;
using Bulkhead.Shim.Loop;

namespace Bulkhead.Shim.Stdio.Attach;

/// <summary>What is on its way to a client: as much as the socket does not take waits here, up to a limit.</summary>
/// <remarks>
/// Above the limit whoever sends waits too. A client that has them wait and takes nothing for ten seconds is finished: it gets
/// what is here and why, if it comes to read it within ten more.
/// </remarks>
internal sealed class AttachOutbox
{
    private const int Capacity = 256 << 10;

    // What the last frame needs.
    private const int Reserve = 1 << 10;
    private const int MostText = 300;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly FileDescriptor _socket;
    private readonly Readiness _readiness;
    private readonly ITimer _patience;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PageMemory? _queue;
    private TaskCompletionSource? _progress;
    private int _start;
    private int _end;
    private bool _isPumping;

    /// <summary>Takes a connection over that does not block.</summary>
    public AttachOutbox(EventLoop loop, TimeProvider time, FileDescriptor socket)
    {
        _socket = socket;
        _readiness = loop.Watch(socket);
        _patience = time.CreateTimer(static outbox => ((AttachOutbox)outbox!).LosePatience(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether nothing more is taken: the last frame is on its way, or the connection is closed.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Whether nobody is at the other end any more; what was sent from there may still be read.</summary>
    public bool IsHungUp => _closed.Task.IsCompleted || Polling.IsHungUp(_socket);

    /// <summary>Complete when the connection is closed.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Whether so many bytes in one or two frames would be taken at once.</summary>
    public bool HasRoom(int length) => IsFinished || Queued + length + (2 * AttachFrame.HeaderLength) <= Capacity - Reserve;

    /// <summary>Sends a frame if there is room for it; when nothing more is taken it is thrown away.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="content">At most <see cref="AttachFrame.MostBytes"/>.</param>
    /// <returns>False when there is no room now.</returns>
    public bool TrySend(AttachFrameKind kind, ReadOnlySpan<byte> content) => IsFinished || TryPut(kind, content, Capacity - Reserve);

    /// <summary>Sends a frame, or throws it away when nothing more is taken.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="content">At most <see cref="AttachFrame.MostBytes"/>.</param>
    public async Task SendAsync(AttachFrameKind kind, ReadOnlyMemory<byte> content)
    {
        while (!TrySend(kind, content.Span))
        {
            await ProgressAsync();
        }
    }

    /// <summary>Waits until the client has taken something, or nothing more is taken.</summary>
    public Task ProgressAsync()
    {
        if (IsFinished)
        {
            return Task.CompletedTask;
        }

        if (_progress is null)
        {
            _progress = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _patience.Change(Patience, Timeout.InfiniteTimeSpan);
        }

        return _progress.Task;
    }

    /// <summary>Reads once without waiting; 0 is the end, -1 that there is nothing now.</summary>
    /// <exception cref="LinuxException">As read(2).</exception>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public int TryRead(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_closed.Task.IsCompleted, this);
        return _socket.TryRead(buffer);
    }

    /// <summary>Waits, after <see cref="TryRead"/> found nothing, until another is worth the try.</summary>
    /// <exception cref="ObjectDisposedException">It was closed meanwhile.</exception>
    public ValueTask Input() => _readiness.Input();

    /// <summary>Sends the last frame, and closes the connection once the client has it, or takes nothing for ten seconds.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="text">What it says; short.</param>
    public void Finish(AttachFrameKind kind, string text = "")
    {
        if (IsFinished)
        {
            return;
        }

        TryPut(kind, Encoding.UTF8.GetBytes(text.Length > MostText ? text[..MostText] : text), Capacity);
        IsFinished = true;
        if (Queued == 0)
        {
            Close();
            return;
        }

        _patience.Change(Patience, Timeout.InfiniteTimeSpan);
        Release();
    }

    /// <summary>Closes the connection.</summary>
    public void Close()
    {
        IsFinished = true;
        if (_closed.TrySetResult())
        {
            _patience.Dispose();
            _readiness.Dispose();
            _socket.Dispose();
            DropQueue();
            Release();
        }
    }

    private int Queued => _end - _start;

    private bool TryPut(AttachFrameKind kind, ReadOnlySpan<byte> content, int limit)
    {
        int length = AttachFrame.HeaderLength + content.Length;
        if (Queued + length > limit)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[AttachFrame.HeaderLength];
        new AttachFrame(kind, (uint)content.Length).Write(header);
        int taken = Queued == 0 ? TakenAtOnce(header, content) : 0;
        if (taken < length && !_closed.Task.IsCompleted)
        {
            Append(header[Math.Min(taken, header.Length)..]);
            Append(content[Math.Max(0, taken - header.Length)..]);
            if (!_isPumping)
            {
                _isPumping = true;
                _ = PumpAsync();
            }
        }

        return true;
    }

    private int TakenAtOnce(ReadOnlySpan<byte> header, ReadOnlySpan<byte> content)
    {
        try
        {
            return Math.Max(0, _socket.TryWrite(header, content));
        }
        catch (LinuxException)
        {
            // It has gone.
            Close();
            return 0;
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _queue ??= new PageMemory(Capacity);
        Span<byte> queue = _queue.GetSpan();
        if (_end + bytes.Length > queue.Length)
        {
            queue[_start.._end].CopyTo(queue);
            (_start, _end) = (0, Queued);
        }

        bytes.CopyTo(queue[_end..]);
        _end += bytes.Length;
    }

    private async Task PumpAsync()
    {
        try
        {
            while (_queue is { } queue && Queued > 0)
            {
                int count = _socket.TryWrite(queue.GetSpan()[_start.._end]);
                if (count < 0)
                {
                    await _readiness.Output();
                }
                else
                {
                    _start += count;
                    Progressed();
                }
            }

            DropQueue();
            if (IsFinished)
            {
                Close();
            }
        }
        catch (Exception error) when (error is LinuxException or ObjectDisposedException)
        {
            // It has gone.
            Close();
        }

        _isPumping = false;
    }

    private void Progressed()
    {
        _patience.Change(IsFinished ? Patience : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Release();
    }

    private void Release()
    {
        TaskCompletionSource? progress = _progress;
        _progress = null;
        progress?.SetResult();
    }

    private void LosePatience()
    {
        if (IsFinished)
        {
            Close();
        }
        else
        {
            Finish(AttachFrameKind.CutOff, "nothing was read for 10 s while the process was waiting");
        }
    }

    private void DropQueue()
    {
        _queue?.Dispose();
        _queue = null;
        (_start, _end) = (0, 0);
    }
}
