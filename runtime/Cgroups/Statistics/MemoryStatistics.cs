namespace Bulkhead.Cgroups;

/// <summary>Memory of a cgroup, in bytes.</summary>
public sealed record MemoryStatistics
{
    /// <summary>The page cache.</summary>
    public ulong CacheBytes { get; init; }

    /// <summary>All memory.</summary>
    public MemoryUsage Usage { get; init; } = new();

    /// <summary>Memory and swap together, on v2 too.</summary>
    public MemoryUsage Swap { get; init; } = new();

    /// <summary>Swap alone.</summary>
    public MemoryUsage SwapOnly { get; init; } = new();

    /// <summary>The kernel's own (v1).</summary>
    public MemoryUsage Kernel { get; init; } = new();

    /// <summary>The kernel's TCP buffers (v1).</summary>
    public MemoryUsage KernelTcp { get; init; } = new();

    /// <summary>Whether the memory of cgroups below counts here: always on v2.</summary>
    public bool UseHierarchy { get; init; }

    /// <summary>How often a task was killed for want of memory.</summary>
    public ulong OomKills { get; init; }

    /// <summary>How often limits had an effect, by the kernel's names (v2): <c>low</c>, <c>high</c>, <c>max</c>, <c>oom</c>, <c>oom_kill</c>.</summary>
    public IReadOnlyDictionary<string, ulong> Events { get; init; } = new Dictionary<string, ulong>();

    /// <summary>All that <c>memory.stat</c> holds, by its names there.</summary>
    public IReadOnlyDictionary<string, ulong> Raw { get; init; } = new Dictionary<string, ulong>();

    /// <summary>Stalls for want of memory (v2).</summary>
    public PressureStatistics? Pressure { get; init; }
}

/// <summary>What is used of a kind of memory, in bytes.</summary>
public sealed record MemoryUsage
{
    /// <summary>Used now.</summary>
    public ulong UsageBytes { get; init; }

    /// <summary>The most that was ever used.</summary>
    public ulong MaxUsageBytes { get; init; }

    /// <summary>The limit; <see cref="ulong.MaxValue"/> is none on v2, a number near 2^63 on v1.</summary>
    public ulong LimitBytes { get; init; }

    /// <summary>How often the limit was hit.</summary>
    public ulong FailureCount { get; init; }
}
