namespace Bulkhead.Cgroups;

/// <summary>RDMA resources of a cgroup.</summary>
public sealed record RdmaStatistics
{
    /// <summary>In use now.</summary>
    public IReadOnlyList<RdmaEntry> Current { get; init; } = [];

    /// <summary>The limits; <see cref="uint.MaxValue"/> is none.</summary>
    public IReadOnlyList<RdmaEntry> Limit { get; init; } = [];
}

/// <summary>Figures of an RDMA device.</summary>
/// <param name="Device">Its name, such as <c>mlx4_0</c>.</param>
/// <param name="HcaHandles">Handles.</param>
/// <param name="HcaObjects">Objects.</param>
public readonly record struct RdmaEntry(string Device, uint HcaHandles, uint HcaObjects);
