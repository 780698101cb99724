using Bulkhead.Cgroups;
using Bulkhead.Specs;

namespace Bulkhead.Runtime.Containers;

/// <summary>What a caller wants of a new container beside what the bundle says.</summary>
public sealed record CreateOptions
{
    /// <summary>The container's id.</summary>
    public required ContainerId Id { get; init; }

    /// <summary>The bundle's folder, an absolute path.</summary>
    public required string Bundle { get; init; }

    /// <summary>A file that gets the init process's number, in the runtime's PID namespace; null for none.</summary>
    public string? PidFile { get; init; }

    /// <summary>A unix socket that gets the terminal's master end; null for none.</summary>
    public string? ConsoleSocket { get; init; }

    /// <summary>A unix socket that gets a descriptor of the init process; null for none.</summary>
    public string? PidFdSocket { get; init; }

    /// <summary>Who makes the cgroup.</summary>
    public CgroupManager CgroupManager { get; init; }

    /// <summary>Moves the root over the old one instead of pivoting, for a root on an initramfs.</summary>
    public bool NoPivot { get; init; }

    /// <summary>Leaves the caller's session keyring in place.</summary>
    public bool NoNewKeyring { get; init; }

    /// <summary>How many descriptors, from 3 on, the container's process gets.</summary>
    public int PreserveDescriptors { get; init; }
}

/// <summary>Who makes a container's cgroup.</summary>
public enum CgroupManager
{
    /// <summary>The runtime itself, by files.</summary>
    Files,

    /// <summary>systemd, as that of a unit.</summary>
    Systemd,

    /// <summary>Nobody: the container's processes stay in the caller's, without limits.</summary>
    Nobody,
}

/// <summary>What a caller wants of a container that is made and started at once.</summary>
public sealed record RunOptions
{
    /// <summary>The container.</summary>
    public required CreateOptions Create { get; init; }

    /// <summary>Returns when it is started, and not when it has ended.</summary>
    public bool Detach { get; init; }

    /// <summary>Does not delete it when it has ended.</summary>
    public bool Keep { get; init; }

    /// <summary>Does not adopt orphans of the container.</summary>
    public bool NoSubreaper { get; init; }
}

/// <summary>What a caller wants of a further process in a container.</summary>
public sealed record ExecOptions
{
    /// <summary>The process.</summary>
    public required Specs.Runtime.Process Process { get; init; }

    /// <summary>A file that gets its number, in the runtime's PID namespace; null for none.</summary>
    public string? PidFile { get; init; }

    /// <summary>A unix socket that gets the terminal's master end; null for none.</summary>
    public string? ConsoleSocket { get; init; }

    /// <summary>A unix socket that gets a descriptor of the process; null for none.</summary>
    public string? PidFdSocket { get; init; }

    /// <summary>Returns when it is started, and not when it has ended.</summary>
    public bool Detach { get; init; }

    /// <summary>How many descriptors, from 3 on, the process gets.</summary>
    public int PreserveDescriptors { get; init; }

    /// <summary>Cgroups below the container's for the process, as <see cref="SubCgroups"/> takes them; null for the container's own.</summary>
    public IReadOnlyDictionary<string, string>? Cgroups { get; init; }

    /// <summary>Starts it in a paused container as well, where it waits for the resume.</summary>
    public bool IgnorePaused { get; init; }
}
