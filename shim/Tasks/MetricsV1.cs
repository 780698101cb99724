using Bulkhead.Cgroups;
using Bulkhead.Proto.Containerd.Cgroups.V1;
using Google.Protobuf.Collections;

namespace Bulkhead.Shim.Tasks;

/// <summary>The counts of cgroup v1 as containerd's message has them.</summary>
internal static class MetricsV1
{
    public static Bulkhead.Proto.Containerd.Cgroups.V1.Metrics From(CgroupStatistics statistics)
    {
        Bulkhead.Proto.Containerd.Cgroups.V1.Metrics metrics = new()
        {
            Pids = new PidsStat { Current = statistics.Pids.Current, Limit = statistics.Pids.Limit },
            Cpu = Cpu(statistics.Cpu),
            Memory = Memory(statistics.Memory),
            MemoryOomControl = new MemoryOomControl { OomKill = statistics.Memory.OomKills },
            Blkio = BlockIo(statistics.BlockIo),
            Rdma = new RdmaStat(),
        };
        foreach ((string size, HugepageStatistics pages) in statistics.Hugepages)
        {
            metrics.Hugetlb.Add(new HugetlbStat { Pagesize = size, Usage = pages.UsageBytes, Max = pages.MaxUsageBytes, Failcnt = pages.FailureCount });
        }

        foreach (Bulkhead.Cgroups.RdmaEntry entry in statistics.Rdma.Current)
        {
            metrics.Rdma.Current.Add(Rdma(entry));
        }

        foreach (Bulkhead.Cgroups.RdmaEntry entry in statistics.Rdma.Limit)
        {
            metrics.Rdma.Limit.Add(Rdma(entry));
        }

        return metrics;
    }

    private static CPUStat Cpu(CpuStatistics cpu) => new()
    {
        Usage = new CPUUsage { Total = cpu.TotalNanoseconds, Kernel = cpu.KernelNanoseconds, User = cpu.UserNanoseconds, PerCpu = { cpu.PerCpuNanoseconds } },
        Throttling = new Throttle { Periods = cpu.Periods, ThrottledPeriods = cpu.ThrottledPeriods, ThrottledTime = cpu.ThrottledNanoseconds },
    };

    private static MemoryStat Memory(MemoryStatistics memory)
    {
        IReadOnlyDictionary<string, ulong> raw = memory.Raw;
        return new MemoryStat
        {
            Cache = raw.GetValueOrDefault("cache"),
            Rss = raw.GetValueOrDefault("rss"),
            RssHuge = raw.GetValueOrDefault("rss_huge"),
            MappedFile = raw.GetValueOrDefault("mapped_file"),
            Dirty = raw.GetValueOrDefault("dirty"),
            Writeback = raw.GetValueOrDefault("writeback"),
            PgPgIn = raw.GetValueOrDefault("pgpgin"),
            PgPgOut = raw.GetValueOrDefault("pgpgout"),
            PgFault = raw.GetValueOrDefault("pgfault"),
            PgMajFault = raw.GetValueOrDefault("pgmajfault"),
            InactiveAnon = raw.GetValueOrDefault("inactive_anon"),
            ActiveAnon = raw.GetValueOrDefault("active_anon"),
            InactiveFile = raw.GetValueOrDefault("inactive_file"),
            ActiveFile = raw.GetValueOrDefault("active_file"),
            Unevictable = raw.GetValueOrDefault("unevictable"),
            HierarchicalMemoryLimit = raw.GetValueOrDefault("hierarchical_memory_limit"),
            HierarchicalSwapLimit = raw.GetValueOrDefault("hierarchical_memsw_limit"),
            TotalCache = raw.GetValueOrDefault("total_cache"),
            TotalRss = raw.GetValueOrDefault("total_rss"),
            TotalRssHuge = raw.GetValueOrDefault("total_rss_huge"),
            TotalMappedFile = raw.GetValueOrDefault("total_mapped_file"),
            TotalDirty = raw.GetValueOrDefault("total_dirty"),
            TotalWriteback = raw.GetValueOrDefault("total_writeback"),
            TotalPgPgIn = raw.GetValueOrDefault("total_pgpgin"),
            TotalPgPgOut = raw.GetValueOrDefault("total_pgpgout"),
            TotalPgFault = raw.GetValueOrDefault("total_pgfault"),
            TotalPgMajFault = raw.GetValueOrDefault("total_pgmajfault"),
            TotalInactiveAnon = raw.GetValueOrDefault("total_inactive_anon"),
            TotalActiveAnon = raw.GetValueOrDefault("total_active_anon"),
            TotalInactiveFile = raw.GetValueOrDefault("total_inactive_file"),
            TotalActiveFile = raw.GetValueOrDefault("total_active_file"),
            TotalUnevictable = raw.GetValueOrDefault("total_unevictable"),
            Usage = Entry(memory.Usage),
            Swap = Entry(memory.Swap),
            Kernel = Entry(memory.Kernel),
            KernelTcp = Entry(memory.KernelTcp),
        };
    }

    private static MemoryEntry Entry(MemoryUsage usage) =>
        new() { Limit = usage.LimitBytes, Usage = usage.UsageBytes, Max = usage.MaxUsageBytes, Failcnt = usage.FailureCount };

    private static BlkIOStat BlockIo(BlockIoStatistics io)
    {
        BlkIOStat all = new();
        Add(all.IoServiceBytesRecursive, io.ServiceBytes);
        Add(all.IoServicedRecursive, io.Serviced);
        Add(all.IoQueuedRecursive, io.Queued);
        Add(all.IoServiceTimeRecursive, io.ServiceTime);
        Add(all.IoWaitTimeRecursive, io.WaitTime);
        Add(all.IoMergedRecursive, io.Merged);
        Add(all.IoTimeRecursive, io.Time);
        Add(all.SectorsRecursive, io.Sectors);
        return all;
    }

    private static void Add(RepeatedField<BlkIOEntry> list, IReadOnlyList<BlockIoEntry> entries)
    {
        foreach (BlockIoEntry entry in entries)
        {
            list.Add(new BlkIOEntry { Op = entry.Operation, Major = entry.Major, Minor = entry.Minor, Value = entry.Value });
        }
    }

    private static Bulkhead.Proto.Containerd.Cgroups.V1.RdmaEntry Rdma(Bulkhead.Cgroups.RdmaEntry entry) =>
        new() { Device = entry.Device, HcaHandles = entry.HcaHandles, HcaObjects = entry.HcaObjects };
}
