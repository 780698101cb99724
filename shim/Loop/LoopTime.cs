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

    /// <summary>Fires what is due.</summary>
    internal void FireDue()
    {
        long now = Environment.TickCount64;

        // From the end, because whoever fires may set others or take them back.
        for (int i = _timers.Count - 1; i >= 0; i--)
        {
            if (i < _timers.Count && _timers[i].Due <= now)
            {
                LoopTimer timer = _timers[i];
                _timers.RemoveAt(i);
                timer.Fire(now);
            }
        }
    }

    /// <summary>How long until the next is due; <see cref="Timeout.InfiniteTimeSpan"/> when there is none.</summary>
    internal TimeSpan UntilNext()
    {
        if (_timers.Count == 0)
        {
            return Timeout.InfiniteTimeSpan;
        }

        long next = long.MaxValue;
        foreach (LoopTimer timer in _timers)
        {
            next = Math.Min(next, timer.Due);
        }

        return TimeSpan.FromMilliseconds(Math.Max(0, next - Environment.TickCount64));
    }

    internal void Set(LoopTimer timer, bool isRunning)
    {
        _timers.Remove(timer);
        if (isRunning)
        {
            _timers.Add(timer);
        }
    }
}
