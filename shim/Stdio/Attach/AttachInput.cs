using Bulkhead.Shim.Loop;

namespace Bulkhead.Shim.Stdio.Attach;

/// <summary>The input of a process, as the clients of the attach socket type it: one at a time, and nobody's in between.</summary>
/// <remarks>A little of what is typed is kept; as long as the process does not read it, the client waits. Disposed, it throws away what is typed.</remarks>
internal sealed class AttachInput : ILoopInput
{
    private const int Size = 4 << 10;

    private byte[]? _bytes;
    private int _start;
    private int _end;
    private TaskCompletionSource? _input;
    private TaskCompletionSource? _taken;

    /// <summary>Whether nothing more is typed: a client has ended the input, or the process takes no more.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Whether there is no room for what is typed.</summary>
    internal bool IsFull => _end > 0 && !IsEnded;

    /// <inheritdoc/>
    public int TryRead(Span<byte> buffer)
    {
        int count = Math.Min(buffer.Length, _end - _start);
        if (count == 0)
        {
            return IsEnded ? 0 : -1;
        }

        _bytes.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
            WakeTypist();
        }

        return count;
    }

    /// <inheritdoc/>
    public ValueTask Input() =>
        _end > 0 || IsEnded ? default : new ValueTask((_input ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task);

    /// <inheritdoc/>
    public void Wake() => Complete(ref _input);

    /// <summary>Nothing more is typed; what was is still to be read.</summary>
    public void End()
    {
        IsEnded = true;
        Wake();
        WakeTypist();
    }

    /// <summary>Nothing more is read.</summary>
    public void Dispose()
    {
        (_start, _end, _bytes) = (0, 0, null);
        End();
    }

    /// <summary>Takes what is typed from a client's connection; there is room.</summary>
    /// <param name="outbox">The client's.</param>
    /// <param name="most">How much of it at most.</param>
    /// <returns>As <see cref="AttachOutbox.TryRead"/>.</returns>
    internal int TryTake(AttachOutbox outbox, int most)
    {
        if (IsEnded)
        {
            // What was typed before may still be in the buffer.
            Span<byte> nowhere = stackalloc byte[1024];
            return outbox.TryRead(nowhere[..Math.Min(most, nowhere.Length)]);
        }

        _bytes ??= new byte[Size];
        int count = outbox.TryRead(_bytes.AsSpan(0, Math.Min(most, Size)));
        if (count > 0)
        {
            _end = count;
            Wake();
        }

        return count;
    }

    /// <summary>Waits until there is room, or <see cref="WakeTypist"/>.</summary>
    internal Task RoomAsync() => (_taken ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Ends the waiting for room.</summary>
    internal void WakeTypist() => Complete(ref _taken);

    private static void Complete(ref TaskCompletionSource? source)
    {
        TaskCompletionSource? waiting = source;
        source = null;
        waiting?.SetResult();
    }
}
