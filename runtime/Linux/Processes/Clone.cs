using Bulkhead.Linux.Files;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Native;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Linux.Processes;

/// <summary>Makes child processes that go on in this very program.</summary>
/// <remarks>clone3(2). The rules for what the child may do are in <c>runtime/Engine/Child/README.md</c>.</remarks>
public static class Clone
{
    private const ulong CLONE_PIDFD = 0x1000;
    private const ulong CLONE_PARENT = 0x8000;
    private const ulong CLONE_INTO_CGROUP = 0x200000000;
    private const int SIGCHLD = 17;

    // The main thread, and the finalizer's, which sleeps: nothing here has finalizable garbage before a clone.
    private const uint MostThreads = 2;

    /// <summary>Makes a child.</summary>
    /// <param name="namespaces">New namespaces for the child.</param>
    /// <param name="cgroup">The cgroup v2 directory the child starts in; null for the caller's own. Needs Linux 5.7.</param>
    /// <param name="pidNamespace">A PID namespace that the child is born in; null for the caller's own.</param>
    /// <returns>Null in the child; the child in the parent.</returns>
    /// <exception cref="LinuxException">As clone3(2).</exception>
    /// <exception cref="InvalidOperationException">Another managed thread runs, which could leave the child hanging.</exception>
    public static PidFd? Start(NamespaceKinds namespaces, DirectoryHandle? cgroup, FileDescriptor? pidNamespace)
    {
        RefuseThreads();
        if (pidNamespace is null)
        {
            return Start(namespaces, cgroup);
        }

        // Entering changes nothing but where children are born; as long as that is elsewhere no thread can be made.
        using FileDescriptor own = FileDescriptor.Open("/proc/self/ns/pid", FileMode.Read);
        Namespaces.Namespaces.Enter(pidNamespace, NamespaceKinds.Pid);
        PidFd? child;
        try
        {
            child = Start(namespaces, cgroup);
        }
        catch (LinuxException)
        {
            Namespaces.Namespaces.Enter(own, NamespaceKinds.Pid);
            throw;
        }

        // Not in the child, for which there is no way back.
        if (child is not null)
        {
            Namespaces.Namespaces.Enter(own, NamespaceKinds.Pid);
        }

        return child;
    }

    private static PidFd? Start(NamespaceKinds namespaces, DirectoryHandle? cgroup)
    {
        int descriptor = -1;
        CloneArgs arguments = new()
        {
            Flags = (ulong)namespaces | CLONE_PIDFD | (cgroup is null ? 0 : CLONE_INTO_CGROUP),
            ExitSignal = SIGCHLD,
            Cgroup = cgroup is null ? 0 : (ulong)cgroup.Number,
        };
        int pid;

        // Sound: the structure and the descriptor are on this stack, of which the child has a copy.
        unsafe
        {
            arguments.PidFd = (ulong)&descriptor;
            pid = (int)LinuxException.Check(Libc.Clone3(SystemCall.Clone3, &arguments, (ulong)sizeof(CloneArgs)), "clone3", "a container process");
        }

        return pid == 0 ? null : new PidFd(descriptor, pid);
    }

    /// <summary>Makes a sibling: a child of the caller's parent, in whatever namespaces the caller has set for children.</summary>
    /// <param name="namespaces">New namespaces for the sibling.</param>
    /// <returns>0 in the sibling; its number, in the caller's PID namespace, in the caller.</returns>
    /// <exception cref="LinuxException">As clone3(2).</exception>
    [ChildSafe]
    public static int Sibling(NamespaceKinds namespaces)
    {
        CloneArgs arguments = new() { Flags = (ulong)namespaces | CLONE_PARENT };

        // Sound: the structure is on this stack, of which the sibling has a copy.
        unsafe
        {
            return (int)LinuxException.Check(Libc.Clone3(SystemCall.Clone3, &arguments, (ulong)sizeof(CloneArgs)), "clone3", "a container process");
        }
    }

    private static void RefuseThreads()
    {
        // The link count of a directory in procfs is that of its subdirectories and two.
        LinuxException.Check(Libc.StatX(Libc.AT_FDCWD, "/proc/self/task", 0, StatX.STATX_BASIC_STATS, out StatX status), "statx", "/proc/self/task");
        if (status.Links - 2 > MostThreads)
        {
            throw new InvalidOperationException($"clone3: {status.Links - 2} threads run where {MostThreads} may");
        }
    }
}
