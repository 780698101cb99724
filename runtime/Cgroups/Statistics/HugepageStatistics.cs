namespace Bulkhead.Cgroups;

/// <summary>Huge pages of one size that a cgroup uses, in bytes.</summary>
public sealed record HugepageStatistics
{
    /// <summary>Used now.</summary>
    public ulong UsageBytes { get; init; }

    /// <summary>The most that was ever used (v1).</summary>
    public ulong MaxUsageBytes { get; init; }

    /// <summary>How often the limit was hit.</summary>
    public ulong FailureCount { get; init; }
}
