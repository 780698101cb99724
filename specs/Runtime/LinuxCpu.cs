using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>Shares and limits of CPU time, and the set of CPUs.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "CPU".</remarks>
public sealed record LinuxCpu : IJsonObject<LinuxCpu>
{
    /// <summary>The weight against other cgroups, 2 to 262144 in cgroup v1.</summary>
    public ulong? Shares { get; init; }

    /// <summary>Microseconds that may be used in a period; negative is no limit.</summary>
    public long? Quota { get; init; }

    /// <summary>Microseconds that may be saved up and used beyond the quota.</summary>
    public ulong? Burst { get; init; }

    /// <summary>The period in microseconds.</summary>
    public ulong? Period { get; init; }

    /// <summary>Microseconds of real-time scheduling in a real-time period.</summary>
    public long? RealtimeRuntime { get; init; }

    /// <summary>The real-time period in microseconds.</summary>
    public ulong? RealtimePeriod { get; init; }

    /// <summary>The CPUs, a list ("0-3,7").</summary>
    public string? Cpus { get; init; }

    /// <summary>The memory nodes, a list ("0-1").</summary>
    public string? Mems { get; init; }

    /// <summary>1 schedules the cgroup as idle; 0 is the usual.</summary>
    public long? Idle { get; init; }

    static LinuxCpu IJsonObject<LinuxCpu>.Read(ref JsonObjectReader reader)
    {
        ulong? shares = null;
        long? quota = null;
        ulong? burst = null;
        ulong? period = null;
        long? realtimeRuntime = null;
        ulong? realtimePeriod = null;
        string? cpus = null;
        string? mems = null;
        long? idle = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("shares"u8)) { shares = reader.ReadUInt64(); }
            else if (reader.Is("quota"u8)) { quota = reader.ReadInt64(); }
            else if (reader.Is("burst"u8)) { burst = reader.ReadUInt64(); }
            else if (reader.Is("period"u8)) { period = reader.ReadUInt64(); }
            else if (reader.Is("realtimeRuntime"u8)) { realtimeRuntime = reader.ReadInt64(); }
            else if (reader.Is("realtimePeriod"u8)) { realtimePeriod = reader.ReadUInt64(); }
            else if (reader.Is("cpus"u8)) { cpus = reader.ReadString(); }
            else if (reader.Is("mems"u8)) { mems = reader.ReadString(); }
            else if (reader.Is("idle"u8)) { idle = reader.ReadInt64(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxCpu
        {
            Shares = shares,
            Quota = quota,
            Burst = burst,
            Period = period,
            RealtimeRuntime = realtimeRuntime,
            RealtimePeriod = realtimePeriod,
            Cpus = cpus,
            Mems = mems,
            Idle = idle,
        };
    }

    void IJsonObject<LinuxCpu>.Write(JsonObjectWriter writer)
    {
        writer.Write("shares"u8, Shares);
        writer.Write("quota"u8, Quota);
        writer.Write("burst"u8, Burst);
        writer.Write("period"u8, Period);
        writer.Write("realtimeRuntime"u8, RealtimeRuntime);
        writer.Write("realtimePeriod"u8, RealtimePeriod);
        writer.Write("cpus"u8, Cpus);
        writer.Write("mems"u8, Mems);
        writer.Write("idle"u8, Idle);
    }
}
