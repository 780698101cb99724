namespace Bulkhead.Cgroups;

/// <summary>The set of CPUs and memory nodes of a cgroup.</summary>
/// <remarks>kernel, cgroup-v1/cpusets.rst, 1.6 to 1.9; the files <c>cpuset.*</c>.</remarks>
public sealed record CpusetStatistics
{
    /// <summary>The CPUs, ascending.</summary>
    public IReadOnlyList<ushort> Cpus { get; init; } = [];

    /// <summary>Whether no sibling shares the CPUs: 0 or 1.</summary>
    public ulong CpuExclusive { get; init; }

    /// <summary>The memory nodes, ascending.</summary>
    public IReadOnlyList<ushort> Mems { get; init; } = [];

    /// <summary>Whether the kernel's own allocations keep to the nodes: 0 or 1.</summary>
    public ulong MemHardwall { get; init; }

    /// <summary>Whether no sibling shares the nodes: 0 or 1.</summary>
    public ulong MemExclusive { get; init; }

    /// <summary>Whether pages move with a change of the nodes: 0 or 1.</summary>
    public ulong MemoryMigrate { get; init; }

    /// <summary>Whether page cache is spread over the nodes: 0 or 1.</summary>
    public ulong MemorySpreadPage { get; init; }

    /// <summary>Whether slab pages are spread over the nodes: 0 or 1.</summary>
    public ulong MemorySpreadSlab { get; init; }

    /// <summary>The rate of direct reclaim, where the root has it enabled.</summary>
    public ulong MemoryPressure { get; init; }

    /// <summary>Whether load is balanced over the CPUs: 0 or 1.</summary>
    public ulong SchedLoadBalance { get; init; }

    /// <summary>How far a search for work goes, -1 for the system's default.</summary>
    public long SchedRelaxDomainLevel { get; init; }
}
