using Bulkhead.Cgroups;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Runtime.Resctrl;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Create;

/// <summary>All that the init child will need, decided and checked before it is cloned.</summary>
internal sealed record CreatePlan
{
    /// <summary>The container's id.</summary>
    public required ContainerId Id { get; init; }

    /// <summary>The document the plan was made from.</summary>
    public required Spec Spec { get; init; }

    /// <summary>The bundle, an absolute path.</summary>
    public required string Bundle { get; init; }

    /// <summary>The root file system, an absolute path on the host.</summary>
    public required string Rootfs { get; init; }

    /// <summary>Whether the caller is a user who has privileges only in user namespaces that it has made.</summary>
    public required bool IsUnprivileged { get; init; }

    /// <summary>The namespaces to make.</summary>
    public required NamespaceKinds NewNamespaces { get; init; }

    /// <summary>The namespaces to enter, in the order of entering.</summary>
    public required (FileDescriptor Place, NamespaceKinds Kind)[] JoinedNamespaces { get; init; }

    /// <summary>The container's cgroup.</summary>
    public required ICgroup Cgroup { get; init; }

    /// <summary>The container's group of resctrl; null for none.</summary>
    public required ResctrlGroup? Resctrl { get; init; }

    /// <summary>How the root's mounts spread.</summary>
    public required RootPropagation Propagation { get; init; }

    /// <summary>The mounts, in the document's order.</summary>
    public required MountPlan[] Mounts { get; init; }

    /// <summary>The SELinux label of what is in file systems that are mounted anew; null for none.</summary>
    public required string? MountLabel { get; init; }

    /// <summary>The devices to make; null when the container's <c>/dev</c> is somebody else's.</summary>
    public required DevicePlan[]? Devices { get; init; }

    /// <summary>Whether the root is read-only.</summary>
    public required bool ReadOnlyRoot { get; init; }

    /// <summary>Moves the root instead of pivoting.</summary>
    public required bool NoPivot { get; init; }

    /// <summary>procfs of the host, for what is written about the child itself.</summary>
    public required ProcFile Proc { get; init; }

    /// <summary>The end of the fifo that the child waits at before it becomes the program; null to go on at once.</summary>
    public FileDescriptor? StartFifo { get; init; }

    /// <summary>The container's first process.</summary>
    public required ProcessPlan Process { get; init; }

    /// <summary>The namespaces that a process is in from its birth or not at all.</summary>
    public const NamespaceKinds BirthNamespaces = NamespaceKinds.Pid | NamespaceKinds.Time;

    /// <summary>Whether the child makes or enters namespaces that it is not born in, and so has to be born again.</summary>
    public bool IsBornTwice => NewNamespaces.HasFlag(NamespaceKinds.Time)
        || (Joins(NamespaceKinds.User) && NewNamespaces.HasFlag(NamespaceKinds.Pid))
        || (Joins(NamespaceKinds.Pid) && !Process.IsOfMachineRoot);

    /// <summary>The new namespaces that the parent makes with the child. The others are made by it, and are its user namespace's.</summary>
    public NamespaceKinds NamespacesOfClone => NewNamespaces & (IsBornTwice ? NamespaceKinds.User : NamespaceKinds.User | NamespaceKinds.Pid);

    /// <summary>Whether the container has a mount namespace that is not its caller's.</summary>
    public bool HasMountNamespace => NewNamespaces.HasFlag(NamespaceKinds.Mount) || Joins(NamespaceKinds.Mount);

    /// <summary>Whether the parent has hooks to run before the root is changed.</summary>
    public bool HasRuntimeHooks => Spec.Hooks is { } hooks && (hooks.Prestart is { Length: > 0 } || hooks.CreateRuntime is { Length: > 0 });

    /// <summary>Whether the parent has network devices to move into the container's network namespace.</summary>
    public bool HasNetworkDevices => Spec.Linux?.NetDevices is { Count: > 0 };

