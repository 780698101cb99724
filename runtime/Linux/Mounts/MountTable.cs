using System.Text;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Mounts;

/// <summary>How mounts spread from one mount to its peers.</summary>
/// <remarks>mount_namespaces(7), "Shared subtrees".</remarks>
public enum MountPropagation
{
    /// <summary>Neither way.</summary>
    Private,

    /// <summary>From the host into the container only.</summary>
    Slave,

    /// <summary>Both ways.</summary>
    Shared,

    /// <summary>Neither way, and it can't be bound elsewhere.</summary>
    Unbindable,
}

/// <summary>Changes to the mount table of the calling process's mount namespace.</summary>
[ChildSafe]
public static class MountTable
{
    private const int LongestValue = 255;
    private const int PageBytes = 4096;

    /// <summary>Sets the propagation of what is mounted at a path of the calling process.</summary>
    /// <exception cref="LinuxException">As mount(2).</exception>
    public static void SetPropagation(string path, MountPropagation propagation, bool recursive)
    {
        MountFlags flags = FlagOf(propagation) | (recursive ? MountFlags.MS_REC : 0);
        LinuxException.Check(Libc.Mount(null, path, null, flags, null), "mount", path);
    }

    internal static MountFlags FlagOf(MountPropagation propagation) => propagation switch
    {
        MountPropagation.Private => MountFlags.MS_PRIVATE,
        MountPropagation.Slave => MountFlags.MS_SLAVE,
        MountPropagation.Shared => MountFlags.MS_SHARED,
        _ => MountFlags.MS_UNBINDABLE,
    };

    /// <summary>Gives the mount whose root <paramref name="place"/> is other options, the file system's own included.</summary>
    /// <exception cref="LinuxException">As mount(2).</exception>
    /// <remarks>Of a bind mount only the mount's own attributes change: its file system is somebody else's.</remarks>
    public static void Remount(FileDescriptor place, MountOptions options)
    {
        MountFlags flags = options.Flags | MountFlags.MS_REMOUNT | (options.Bind ? MountFlags.MS_BIND : 0);
        LinuxException.Check(Libc.Mount(null, place.ProcPath, null, flags, options.JoinedData), "mount", place.Path);
    }

    /// <summary>Whether only <see cref="MountOver"/> can mount a file system with these options.</summary>
    /// <remarks>fsconfig(2) takes values of 255 bytes at the most, and one option at a time.</remarks>
    public static bool NeedsOldCall(string? source, MountOptions options)
    {
        bool needed = source is not null && Encoding.UTF8.GetByteCount(source) > LongestValue;
        foreach (string option in options.Data)
        {
            needed |= Encoding.UTF8.GetByteCount(option) > LongestValue || (option.Contains(',') && !option.Contains('"'));
        }

        return needed;
    }

    /// <summary>Mounts a file system by the call that takes all options as one text.</summary>
    /// <param name="place">What is covered.</param>
    /// <param name="type">The file system, as in <c>/proc/filesystems</c>.</param>
    /// <param name="source">The device or a name.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="LinuxException">As mount(2); E2BIG for options beyond a page, which the kernel would cut off.</exception>
    public static void MountOver(FileDescriptor place, string type, string? source, MountOptions options)
    {
        string? data = options.JoinedData;
        if (data is not null && Encoding.UTF8.GetByteCount(data) >= PageBytes)
        {
            throw new LinuxException("mount", $"{place.Path} (options of {PageBytes} bytes or more)", Errno.E2BIG);
        }

        LinuxException.Check(Libc.Mount(source ?? type, place.ProcPath, type, options.Flags, data), "mount", place.Path);
    }

    /// <summary>Sets the propagation of the mount whose root <paramref name="place"/> is, as the options say, in their order.</summary>
    /// <exception cref="LinuxException">As mount(2).</exception>
    public static void ApplyPropagation(FileDescriptor place, MountOptions options)
    {
        foreach ((MountFlags kind, bool recursive) in options.Propagation)
        {
            LinuxException.Check(Libc.Mount(null, place.ProcPath, null, kind | (recursive ? MountFlags.MS_REC : 0), null), "mount", place.Path);
        }
    }

    /// <summary>Unmounts what is mounted at a path, with all that is below it; a use of it goes on to its end.</summary>
    /// <exception cref="LinuxException">EINVAL: nothing is mounted there.</exception>
    public static void Detach(string path) =>
        LinuxException.Check(Libc.Unmount(path, UnmountFlags.MNT_DETACH | UnmountFlags.UMOUNT_NOFOLLOW), "umount2", path);

    /// <summary>Makes <paramref name="root"/> the process's root and takes the old root out of sight.</summary>
    /// <param name="root">The root of a mount, in a mount namespace of the process's own.</param>
    /// <exception cref="LinuxException">EBUSY or EINVAL: not the root of a mount, or its parent's propagation is shared.</exception>
    /// <remarks>pivot_root(2), NOTES: the form with "." twice needs no directory for the old root.</remarks>
    public static void PivotRoot(DirectoryHandle root)
    {
        using DirectoryHandle old = DirectoryHandle.OpenPath("/");
        LinuxException.Check(Libc.FChDir(root.Number), "fchdir", root.Path);
        LinuxException.Check(Libc.PivotRoot(SystemCall.PivotRoot, ".", "."), "pivot_root", root.Path);

        // A slave first: what is unmounted as a peer of the host's is unmounted on the host as well. From the old root, which
        // lies over the new one: mount takes "." for the lower of the two, and would make slaves of the container's mounts.
        LinuxException.Check(Libc.FChDir(old.Number), "fchdir", "the old root");
        LinuxException.Check(Libc.Mount(null, ".", null, MountFlags.MS_SLAVE | MountFlags.MS_REC, null), "mount", "the old root");
        LinuxException.Check(Libc.Unmount(".", UnmountFlags.MNT_DETACH), "umount2", "the old root");
        LinuxException.Check(Libc.ChDir("/"), "chdir", "/");
    }

    /// <summary>Moves <paramref name="root"/> over the root of the mount namespace and changes the process's root to it.</summary>
    /// <exception cref="LinuxException">As move_mount(2) and chroot(2).</exception>
    /// <remarks>For an initramfs, whose root can't be pivoted away; what was below the old root stays mounted out of reach.</remarks>
    public static void MoveToRoot(DetachedMount root)
    {
        using (DirectoryHandle place = DirectoryHandle.OpenPath("/"))
        {
            root.AttachTo(place);
        }

        LinuxException.Check(Libc.FChDir(root.Root.Number), "fchdir", root.Root.Path);
        LinuxException.Check(Libc.ChRoot("."), "chroot", root.Root.Path);
        LinuxException.Check(Libc.ChDir("/"), "chdir", "/");
    }

    /// <summary>Changes the process's root to a directory, where no mount namespace of its own can be pivoted.</summary>
    /// <exception cref="LinuxException">As chroot(2).</exception>
    public static void ChangeRoot(DirectoryHandle root)
    {
        LinuxException.Check(Libc.FChDir(root.Number), "fchdir", root.Path);
        LinuxException.Check(Libc.ChRoot("."), "chroot", root.Path);
        LinuxException.Check(Libc.ChDir("/"), "chdir", "/");
    }

    /// <summary>Changes the working directory.</summary>
    /// <exception cref="LinuxException">As chdir(2).</exception>
    public static void ChangeDirectory(string path) => LinuxException.Check(Libc.ChDir(path), "chdir", path);
}
