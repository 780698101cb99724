namespace Bulkhead.Cgroups;

/// <summary>Tasks of a cgroup.</summary>
public sealed record PidsStatistics
{
    /// <summary>How many there are.</summary>
    public ulong Current { get; init; }

    /// <summary>How many there may be; 0 is no limit.</summary>
    public ulong Limit { get; init; }
}
