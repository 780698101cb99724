namespace Bulkhead.Shim.Loop;

/// <summary>Timers that fire on the event loop's thread, for <c>Task.Delay</c> and <c>CancellationTokenSource</c>.</summary>
/// <remarks>The system's own would start a thread, and fire on another.</remarks>
internal sealed class LoopTime : TimeProvider
{
    private readonly List<LoopTimer> _timers = [];

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        LoopTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Fires what is due, the earliest first.</summary>
    internal void FireDue()
    {
        // Whoever fires may set others or take them back; one that is set anew, and due at once, has its turn the next time.
        long now = Environment.TickCount64;
        for (int most = _timers.Count; most > 0 && Earliest() is { } timer && timer.Due <= now; most--)
        {
            _timers.Remove(timer);
            timer.Fire(now);
        }
    }

    /// <summary>How long until the next is due; <see cref="Timeout.InfiniteTimeSpan"/> when there is none.</summary>
    internal TimeSpan UntilNext() =>
        Earliest() is { } timer ? TimeSpan.FromMilliseconds(Math.Max(0, timer.Due - Environment.TickCount64)) : Timeout.InfiniteTimeSpan;

    internal void Set(LoopTimer timer, bool isRunning)
    {
        _timers.Remove(timer);
        if (isRunning)
        {
            _timers.Add(timer);
        }
    }

    private LoopTimer? Earliest()
    {
        LoopTimer? earliest = null;
        foreach (LoopTimer timer in _timers)
        {
            earliest = earliest is null || timer.Due < earliest.Due ? timer : earliest;
        }

        return earliest;
    }
}
