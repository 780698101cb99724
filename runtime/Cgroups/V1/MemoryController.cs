using System.Globalization;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups.V1;

/// <summary>Memory of a cgroup: the cgroup v1 <c>memory</c> controller.</summary>
/// <remarks>runtime-spec, config-linux.md, "Memory"; kernel, cgroup-v1/memory.rst.</remarks>
internal static class MemoryController
{
    private const string Limit = "memory.limit_in_bytes";
    private const string Swap = "memory.memsw.limit_in_bytes";
    private const string LimitProperty = "linux.resources.memory.limit";
    private const string SwapProperty = "linux.resources.memory.swap";
    private const string OomProperty = "linux.resources.memory.disableOOMKiller";

    /// <summary>Whether anything is asked for. A limit of 0 is none, as in runc; kernel memory has no limit of its own any more.</summary>
    internal static bool IsAsked(LinuxMemory memory) =>
        memory.Limit is not (null or 0) || memory.Reservation is not (null or 0) || memory.Swap is not (null or 0)
        || memory.KernelTcp is not (null or 0 or -1) || memory.Swappiness is not null || memory.DisableOomKiller is true
        || memory.UseHierarchy is false;

    internal static void Apply(CgroupDirectory directory, LinuxMemory memory)
    {
        ApplyLimits(directory, memory.Limit ?? 0, memory.Swap ?? 0);
        if (memory.Reservation is not (null or 0) and var reservation)
        {
            directory.Write("linux.resources.memory.reservation", "memory.soft_limit_in_bytes", Text(reservation.Value));
        }

        if (memory.KernelTcp is not (null or 0) and var kernelTcp)
        {
            directory.Write("linux.resources.memory.kernelTCP", "memory.kmem.tcp.limit_in_bytes", Text(kernelTcp.Value));
        }

        if (memory.UseHierarchy is { } hierarchy)
        {
            directory.Write("linux.resources.memory.useHierarchy", "memory.use_hierarchy", hierarchy ? "1" : "0");
        }

        if (memory.DisableOomKiller is true)
        {
            directory.Write(OomProperty, "memory.oom_control", "1");
        }
        else if (memory.DisableOomKiller is false)
        {
            // A kernel without the file never disables it.
            directory.TryWrite(OomProperty, "memory.oom_control", "0");
        }

        if (memory.Swappiness is { } swappiness)
        {
            // runc's "unset" of older versions: -1 as an unsigned number.
            if (swappiness is > 100 and not ulong.MaxValue)
            {
                throw new CgroupException($"linux.resources.memory.swappiness: {swappiness} is above 100");
            }

            if (swappiness <= 100)
            {
                directory.Write("linux.resources.memory.swappiness", "memory.swappiness", swappiness.ToString(CultureInfo.InvariantCulture));
            }
        }
    }

    internal static MemoryStatistics Read(CgroupDirectory directory)
    {
        Dictionary<string, ulong> raw = StatisticsText.Pairs(directory.TryRead("memory.stat"));
        MemoryUsage usage = Usage(directory, "memory.");
        MemoryUsage both = Usage(directory, "memory.memsw.");
        return new MemoryStatistics
        {
            CacheBytes = raw.GetValueOrDefault("cache"),
            Usage = usage,
            Swap = both,
            SwapOnly = new MemoryUsage
            {
                UsageBytes = Less(both.UsageBytes, usage.UsageBytes),
                FailureCount = Less(both.FailureCount, usage.FailureCount),
            },
            Kernel = Usage(directory, "memory.kmem."),
            KernelTcp = Usage(directory, "memory.kmem.tcp."),
            UseHierarchy = directory.TryRead("memory.use_hierarchy") == "1",
            OomKills = StatisticsText.Pairs(directory.TryRead("memory.oom_control")).GetValueOrDefault("oom_kill"),
            Raw = raw,
        };
    }

    /// <summary>Writes both limits in an order that keeps memory at or below memory and swap at every moment.</summary>
    private static void ApplyLimits(CgroupDirectory directory, long limit, long swap)
    {
        // Memory without a limit and with one for both makes no sense; the kernel would refuse it.
        if (limit == -1 && swap == 0)
        {
            directory.TryWrite(SwapProperty, Swap, "-1");
            swap = 0;
        }

        CheckLimits(limit, swap);
        bool swapFirst = limit != 0 && swap != 0 && !directory.IsFresh
            && (swap == -1 || StatisticsText.Number(directory.TryRead(Limit)) < (ulong)swap);
        if (swapFirst)
        {
            directory.Write(SwapProperty, Swap, Text(swap));
        }

        if (limit != 0)
        {
            WriteLimit(directory, limit);
        }

        if (swap != 0 && !swapFirst)
        {
            directory.Write(SwapProperty, Swap, Text(swap));
        }
    }

    /// <summary>What the kernel would refuse only after the other half had been written.</summary>
    private static void CheckLimits(long limit, long swap)
    {
        if (limit > 0 && swap > 0 && swap < limit)
        {
            throw new CgroupException($"{SwapProperty}: {swap} is below the memory limit, {limit}");
        }

        if (limit == -1 && swap > 0)
        {
            throw new CgroupException($"{SwapProperty}: {swap} is for memory and swap together, and the memory limit is -1, none");
        }
    }

    private static void WriteLimit(CgroupDirectory directory, long limit)
    {
        try
        {
            directory.Write(LimitProperty, Limit, Text(limit));
        }
        catch (CgroupException error) when (error.InnerException is Linux.LinuxException { Error: Linux.Errno.EBUSY })
        {
            ulong used = StatisticsText.Number(directory.TryRead("memory.usage_in_bytes"));
            throw new CgroupException($"{LimitProperty}: {limit} is below what is in use, {used}, and can't be freed", error);
        }
    }

    private static MemoryUsage Usage(CgroupDirectory directory, string prefix) => new()
    {
        UsageBytes = StatisticsText.Number(directory.TryRead(prefix + "usage_in_bytes")),
        MaxUsageBytes = StatisticsText.Number(directory.TryRead(prefix + "max_usage_in_bytes")),
        LimitBytes = StatisticsText.Number(directory.TryRead(prefix + "limit_in_bytes")),
        FailureCount = StatisticsText.Number(directory.TryRead(prefix + "failcnt")),
    };

    private static ulong Less(ulong from, ulong what) => from > what ? from - what : 0;

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
