using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The scheduling policy of a process and its parameters.</summary>
/// <remarks>runtime-spec 1.3, config.md, "Linux Process", scheduler; sched_setattr(2).</remarks>
public sealed record Scheduler : IJsonObject<Scheduler>
{
    /// <summary>The policy.</summary>
    public required LinuxSchedulerPolicy Policy { get; init; }

    /// <summary>The nice value, -20 to 19; absent means 0.</summary>
    public int? Nice { get; init; }

    /// <summary>The static priority, 1 to 99, for the FIFO and RR policies.</summary>
    public int? Priority { get; init; }

    /// <summary>Flags; absent means none.</summary>
    public LinuxSchedulerFlag[]? Flags { get; init; }

    /// <summary>Nanoseconds of running in a period, for the DEADLINE policy.</summary>
    public ulong? Runtime { get; init; }

    /// <summary>The deadline in nanoseconds, for the DEADLINE policy.</summary>
    public ulong? Deadline { get; init; }

    /// <summary>The period in nanoseconds, for the DEADLINE policy.</summary>
    public ulong? Period { get; init; }

    static Scheduler IJsonObject<Scheduler>.Read(ref JsonObjectReader reader)
    {
        LinuxSchedulerPolicy? policy = null;
        int? nice = null;
        int? priority = null;
        LinuxSchedulerFlag[]? flags = null;
        ulong? runtime = null;
        ulong? deadline = null;
        ulong? period = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("policy"u8)) { policy = reader.ReadEnum<LinuxSchedulerPolicy, LinuxSchedulerPolicySpelling>(); }
            else if (reader.Is("nice"u8)) { nice = reader.ReadInt32(); }
            else if (reader.Is("priority"u8)) { priority = reader.ReadInt32(); }
            else if (reader.Is("flags"u8)) { flags = reader.ReadEnums<LinuxSchedulerFlag, LinuxSchedulerFlagSpelling>(); }
            else if (reader.Is("runtime"u8)) { runtime = reader.ReadUInt64(); }
            else if (reader.Is("deadline"u8)) { deadline = reader.ReadUInt64(); }
            else if (reader.Is("period"u8)) { period = reader.ReadUInt64(); }
            else { reader.SkipUnknown(); }
        }

        return new Scheduler
        {
            Policy = policy ?? throw reader.Missing("policy"),
            Nice = nice,
            Priority = priority,
            Flags = flags,
            Runtime = runtime,
            Deadline = deadline,
            Period = period,
        };
    }

    void IJsonObject<Scheduler>.Write(JsonObjectWriter writer)
    {
        writer.WriteEnum<LinuxSchedulerPolicy, LinuxSchedulerPolicySpelling>("policy"u8, Policy);
        writer.Write("nice"u8, Nice);
        writer.Write("priority"u8, Priority);
        writer.WriteEnums<LinuxSchedulerFlag, LinuxSchedulerFlagSpelling>("flags"u8, Flags);
        writer.Write("runtime"u8, Runtime);
        writer.Write("deadline"u8, Deadline);
        writer.Write("period"u8, Period);
    }
}
