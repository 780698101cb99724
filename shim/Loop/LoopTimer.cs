namespace Bulkhead.Shim.Loop;

/// <summary>A timer of the event loop.</summary>
internal sealed class LoopTimer(LoopTime time, TimerCallback callback, object? state) : ITimer
{
    private TimeSpan _period;

    /// <summary>When it fires, in milliseconds as <see cref="Environment.TickCount64"/> counts them.</summary>
    internal long Due { get; private set; }

    /// <inheritdoc/>
    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _period = period;
        Due = Environment.TickCount64 + (long)Math.Ceiling(dueTime.TotalMilliseconds);
        time.Set(this, isRunning: dueTime != Timeout.InfiniteTimeSpan);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => time.Set(this, isRunning: false);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal void Fire(long now)
    {
        if (_period > TimeSpan.Zero)
        {
            Due = now + (long)_period.TotalMilliseconds;
            time.Set(this, isRunning: true);
        }

        callback(state);
    }
}
