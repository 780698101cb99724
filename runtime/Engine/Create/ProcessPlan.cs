using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Seccomp;
using Bulkhead.Linux.Terminals;
using Bulkhead.Runtime.Security;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Create;

/// <summary>All that a child needs to become a process of the container; the same for init and for exec.</summary>
internal sealed record ProcessPlan
{
    /// <summary>The program as the document has it, looked up in <c>PATH</c> when it has no slash.</summary>
    public required string Program { get; init; }

    /// <summary>The arguments, the first being the program's name.</summary>
    public required NativeStrings Arguments { get; init; }

    /// <summary>The environment, without a <c>HOME</c> that the document does not set.</summary>
    public required string[] Environment { get; init; }

    /// <summary>The folders to look for the program in.</summary>
    public required string SearchPath { get; init; }

    /// <summary>Whether <c>HOME</c> is still to be found in the container's passwd file.</summary>
    public required bool WantsHome { get; init; }

    /// <summary>The working directory, absolute inside the container.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The uid, in the container's user namespace.</summary>
    public required uint User { get; init; }

    /// <summary>The gid, in the container's user namespace.</summary>
    public required uint Group { get; init; }

    /// <summary>Supplementary groups.</summary>
    public required uint[] Groups { get; init; }

    /// <summary>
    /// Whether the caller is root of the machine. A user, and root of another user namespace than the first, may be denied
    /// changes of groups, and can't come back to its own PID namespace once it has entered another.
    /// </summary>
    public required bool IsOfMachineRoot { get; init; }

    /// <summary>The file mode creation mask.</summary>
    public required uint FileModeMask { get; init; }

    /// <summary>The capabilities.</summary>
    public required CapabilityPlan Capabilities { get; init; }

    /// <summary>The resource limits.</summary>
    public required ResourceLimit[] Limits { get; init; }

    /// <summary>Whether privileges can never be gained again.</summary>
    public required bool NoNewPrivileges { get; init; }

    /// <summary>The score for the out-of-memory killer; null leaves it.</summary>
    public required int? OomScoreAdjustment { get; init; }

    /// <summary>The scheduling policy; null leaves it.</summary>
    public required Scheduler? Scheduler { get; init; }

    /// <summary>The priority for access to disks; null leaves it.</summary>
    public required LinuxIoPriority? IoPriority { get; init; }

    /// <summary>The processors of a process that joins the container: before it is in its cgroup, and then; null for all that it may use.</summary>
    public required (NumberSet? Initial, NumberSet? Final) Processors { get; init; }

    /// <summary>From which nodes memory comes; null leaves it.</summary>
    public required MemoryPolicy? MemoryPolicy { get; init; }

    /// <summary>The execution domain, as personality(2) numbers it; null leaves it.</summary>
    public required uint? Personality { get; init; }

    /// <summary>The AppArmor profile; null for none.</summary>
    public required string? AppArmorProfile { get; init; }

    /// <summary>The SELinux label; null for none.</summary>
    public required string? SelinuxLabel { get; init; }

    /// <summary>The filter of system calls; null for none.</summary>
    public required SeccompProgram? Seccomp { get; init; }

    /// <summary>Whether the process gets a terminal of its own.</summary>
    public required bool Terminal { get; init; }

    /// <summary>The terminal's size; null leaves it to whoever shows it.</summary>
    public required WindowSize? TerminalSize { get; init; }

    /// <summary>How many descriptors, from 3 on, stay open.</summary>
    public required int PreserveDescriptors { get; init; }

    /// <summary>Whether the process leaves the caller's session keyring, and the new one's name.</summary>
    public required string? KeyRing { get; init; }
}
