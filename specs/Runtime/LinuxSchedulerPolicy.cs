using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A scheduling policy.</summary>
/// <remarks>runtime-spec 1.3, config.md, "Linux Process", scheduler; sched(7).</remarks>
public enum LinuxSchedulerPolicy
{
    /// <summary>The usual time-sharing policy.</summary>
    Other,

    /// <summary>First in, first out, with a static priority.</summary>
    Fifo,

    /// <summary>FIFO with a time slice.</summary>
    RoundRobin,

    /// <summary>For work that needs the CPU and no one waits for.</summary>
    Batch,

    /// <summary>Reserved, and in no released kernel.</summary>
    Iso,

    /// <summary>Only when nothing else runs.</summary>
    Idle,

    /// <summary>Earliest deadline first.</summary>
    Deadline,
}

/// <summary>How the specification spells each <see cref="LinuxSchedulerPolicy"/>.</summary>
public readonly struct LinuxSchedulerPolicySpelling : ISpelling<LinuxSchedulerPolicy>
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Of(LinuxSchedulerPolicy value) => value switch
    {
        LinuxSchedulerPolicy.Other => "SCHED_OTHER"u8,
        LinuxSchedulerPolicy.Fifo => "SCHED_FIFO"u8,
        LinuxSchedulerPolicy.RoundRobin => "SCHED_RR"u8,
        LinuxSchedulerPolicy.Batch => "SCHED_BATCH"u8,
        LinuxSchedulerPolicy.Iso => "SCHED_ISO"u8,
        LinuxSchedulerPolicy.Idle => "SCHED_IDLE"u8,
        LinuxSchedulerPolicy.Deadline => "SCHED_DEADLINE"u8,
        _ => default,
    };
}
