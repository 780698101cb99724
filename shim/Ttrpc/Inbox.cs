namespace Bulkhead.Ttrpc;

/// <summary>Frames of one stream that have arrived and wait for the one who reads them.</summary>
/// <param name="limitBytes">How much may wait, in bytes.</param>
internal sealed class Inbox(int limitBytes)
{
    // What a frame takes beside its body, so that empty ones count as well.
    private const int Overhead = 64;

    private readonly Lock _gate = new();
    private Frame? _first;    // guarded by _gate, like what follows
    private Frame? _last;
    private long _heldBytes;
    private TaskCompletionSource<Frame?>? _reader;
    private bool _hasEnded;
    private TtrpcException? _error;

    /// <summary>Whether nothing is added any more.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_gate)
            {
                return _hasEnded;
            }
        }
    }

    /// <summary>Adds a frame; false if too much waits already. After the end it is dropped.</summary>
    public bool TryAdd(Frame frame)
    {
        TaskCompletionSource<Frame?> reader;
        lock (_gate)
        {
            if (_hasEnded)
            {
                return true;
            }

            if (_reader is null)
            {
                int bytes = frame.Body!.Length + Overhead;
                if (_first is not null && _heldBytes + bytes > limitBytes)
                {
                    return false;
                }

                _heldBytes += bytes;
                _last = _first is null ? _first = frame : _last!.Next = frame;
                return true;
            }

            reader = _reader;
            _reader = null;
        }

        reader.TrySetResult(frame);
        return true;
    }

    /// <summary>Nothing comes any more: what waits can still be read, then it is the end, or the error.</summary>
    public void End(TtrpcException? error = null)
    {
        TaskCompletionSource<Frame?>? reader;
        lock (_gate)
        {
            if (_hasEnded)
            {
                return;
            }

            _hasEnded = true;
            _error = error;
            reader = _reader;
            _reader = null;
        }

        if (error is null)
        {
            reader?.TrySetResult(null);
        }
        else
        {
            reader?.TrySetException(error);
        }
    }

    /// <summary>Takes the first frame, and waits for it if need be; null at the end. One reader at a time.</summary>
    public async Task<Frame?> TakeAsync(CancellationToken cancellation)
    {
        TaskCompletionSource<Frame?> reader;
        lock (_gate)
        {
            if (_first is { } frame)
            {
                _first = frame.Next;
                frame.Next = null;
                _heldBytes -= frame.Body!.Length + Overhead;
                return frame;
            }

            if (_hasEnded)
            {
                return _error is null ? null : throw _error;
            }

            if (_reader is not null)
            {
                throw new InvalidOperationException("somebody reads this stream already");
            }

            _reader = reader = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        using CancellationTokenRegistration registration =
            cancellation.UnsafeRegister(static (inbox, token) => ((Inbox)inbox!).Cancel(token), this);
        return await reader.Task;
    }

    private void Cancel(CancellationToken cancellation)
    {
        TaskCompletionSource<Frame?>? reader;
        lock (_gate)
        {
            reader = _reader;
            _reader = null;
        }

        reader?.TrySetCanceled(cancellation);
    }
}
