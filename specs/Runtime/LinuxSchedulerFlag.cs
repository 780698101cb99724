using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A flag of sched_setattr(2).</summary>
/// <remarks>runtime-spec 1.3, config.md, "Linux Process", scheduler.</remarks>
public enum LinuxSchedulerFlag
{
    /// <summary>Children do not inherit the policy.</summary>
    ResetOnFork,

    /// <summary>A deadline task may use bandwidth that others leave.</summary>
    Reclaim,

    /// <summary>SIGXCPU reports an overrun of the deadline's run time.</summary>
    DeadlineOverrun,

    /// <summary>The policy in force is kept.</summary>
    KeepPolicy,

    /// <summary>The parameters in force are kept.</summary>
    KeepParams,

    /// <summary>A lower clamp of utilisation is given.</summary>
    UtilClampMin,

    /// <summary>An upper clamp of utilisation is given.</summary>
    UtilClampMax,
}

/// <summary>How the specification spells each <see cref="LinuxSchedulerFlag"/>.</summary>
public readonly struct LinuxSchedulerFlagSpelling : ISpelling<LinuxSchedulerFlag>
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Of(LinuxSchedulerFlag value) => value switch
    {
        LinuxSchedulerFlag.ResetOnFork => "SCHED_FLAG_RESET_ON_FORK"u8,
        LinuxSchedulerFlag.Reclaim => "SCHED_FLAG_RECLAIM"u8,
        LinuxSchedulerFlag.DeadlineOverrun => "SCHED_FLAG_DL_OVERRUN"u8,
        LinuxSchedulerFlag.KeepPolicy => "SCHED_FLAG_KEEP_POLICY"u8,
        LinuxSchedulerFlag.KeepParams => "SCHED_FLAG_KEEP_PARAMS"u8,
        LinuxSchedulerFlag.UtilClampMin => "SCHED_FLAG_UTIL_CLAMP_MIN"u8,
        LinuxSchedulerFlag.UtilClampMax => "SCHED_FLAG_UTIL_CLAMP_MAX"u8,
        _ => default,
    };
}
