using System.Globalization;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups.V2;

/// <summary>Memory of a cgroup: the cgroup v2 <c>memory</c> controller.</summary>
/// <remarks>runtime-spec, config-linux.md, "Memory"; kernel, cgroup-v2.rst, "Memory"; the conversions are runc's.</remarks>
internal static class UnifiedMemoryController
{
    private const string LimitProperty = "linux.resources.memory.limit";
    private const string SwapProperty = "linux.resources.memory.swap";

    internal static void Apply(CgroupDirectory directory, LinuxMemory memory)
    {
        RefuseWhatIsGone(memory);
        memory = WithPresentLimit(directory, memory);
        long limit = memory.Limit ?? 0;
        long swap = memory.Swap ?? 0;
        CheckUsage(directory, memory);
        ApplySwap(directory, limit, swap);
        if (limit != 0)
        {
            directory.Write(LimitProperty, "memory.max", Text(limit));
        }

        if (memory.Reservation is not (null or 0) and var reservation)
        {
            directory.Write("linux.resources.memory.reservation", "memory.low", Text(reservation.Value));
        }
    }

    /// <summary>A limit of memory and swap together, when it comes alone, is one with the memory limit that is in force.</summary>
    internal static LinuxMemory WithPresentLimit(CgroupDirectory directory, LinuxMemory memory) =>
        memory is { Limit: null or 0, Swap: > 0 } && !directory.IsFresh
        && long.TryParse(directory.TryRead("memory.max"), NumberStyles.None, CultureInfo.InvariantCulture, out long present)
            ? memory with { Limit = present } : memory;

    /// <summary>The swap alone that a limit of memory and swap together leaves.</summary>
    /// <param name="limit">Memory; 0 is not given, -1 is no limit.</param>
    /// <param name="swap">Memory and swap; 0 and -1 as before.</param>
    /// <returns>What to write; null for nothing.</returns>
    /// <exception cref="CgroupException">The two don't fit together.</exception>
    internal static string? SwapAlone(long limit, long swap) => (limit, swap) switch
    {
        (-1, 0) or (_, -1) => "max",
        (_, 0) => null,
        (-1, _) => Text(swap),
        (0, _) => throw new CgroupException($"{SwapProperty}: {swap} is for memory and swap together, and there is no memory limit to take from it"),
        ( < 0, _) => throw new CgroupException($"{LimitProperty}: {limit} is no amount of memory"),
        _ when swap < limit => throw new CgroupException($"{SwapProperty}: {swap} is below the memory limit, {limit}"),
        _ => Text(swap - limit),
    };

    /// <summary>Refuses limits that are not above what is in use, where that is asked for: the kernel would make room by killing.</summary>
    /// <exception cref="CgroupException">One is not.</exception>
    internal static void CheckUsage(CgroupDirectory directory, LinuxMemory memory)
    {
        if (memory.CheckBeforeUpdate is not true)
        {
            return;
        }

        (long limit, long swap) = (memory.Limit ?? 0, memory.Swap ?? 0);
        ulong used = StatisticsText.Number(directory.TryRead("memory.current"));
        if (swap > 0 && (ulong)swap <= used)
        {
            throw new CgroupException($"{SwapProperty}: {swap} is not above what is in use, {used}");
        }

        if (limit > 0 && (ulong)limit <= used)
        {
            throw new CgroupException($"{LimitProperty}: {limit} is not above what is in use, {used}");
        }
    }

    internal static MemoryStatistics Read(CgroupDirectory directory)
    {
        Dictionary<string, ulong> raw = StatisticsText.Pairs(directory.TryRead("memory.stat"));
        Dictionary<string, ulong> events = StatisticsText.Pairs(directory.TryRead("memory.events"));
        MemoryUsage usage = Usage(directory, "memory.") with { FailureCount = events.GetValueOrDefault("max") };
        MemoryUsage swap = Usage(directory, "memory.swap.");
        return new MemoryStatistics
        {
            CacheBytes = raw.GetValueOrDefault("file"),
            Usage = usage,
            SwapOnly = swap,

            // As v1 counts: both together. Their peaks need not have come at one time and so have no sum.
            Swap = new MemoryUsage
            {
                UsageBytes = usage.UsageBytes + swap.UsageBytes,
                LimitBytes = swap.LimitBytes == ulong.MaxValue || usage.LimitBytes == ulong.MaxValue ? ulong.MaxValue : swap.LimitBytes + usage.LimitBytes,
            },
            Kernel = new MemoryUsage { UsageBytes = raw.GetValueOrDefault("kernel") },
            UseHierarchy = true,
            OomKills = events.GetValueOrDefault("oom_kill"),
            Events = events,
            Raw = raw,
            Pressure = PressureText.Read(directory.TryRead("memory.pressure")),
        };
    }

    private static void ApplySwap(CgroupDirectory directory, long limit, long swap)
    {
        if (SwapAlone(limit, swap) is not { } alone)
        {
            return;
        }

        // A kernel that does not count swap has no file, and then none and all is what it has anyway.
        if (alone is "max" or "0")
        {
            directory.TryWrite(SwapProperty, "memory.swap.max", alone);
        }
        else
        {
            directory.Write(SwapProperty, "memory.swap.max", alone);
        }
    }

    private static void RefuseWhatIsGone(LinuxMemory memory)
    {
        string? property = memory.KernelTcp is not (null or 0 or -1) ? "kernelTCP"
            : memory.Swappiness is not (null or ulong.MaxValue) ? "swappiness"
            : memory.DisableOomKiller is true ? "disableOOMKiller"
            : memory.UseHierarchy is false ? "useHierarchy"
            : null;
        if (property is not null)
        {
            throw new CgroupException($"linux.resources.memory.{property}: cgroup v2 has no such setting");
        }
    }

    private static MemoryUsage Usage(CgroupDirectory directory, string prefix) => new()
    {
        UsageBytes = StatisticsText.Number(directory.TryRead(prefix + "current")),
        MaxUsageBytes = StatisticsText.Number(directory.TryRead(prefix + "peak")),
        LimitBytes = StatisticsText.Number(directory.TryRead(prefix + "max")),
    };

    private static string Text(long value) => value == -1 ? "max" : value.ToString(CultureInfo.InvariantCulture);
}
