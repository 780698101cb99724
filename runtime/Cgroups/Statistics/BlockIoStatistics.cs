namespace Bulkhead.Cgroups;

/// <summary>Block I/O of a cgroup, those below included.</summary>
/// <remarks>v1: kernel, cgroup-v1/blkio-controller.rst, the files <c>*_recursive</c> or else <c>throttle.*</c>; v2: io.stat.</remarks>
public sealed record BlockIoStatistics
{
    /// <summary>Bytes moved.</summary>
    public IReadOnlyList<BlockIoEntry> ServiceBytes { get; init; } = [];

    /// <summary>Requests served.</summary>
    public IReadOnlyList<BlockIoEntry> Serviced { get; init; } = [];

    /// <summary>Requests waiting.</summary>
    public IReadOnlyList<BlockIoEntry> Queued { get; init; } = [];

    /// <summary>Nanoseconds from dispatch to completion.</summary>
    public IReadOnlyList<BlockIoEntry> ServiceTime { get; init; } = [];

    /// <summary>Nanoseconds of waiting in the scheduler.</summary>
    public IReadOnlyList<BlockIoEntry> WaitTime { get; init; } = [];

    /// <summary>Requests merged into others.</summary>
    public IReadOnlyList<BlockIoEntry> Merged { get; init; } = [];

    /// <summary>Milliseconds of disk time.</summary>
    public IReadOnlyList<BlockIoEntry> Time { get; init; } = [];

    /// <summary>Sectors moved.</summary>
    public IReadOnlyList<BlockIoEntry> Sectors { get; init; } = [];

    /// <summary>Stalls for want of I/O (v2).</summary>
    public PressureStatistics? Pressure { get; init; }
}

/// <summary>A figure of a block device.</summary>
/// <param name="Major">The device's major number.</param>
/// <param name="Minor">The device's minor number.</param>
/// <param name="Operation">Which operations: <c>Read</c>, <c>Write</c>, <c>Total</c> ...; empty for all.</param>
/// <param name="Value">The figure.</param>
public readonly record struct BlockIoEntry(ulong Major, ulong Minor, string Operation, ulong Value);
