namespace Bulkhead.Ttrpc;

/// <summary>Time limits as requests carry them: in nanoseconds, from now.</summary>
internal static class Deadline
{
    private const long NanosecondsPerTick = 100;

    // What a timer can wait for at most; a longer limit is none.
    private static readonly long s_longestTicks = TimeSpan.FromMilliseconds(uint.MaxValue - 1).Ticks;

    /// <summary>The limit of a request: 0 is none, and what is below 0 is over already.</summary>
    public static CancellationTokenSource Start(long nanoseconds, TimeProvider time)
    {
        long ticks = nanoseconds / NanosecondsPerTick;
        return nanoseconds == 0 || ticks > s_longestTicks ? new CancellationTokenSource()
            : new CancellationTokenSource(TimeSpan.FromTicks(Math.Max(ticks, 0)), time);
    }

    /// <summary>What a request says; a limit that is over is 1 before now, because 0 says that there is none.</summary>
    public static long Nanoseconds(TimeSpan? timeout) => timeout switch
    {
        null => 0,
        { Ticks: <= 0 } => -1,
        { Ticks: > long.MaxValue / NanosecondsPerTick } => 0,
        { Ticks: var ticks } => ticks * NanosecondsPerTick,
    };
}
