namespace Bulkhead.Cgroups;

/// <summary>What the kernel has counted for a cgroup and those below it.</summary>
/// <remarks>The figures that <c>events --stats</c> shows, grouped as there.</remarks>
public sealed record CgroupStatistics
{
    /// <summary>CPU time.</summary>
    public CpuStatistics Cpu { get; init; } = new();

    /// <summary>The set of CPUs and memory nodes (v1).</summary>
    public CpusetStatistics Cpuset { get; init; } = new();

    /// <summary>Memory, swap and the kernel's share.</summary>
    public MemoryStatistics Memory { get; init; } = new();

    /// <summary>Tasks.</summary>
    public PidsStatistics Pids { get; init; } = new();

    /// <summary>Block I/O.</summary>
    public BlockIoStatistics BlockIo { get; init; } = new();

    /// <summary>Huge pages, by page size ("2MB").</summary>
    public IReadOnlyDictionary<string, HugepageStatistics> Hugepages { get; init; } = new Dictionary<string, HugepageStatistics>();

    /// <summary>RDMA devices.</summary>
    public RdmaStatistics Rdma { get; init; } = new();
}
