namespace Bulkhead.Cgroups;

/// <summary>CPU time of a cgroup, in nanoseconds.</summary>
/// <remarks>v1: cpuacct.usage*, cpu.stat; v2: cpu.stat.</remarks>
public sealed record CpuStatistics
{
    /// <summary>All time used.</summary>
    public ulong TotalNanoseconds { get; init; }

    /// <summary>The time used in the kernel.</summary>
    public ulong KernelNanoseconds { get; init; }

    /// <summary>The time used outside of the kernel.</summary>
    public ulong UserNanoseconds { get; init; }

    /// <summary>All time used, by CPU; empty on v2.</summary>
    public IReadOnlyList<ulong> PerCpuNanoseconds { get; init; } = [];

    /// <summary>The time used in the kernel, by CPU; empty on v2.</summary>
    public IReadOnlyList<ulong> PerCpuKernelNanoseconds { get; init; } = [];

    /// <summary>The time used outside of the kernel, by CPU; empty on v2.</summary>
    public IReadOnlyList<ulong> PerCpuUserNanoseconds { get; init; } = [];

    /// <summary>How many periods with a quota there were.</summary>
    public ulong Periods { get; init; }

    /// <summary>In how many of them the quota was used up.</summary>
    public ulong ThrottledPeriods { get; init; }

    /// <summary>How long tasks waited for the next period.</summary>
    public ulong ThrottledNanoseconds { get; init; }

    /// <summary>How many periods used what was saved up.</summary>
    public ulong Bursts { get; init; }

    /// <summary>How much time was used beyond the quota.</summary>
    public ulong BurstNanoseconds { get; init; }

    /// <summary>Stalls for want of CPU (v2).</summary>
    public PressureStatistics? Pressure { get; init; }
}