    /// <summary>Whether the container has a user namespace that is not its caller's.</summary>
    public bool HasUserNamespace => NewNamespaces.HasFlag(NamespaceKinds.User) || Joins(NamespaceKinds.User);

    /// <summary>
    /// Whether the parent enters a namespace before it clones, so that the child is born in it: the PID namespace, and
    /// with a new user namespace also those that the host owns, which its root may not enter. Who is not root of the machine
    /// could not come back from a PID namespace.
    /// </summary>
    public bool IsEnteredByParent(NamespaceKinds kind) => (kind == NamespaceKinds.Pid && Process.IsOfMachineRoot)
        || (NewNamespaces.HasFlag(NamespaceKinds.User) && kind is NamespaceKinds.Network or NamespaceKinds.Ipc or NamespaceKinds.Uts or NamespaceKinds.Cgroup);

    /// <summary>Whether the container is to divide its cgroup: it sees it as the root of a namespace of its own, and may write there.</summary>
    /// <remarks>runtime-spec, config-linux.md, "Cgroup ownership".</remarks>
    public bool DelegatesCgroup => Cgroup.Version == CgroupVersion.V2 && NewNamespaces.HasFlag(NamespaceKinds.Cgroup)
        && Array.Exists(Mounts, static mount => mount.Kind == MountKind.Cgroup && mount.Source == "cgroup"
            && mount.Destination.TrimEnd('/') == "/sys/fs/cgroup" && !mount.Options.ReadOnly);

    /// <summary>Whether a namespace of this kind is entered.</summary>
    public bool Joins(NamespaceKinds kind) => FindJoined(kind) is not null;

    /// <summary>The namespace of a kind that is entered, or null.</summary>
    public FileDescriptor? FindJoined(NamespaceKinds kind)
    {
        foreach ((FileDescriptor place, NamespaceKinds joined) in JoinedNamespaces)
        {
            if (joined == kind)
            {
                return place;
            }
        }

        return null;
    }
}

/// <summary>How mounts spread to and from a container's root.</summary>
/// <param name="Kind">Which way.</param>
/// <param name="Recursive">Whether also for the mounts below.</param>
internal readonly record struct RootPropagation(MountPropagation Kind, bool Recursive);

/// <summary>What a mount of the document is.</summary>
internal enum MountKind
{
    /// <summary>A file system of its own.</summary>
    FileSystem,

    /// <summary>Another place of the host's file tree.</summary>
    Bind,

    /// <summary>Other options for what is mounted already.</summary>
    Remount,

    /// <summary>The container's view of the cgroups.</summary>
    Cgroup,
}

/// <summary>A mount of the document, taken apart.</summary>
internal sealed record MountPlan
{
    /// <summary>What it is.</summary>
    public required MountKind Kind { get; init; }

    /// <summary>Where it goes, inside the container.</summary>
    public required string Destination { get; init; }

    /// <summary>The file system's type.</summary>
    public required string Type { get; init; }

    /// <summary>A path on the host for a bind mount; else what the mount table shows.</summary>
    public required string? Source { get; init; }

    /// <summary>Where it stands in the document.</summary>
    public required int Index { get; init; }

    /// <summary>Which ids its files show; null for their own.</summary>
    public MountIdMap? IdMap { get; init; }

    /// <summary>The options.</summary>
    public required MountOptions Options { get; init; }
}

/// <summary>A device to make.</summary>
/// <param name="Path">Where, absolute inside the container.</param>
/// <param name="Kind">A character or block device, or a fifo.</param>
/// <param name="Number">Which device.</param>
/// <param name="Permissions">Permission bits.</param>
/// <param name="User">The owner.</param>
/// <param name="Group">The owning group.</param>
internal readonly record struct DevicePlan(string Path, FileKind Kind, DeviceNumber Number, UnixFileMode Permissions, uint User, uint Group);
