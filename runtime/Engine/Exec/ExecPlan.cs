using Bulkhead.Cgroups;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Create;
using Bulkhead.Runtime.Resctrl;

namespace Bulkhead.Runtime.Exec;

/// <summary>All that the child of an exec will need, decided and checked before it is cloned.</summary>
internal sealed record ExecPlan
{
    /// <summary>The container's init process, whose namespaces are entered.</summary>
    public required PidFd Init { get; init; }

    /// <summary>The kinds of namespace that the container does not share with its caller.</summary>
    public required NamespaceKinds Namespaces { get; init; }

    /// <summary>The container's root on the host, for one that has no mount namespace to find it by; else null.</summary>
    public required DirectoryHandle? Root { get; init; }

    /// <summary>Whether the caller is a user who has privileges only in user namespaces that it has made.</summary>
    public required bool IsUnprivileged { get; init; }

    /// <summary>
    /// Whether the child enters the PID namespace itself and is born again in it: a user may enter none before the user
    /// namespace that owns it, and who is not root of the machine could not come back from one.
    /// </summary>
    public bool IsBornTwice => Namespaces.HasFlag(NamespaceKinds.Pid) && !Process.IsOfMachineRoot;

    /// <summary>The container's cgroup; null when it has none.</summary>
    public required ICgroup? Cgroup { get; init; }

    /// <summary>The container's group of resctrl; null when it has none.</summary>
    public required ResctrlGroup? Resctrl { get; init; }

    /// <summary>procfs of the host, for what is written about the child itself.</summary>
    public required ProcFile Proc { get; init; }

    /// <summary>The process.</summary>
    public required ProcessPlan Process { get; init; }
}
