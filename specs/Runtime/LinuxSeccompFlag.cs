using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A flag of seccomp(2).</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Seccomp", flags.</remarks>
public enum LinuxSeccompFlag
{
    /// <summary>All threads of the process get the filter.</summary>
    Tsync,

    /// <summary>Actions other than ALLOW are logged.</summary>
    Log,

    /// <summary>Speculative store bypass is not mitigated.</summary>
    SpecAllow,

    /// <summary>Only fatal signals interrupt a call that the agent has received.</summary>
    WaitKillableRecv,
}

/// <summary>How the specification spells each <see cref="LinuxSeccompFlag"/>.</summary>
public readonly struct LinuxSeccompFlagSpelling : ISpelling<LinuxSeccompFlag>
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Of(LinuxSeccompFlag value) => value switch
    {
        LinuxSeccompFlag.Tsync => "SECCOMP_FILTER_FLAG_TSYNC"u8,
        LinuxSeccompFlag.Log => "SECCOMP_FILTER_FLAG_LOG"u8,
        LinuxSeccompFlag.SpecAllow => "SECCOMP_FILTER_FLAG_SPEC_ALLOW"u8,
        LinuxSeccompFlag.WaitKillableRecv => "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"u8,
        _ => default,
    };
}
