using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Namespaces;

/// <summary>Kinds of namespace, valued as clone(2), unshare(2) and setns(2) take them.</summary>
/// <remarks>namespaces(7).</remarks>
[Flags]
public enum NamespaceKinds
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Offsets of the monotonic and boot clocks. Only unshare(2) makes one, for processes to come.</summary>
    Time = 0x80,

    /// <summary>Mounts.</summary>
    Mount = 0x20000,

    /// <summary>The root of the cgroups in sight.</summary>
    Cgroup = 0x2000000,

    /// <summary>Host and domain name.</summary>
    Uts = 0x4000000,

    /// <summary>System V IPC and POSIX message queues.</summary>
    Ipc = 0x8000000,

    /// <summary>Users, groups and capabilities.</summary>
    User = 0x10000000,

    /// <summary>Process identifiers.</summary>
    Pid = 0x20000000,

    /// <summary>Network devices, addresses, ports.</summary>
    Network = 0x40000000,
}

/// <summary>Leaves and enters namespaces.</summary>
[ChildSafe]
public static class Namespaces
{
    private const ulong NS_GET_NSTYPE = 0xb703;
    private const ulong PROC_USER_INIT_INO = 0xeffffffd;

    /// <summary>Whether the calling process is in the first user namespace, where root is the machine's root.</summary>
    /// <remarks>The number of its file is the same on every machine: include/uapi/linux/nsfs.h, <c>enum init_ns_ino</c>.</remarks>
    /// <exception cref="LinuxException">As statx(2); ENOENT for a kernel without user namespaces.</exception>
    public static bool IsFirstUser()
    {
        LinuxException.Check(Libc.StatX(Libc.AT_FDCWD, "/proc/self/ns/user", 0, StatX.STATX_BASIC_STATS, out StatX status), "statx", "/proc/self/ns/user");
        return status.Inode == PROC_USER_INIT_INO;
    }

    /// <summary>Puts the calling process into new namespaces.</summary>
    /// <exception cref="LinuxException">As unshare(2); ENOSPC at the limit of namespaces.</exception>
    public static void Unshare(NamespaceKinds kinds) => LinuxException.Check(Libc.Unshare((int)kinds), "unshare", Describe(kinds));

    /// <summary>Puts the calling process into a namespace that exists.</summary>
    /// <param name="place">A link of <c>/proc/pid/ns</c>, or where such a one is bound.</param>
    /// <param name="kind">What it must be, so that nothing else is entered by mistake.</param>
    /// <exception cref="LinuxException">As setns(2); EINVAL when it is of another kind.</exception>
    public static void Enter(FileDescriptor place, NamespaceKinds kind) => LinuxException.Check(Libc.SetNs(place.Number, (int)kind), "setns", place.Path);

    /// <summary>Whether a file is a namespace, and of that kind.</summary>
    /// <remarks>ioctl_ns(2), NS_GET_NSTYPE.</remarks>
    public static bool IsNamespace(FileDescriptor place, NamespaceKinds kind) => Libc.IoCtl(place.Number, NS_GET_NSTYPE, 0L) == (int)kind;

    /// <summary>Whether a namespace is the one that the calling thread is in.</summary>
    /// <exception cref="LinuxException">As open(2).</exception>
    public static bool IsOwn(FileDescriptor place, NamespaceKinds kind)
    {
        using FileDescriptor own = FileDescriptor.Open($"/proc/thread-self/ns/{FileName(kind)}", Files.FileMode.Read);
        FileStatus ours = own.Status();
        FileStatus theirs = place.Status();
        return ours.Inode == theirs.Inode && ours.Device == theirs.Device;
    }

    /// <summary>The name of the link in <c>/proc/pid/ns</c>.</summary>
    public static string FileName(NamespaceKinds kind) => kind switch
    {
        NamespaceKinds.Time => "time",
        NamespaceKinds.Mount => "mnt",
        NamespaceKinds.Cgroup => "cgroup",
        NamespaceKinds.Uts => "uts",
        NamespaceKinds.Ipc => "ipc",
        NamespaceKinds.User => "user",
        NamespaceKinds.Pid => "pid",
        NamespaceKinds.Network => "net",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static string Describe(NamespaceKinds kinds)
    {
        List<string> names = [];
        foreach (NamespaceKinds kind in (ReadOnlySpan<NamespaceKinds>)[
            NamespaceKinds.Time, NamespaceKinds.Mount, NamespaceKinds.Cgroup, NamespaceKinds.Uts,
            NamespaceKinds.Ipc, NamespaceKinds.User, NamespaceKinds.Pid, NamespaceKinds.Network])
        {
            if (kinds.HasFlag(kind))
            {
                names.Add(FileName(kind));
            }
        }

        return $"namespaces {string.Join(' ', names)}";
    }
}
