namespace Bulkhead.Ttrpc;

/// <summary>Writes frames whole and in the order they are added, one after the other; whoever adds one does not wait for it.</summary>
/// <param name="stream">Where to; it must not need flushing.</param>
/// <param name="limitBytes">How much may wait, in bytes.</param>
/// <param name="failed">Called once if a write fails.</param>
internal sealed class FrameWriter(Stream stream, int limitBytes, Action failed)
{
    private readonly Lock _gate = new();
    private Waiting? _first;    // guarded by _gate, like what follows
    private Waiting? _last;
    private long _heldBytes;
    private bool _isWriting;
    private bool _hasEnded;

    /// <summary>Puts a frame behind the others, to be written from the next <see cref="Flush"/> on.</summary>
    /// <returns>False if too much waits already, or nothing is written any more; then it is not added.</returns>
    public bool TryAdd(byte[] frame, TaskCompletionSource? written = null)
    {
        lock (_gate)
        {
            if (_hasEnded || (_first is not null && _heldBytes + frame.Length > limitBytes))
            {
                return false;
            }

            Waiting waiting = new(frame) { Written = written };
            _heldBytes += frame.Length;
            _last = _first is null ? _first = waiting : _last!.Next = waiting;
            return true;
        }
    }

    /// <summary>Sees to it that what was added is being written.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (_isWriting || _first is null)
            {
                return;
            }

            _isWriting = true;
        }

        _ = WriteAllAsync();
    }

    /// <summary>Waits until what has been added is written, or nothing is any more.</summary>
    public Task DrainAsync()
    {
        lock (_gate)
        {
            return _last is null ? Task.CompletedTask : (_last.Written ??= NewSource()).Task;
        }
    }

    /// <summary>Forgets what waits. Nothing is added any more.</summary>
    public void End()
    {
        Waiting? waiting;
        lock (_gate)
        {
            waiting = _first;
            _first = _last = null;
            _heldBytes = 0;
            _hasEnded = true;
        }

        for (; waiting is not null; waiting = waiting.Next)
        {
            waiting.Written?.TrySetException(Gone());
        }
    }

    public static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static TtrpcException Gone() => new(TtrpcCode.Unavailable, "the connection is closed");

    private async Task WriteAllAsync()
    {
        try
        {
            for (Waiting? next = First(); next is not null; next = Remove(next))
            {
                await stream.WriteAsync(next.Frame);
                next.Written?.TrySetResult();
            }
        }
        catch (Exception)
        {
            // The connection ends here, whatever the reason; those who wait are told.
            End();
            failed();
        }
    }

    private Waiting? First()
    {
        lock (_gate)
        {
            return _first;
        }
    }

    // Takes what has been written from the front, and gives what comes after it.
    private Waiting? Remove(Waiting written)
    {
        lock (_gate)
        {
            if (_hasEnded)
            {
                return null;
            }

            _heldBytes -= written.Frame.Length;
            _first = written.Next;
            if (_first is null)
            {
                _last = null;
                _isWriting = false;
            }

            return _first;
        }
    }

    private sealed class Waiting(byte[] frame)
    {
        public byte[] Frame { get; } = frame;

        public TaskCompletionSource? Written { get; set; }

        public Waiting? Next { get; set; }
    }
}
