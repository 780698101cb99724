namespace Bulkhead.Cgroups;

/// <summary>How long tasks were stalled for want of a resource.</summary>
/// <remarks>kernel, accounting/psi.rst.</remarks>
public sealed record PressureStatistics
{
    /// <summary>At least one task was stalled.</summary>
    public PressureFigures Some { get; init; }

    /// <summary>All tasks were stalled at once.</summary>
    public PressureFigures Full { get; init; }
}

/// <summary>Shares of time, in percent, and their sum.</summary>
/// <param name="Average10">Over ten seconds.</param>
/// <param name="Average60">Over one minute.</param>
/// <param name="Average300">Over five minutes.</param>
/// <param name="TotalMicroseconds">Since the cgroup was made.</param>
public readonly record struct PressureFigures(double Average10, double Average60, double Average300, ulong TotalMicroseconds);
