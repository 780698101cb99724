using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>What a filter does with a system call.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Seccomp"; seccomp_rule_add(3).</remarks>
public enum LinuxSeccompAction
{
    /// <summary>Ends the thread, as <see cref="KillThread"/>.</summary>
    Kill,

    /// <summary>Ends the process.</summary>
    KillProcess,

    /// <summary>Ends the thread.</summary>
    KillThread,

    /// <summary>Sends SIGSYS.</summary>
    Trap,

    /// <summary>Fails the call with an errno.</summary>
    Errno,

    /// <summary>Tells a tracer; without one the call fails with ENOSYS.</summary>
    Trace,

    /// <summary>Lets the call through.</summary>
    Allow,

    /// <summary>Lets the call through and logs it.</summary>
    Log,

    /// <summary>Asks the agent behind the listener.</summary>
    Notify,
}

/// <summary>How the specification spells each <see cref="LinuxSeccompAction"/>.</summary>
public readonly struct LinuxSeccompActionSpelling : ISpelling<LinuxSeccompAction>
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Of(LinuxSeccompAction value) => value switch
    {
        LinuxSeccompAction.Kill => "SCMP_ACT_KILL"u8,
        LinuxSeccompAction.KillProcess => "SCMP_ACT_KILL_PROCESS"u8,
        LinuxSeccompAction.KillThread => "SCMP_ACT_KILL_THREAD"u8,
        LinuxSeccompAction.Trap => "SCMP_ACT_TRAP"u8,
        LinuxSeccompAction.Errno => "SCMP_ACT_ERRNO"u8,
        LinuxSeccompAction.Trace => "SCMP_ACT_TRACE"u8,
        LinuxSeccompAction.Allow => "SCMP_ACT_ALLOW"u8,
        LinuxSeccompAction.Log => "SCMP_ACT_LOG"u8,
        LinuxSeccompAction.Notify => "SCMP_ACT_NOTIFY"u8,
        _ => default,
    };
}
