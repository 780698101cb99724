using System.Text.Json;
using Bulkhead.Cgroups;
using Bulkhead.Runtime.Resctrl;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary>Writes statistics in runc's form: its names, its order, and its choice of what is left out when it is zero.</summary>
/// <remarks>runc, types/events.go.</remarks>
internal static class StatisticsJson
{
    internal static void Write(Utf8JsonWriter writer, CgroupStatistics statistics, ResctrlStatistics? resctrl)
    {
        writer.WriteStartObject();
        Write(writer, statistics.Cpu);
        Write(writer, statistics.Cpuset);
        Write(writer, statistics.Memory);
        writer.WriteStartObject("pids"u8);
        WriteUnlessZero(writer, "current"u8, statistics.Pids.Current);
        WriteUnlessZero(writer, "limit"u8, statistics.Pids.Limit);
        writer.WriteEndObject();
        Write(writer, statistics.BlockIo);
        writer.WriteStartObject("hugetlb"u8);
        foreach ((string pageSize, HugepageStatistics pages) in statistics.Hugepages)
        {
            writer.WriteStartObject(pageSize);
            WriteUnlessZero(writer, "usage"u8, pages.UsageBytes);
            WriteUnlessZero(writer, "max"u8, pages.MaxUsageBytes);
            writer.WriteNumber("failcnt"u8, pages.FailureCount);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteStartObject("intel_rdt"u8);
        if (resctrl is not null)
        {
            Write(writer, resctrl);
        }

        writer.WriteEndObject();
        writer.WriteNull("network_interfaces"u8);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, CpuStatistics cpu)
    {
        writer.WriteStartObject("cpu"u8);
        writer.WriteStartObject("usage"u8);
        WriteUnlessZero(writer, "total"u8, cpu.TotalNanoseconds);
        WriteUnlessEmpty(writer, "percpu"u8, cpu.PerCpuNanoseconds);
        WriteUnlessEmpty(writer, "percpu_kernel"u8, cpu.PerCpuKernelNanoseconds);
        WriteUnlessEmpty(writer, "percpu_user"u8, cpu.PerCpuUserNanoseconds);
        writer.WriteNumber("kernel"u8, cpu.KernelNanoseconds);
        writer.WriteNumber("user"u8, cpu.UserNanoseconds);
        writer.WriteEndObject();
        writer.WriteStartObject("throttling"u8);
        WriteUnlessZero(writer, "periods"u8, cpu.Periods);
        WriteUnlessZero(writer, "throttledPeriods"u8, cpu.ThrottledPeriods);
        WriteUnlessZero(writer, "throttledTime"u8, cpu.ThrottledNanoseconds);
        writer.WriteEndObject();
        Write(writer, cpu.Pressure);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, CpusetStatistics cpuset)
    {
        writer.WriteStartObject("cpuset"u8);
        WriteUnlessEmpty(writer, "cpus"u8, cpuset.Cpus);
        writer.WriteNumber("cpu_exclusive"u8, cpuset.CpuExclusive);
        WriteUnlessEmpty(writer, "mems"u8, cpuset.Mems);
        writer.WriteNumber("mem_hardwall"u8, cpuset.MemHardwall);
        writer.WriteNumber("mem_exclusive"u8, cpuset.MemExclusive);
        writer.WriteNumber("memory_migrate"u8, cpuset.MemoryMigrate);
        writer.WriteNumber("memory_spread_page"u8, cpuset.MemorySpreadPage);
        writer.WriteNumber("memory_spread_slab"u8, cpuset.MemorySpreadSlab);
        writer.WriteNumber("memory_pressure"u8, cpuset.MemoryPressure);
        writer.WriteNumber("sched_load_balance"u8, cpuset.SchedLoadBalance);
        writer.WriteNumber("sched_relax_domain_level"u8, cpuset.SchedRelaxDomainLevel);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, MemoryStatistics memory)
    {
        writer.WriteStartObject("memory"u8);
        WriteUnlessZero(writer, "cache"u8, memory.CacheBytes);
        Write(writer, "usage"u8, memory.Usage);
        Write(writer, "swap"u8, memory.Swap);
        Write(writer, "kernel"u8, memory.Kernel);
        Write(writer, "kernelTCP"u8, memory.KernelTcp);
        if (memory.Raw.Count > 0)
        {
            writer.WriteStartObject("raw"u8);
            foreach ((string name, ulong value) in memory.Raw)
            {
                writer.WriteNumber(name, value);
            }

            writer.WriteEndObject();
        }

        Write(writer, memory.Pressure);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, MemoryUsage usage)
    {
        writer.WriteStartObject(name);
        writer.WriteNumber("limit"u8, usage.LimitBytes);
        WriteUnlessZero(writer, "usage"u8, usage.UsageBytes);
        WriteUnlessZero(writer, "max"u8, usage.MaxUsageBytes);
        writer.WriteNumber("failcnt"u8, usage.FailureCount);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, BlockIoStatistics io)
    {
        writer.WriteStartObject("blkio"u8);
        WriteUnlessEmpty(writer, "ioServiceBytesRecursive"u8, io.ServiceBytes);
        WriteUnlessEmpty(writer, "ioServicedRecursive"u8, io.Serviced);
        WriteUnlessEmpty(writer, "ioQueueRecursive"u8, io.Queued);
        WriteUnlessEmpty(writer, "ioServiceTimeRecursive"u8, io.ServiceTime);
        WriteUnlessEmpty(writer, "ioWaitTimeRecursive"u8, io.WaitTime);
        WriteUnlessEmpty(writer, "ioMergedRecursive"u8, io.Merged);
        WriteUnlessEmpty(writer, "ioTimeRecursive"u8, io.Time);
        WriteUnlessEmpty(writer, "sectorsRecursive"u8, io.Sectors);
        Write(writer, io.Pressure);
        writer.WriteEndObject();
    }

    private static void WriteUnlessEmpty(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<BlockIoEntry> entries)
    {
        if (entries.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (BlockIoEntry entry in entries)
        {
            writer.WriteStartObject();
            WriteUnlessZero(writer, "major"u8, entry.Major);
            WriteUnlessZero(writer, "minor"u8, entry.Minor);
            if (entry.Operation.Length != 0)
            {
                writer.WriteString("op"u8, entry.Operation);
            }

            WriteUnlessZero(writer, "value"u8, entry.Value);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, ResctrlStatistics resctrl)
    {
        if (resctrl.Cache is { } cache)
        {
            writer.WriteStartObject("l3_cache_info"u8);
            WriteUnlessEmpty(writer, "cbm_mask"u8, cache.Mask);
            WriteUnlessZero(writer, "min_cbm_bits"u8, cache.LeastBits);
            WriteUnlessZero(writer, "num_closids"u8, cache.Groups);
            writer.WriteEndObject();
            WriteUnlessEmpty(writer, "l3_cache_schema_root"u8, cache.RootShares);
            WriteUnlessEmpty(writer, "l3_cache_schema"u8, cache.Shares);
        }

        if (resctrl.Bandwidth is { } bandwidth)
        {
            writer.WriteStartObject("mem_bw_info"u8);
            WriteUnlessZero(writer, "bandwidth_gran"u8, bandwidth.Step);
            WriteUnlessZero(writer, "delay_linear"u8, bandwidth.IsLinear);
            WriteUnlessZero(writer, "min_bandwidth"u8, bandwidth.Least);
            WriteUnlessZero(writer, "num_closids"u8, bandwidth.Groups);
            writer.WriteEndObject();
            WriteUnlessEmpty(writer, "mem_bw_schema_root"u8, bandwidth.RootShares);
            WriteUnlessEmpty(writer, "mem_bw_schema"u8, bandwidth.Shares);
        }

        if (resctrl.Traffic is { } traffic)
        {
            writer.WriteStartArray("mbm_stats"u8);
            foreach (ResctrlTraffic domain in traffic)
            {
                writer.WriteStartObject();
                writer.WriteNumber("mbm_total_bytes"u8, domain.TotalBytes);
                writer.WriteNumber("mbm_local_bytes"u8, domain.LocalBytes);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        if (resctrl.CacheBytes is { } used)
        {
            writer.WriteStartArray("cmt_stats"u8);
            foreach (ulong bytes in used)
            {
                writer.WriteStartObject();
                writer.WriteNumber("llc_occupancy"u8, bytes);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }
    }

    private static void Write(Utf8JsonWriter writer, PressureStatistics? pressure)
    {
        if (pressure is null)
        {
            return;
        }

        writer.WriteStartObject("psi"u8);
        Write(writer, "some"u8, pressure.Some);
        Write(writer, "full"u8, pressure.Full);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, PressureFigures figures)
    {
        writer.WriteStartObject(name);
        writer.WriteNumber("avg10"u8, figures.Average10);
        writer.WriteNumber("avg60"u8, figures.Average60);
        writer.WriteNumber("avg300"u8, figures.Average300);
        writer.WriteNumber("total"u8, figures.TotalMicroseconds);
        writer.WriteEndObject();
    }

    private static void WriteUnlessZero(Utf8JsonWriter writer, ReadOnlySpan<byte> name, ulong value)
    {
        if (value != 0)
        {
            writer.WriteNumber(name, value);
        }
    }

    private static void WriteUnlessEmpty(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string text)
    {
        if (text.Length != 0)
        {
            writer.WriteString(name, text);
        }
    }

    private static void WriteUnlessEmpty(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<ulong> values)
    {
        if (values.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (ulong value in values)
        {
            writer.WriteNumberValue(value);
        }

        writer.WriteEndArray();
    }

    private static void WriteUnlessEmpty(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<ushort> values)
    {
        if (values.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (ushort value in values)
        {
            writer.WriteNumberValue(value);
        }

        writer.WriteEndArray();
    }
}
