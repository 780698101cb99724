using Bulkhead.Cgroups;
using Bulkhead.Proto.Containerd.Cgroups.V2;

namespace Bulkhead.Shim.Tasks;

/// <summary>The counts of cgroup v2 as containerd's message has them.</summary>
internal static class MetricsV2
{
    private const ulong NanosecondsInMicrosecond = 1000;

    public static Bulkhead.Proto.Containerd.Cgroups.V2.Metrics From(CgroupStatistics statistics)
    {
        Bulkhead.Proto.Containerd.Cgroups.V2.Metrics metrics = new()
        {
            Pids = new PidsStat { Current = statistics.Pids.Current, Limit = statistics.Pids.Limit },
            Cpu = Cpu(statistics.Cpu),
            Memory = Memory(statistics.Memory),
            MemoryEvents = Events(statistics.Memory.Events),
            Io = Io(statistics.BlockIo),
            Rdma = new RdmaStat(),
        };
        foreach ((string size, HugepageStatistics pages) in statistics.Hugepages)
        {
            metrics.Hugetlb.Add(new HugeTlbStat { Pagesize = size, Current = pages.UsageBytes, Max = pages.MaxUsageBytes });
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
        UsageUsec = cpu.TotalNanoseconds / NanosecondsInMicrosecond,
        UserUsec = cpu.UserNanoseconds / NanosecondsInMicrosecond,
        SystemUsec = cpu.KernelNanoseconds / NanosecondsInMicrosecond,
        NrPeriods = cpu.Periods,
        NrThrottled = cpu.ThrottledPeriods,
        ThrottledUsec = cpu.ThrottledNanoseconds / NanosecondsInMicrosecond,
    };

    private static MemoryStat Memory(MemoryStatistics memory)
    {
        IReadOnlyDictionary<string, ulong> raw = memory.Raw;
        return new MemoryStat
        {
            Anon = raw.GetValueOrDefault("anon"),
            File = raw.GetValueOrDefault("file"),
            KernelStack = raw.GetValueOrDefault("kernel_stack"),
            Slab = raw.GetValueOrDefault("slab"),
            Sock = raw.GetValueOrDefault("sock"),
            Shmem = raw.GetValueOrDefault("shmem"),
            FileMapped = raw.GetValueOrDefault("file_mapped"),
            FileDirty = raw.GetValueOrDefault("file_dirty"),
            FileWriteback = raw.GetValueOrDefault("file_writeback"),
            AnonThp = raw.GetValueOrDefault("anon_thp"),
            InactiveAnon = raw.GetValueOrDefault("inactive_anon"),
            ActiveAnon = raw.GetValueOrDefault("active_anon"),
            InactiveFile = raw.GetValueOrDefault("inactive_file"),
            ActiveFile = raw.GetValueOrDefault("active_file"),
            Unevictable = raw.GetValueOrDefault("unevictable"),
            SlabReclaimable = raw.GetValueOrDefault("slab_reclaimable"),
            SlabUnreclaimable = raw.GetValueOrDefault("slab_unreclaimable"),
            Pgfault = raw.GetValueOrDefault("pgfault"),
            Pgmajfault = raw.GetValueOrDefault("pgmajfault"),

            // Since 5.9 the kernel counts these for files and anonymous memory apart.
            WorkingsetRefault = raw.GetValueOrDefault("workingset_refault_anon") + raw.GetValueOrDefault("workingset_refault_file"),
            WorkingsetActivate = raw.GetValueOrDefault("workingset_activate_anon") + raw.GetValueOrDefault("workingset_activate_file"),
            WorkingsetNodereclaim = raw.GetValueOrDefault("workingset_nodereclaim"),
            Pgrefill = raw.GetValueOrDefault("pgrefill"),
            Pgscan = raw.GetValueOrDefault("pgscan"),
            Pgsteal = raw.GetValueOrDefault("pgsteal"),
            Pgactivate = raw.GetValueOrDefault("pgactivate"),
            Pgdeactivate = raw.GetValueOrDefault("pgdeactivate"),
            Pglazyfree = raw.GetValueOrDefault("pglazyfree"),
            Pglazyfreed = raw.GetValueOrDefault("pglazyfreed"),
            ThpFaultAlloc = raw.GetValueOrDefault("thp_fault_alloc"),
            ThpCollapseAlloc = raw.GetValueOrDefault("thp_collapse_alloc"),
            Usage = memory.Usage.UsageBytes,
            UsageLimit = memory.Usage.LimitBytes,
            SwapUsage = memory.SwapOnly.UsageBytes,
            SwapLimit = memory.SwapOnly.LimitBytes,
            MaxUsage = memory.Usage.MaxUsageBytes,
            SwapMaxUsage = memory.SwapOnly.MaxUsageBytes,
        };
    }

    private static MemoryEvents Events(IReadOnlyDictionary<string, ulong> events) => new()
    {
        Low = events.GetValueOrDefault("low"),
        High = events.GetValueOrDefault("high"),
        Max = events.GetValueOrDefault("max"),
        Oom = events.GetValueOrDefault("oom"),
        OomKill = events.GetValueOrDefault("oom_kill"),
    };

    private static IOStat Io(BlockIoStatistics io)
    {
        IOStat all = new();
        foreach (BlockIoEntry entry in io.ServiceBytes)
        {
            IOEntry device = DeviceOf(all, entry);
            device.Rbytes += entry.Operation == "Read" ? entry.Value : 0;
            device.Wbytes += entry.Operation == "Write" ? entry.Value : 0;
        }

        foreach (BlockIoEntry entry in io.Serviced)
        {
            IOEntry device = DeviceOf(all, entry);
            device.Rios += entry.Operation == "Read" ? entry.Value : 0;
            device.Wios += entry.Operation == "Write" ? entry.Value : 0;
        }

        return all;
    }

    private static IOEntry DeviceOf(IOStat all, BlockIoEntry entry)
    {
        foreach (IOEntry known in all.Usage)
        {
            if (known.Major == entry.Major && known.Minor == entry.Minor)
            {
                return known;
            }
        }

        IOEntry added = new() { Major = entry.Major, Minor = entry.Minor };
        all.Usage.Add(added);
        return added;
    }

    private static Bulkhead.Proto.Containerd.Cgroups.V2.RdmaEntry Rdma(Bulkhead.Cgroups.RdmaEntry entry) =>
        new() { Device = entry.Device, HcaHandles = entry.HcaHandles, HcaObjects = entry.HcaObjects };
}
