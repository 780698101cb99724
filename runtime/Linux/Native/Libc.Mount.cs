using System.Runtime.InteropServices;

namespace Bulkhead.Linux.Native;

internal static partial class Libc
{
    /// <summary>mount(2).</summary>
    [LibraryImport(Library, EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Mount(string? source, string target, string? type, MountFlags flags, string? data);

    /// <summary>umount2(2).</summary>
    [LibraryImport(Library, EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Unmount(string target, UnmountFlags flags);

    /// <summary>pivot_root(2).</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial long PivotRoot(long number, string newRoot, string putOld);

    /// <summary>fsopen(2).</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial long FsOpen(long number, string type, ulong flags);

    /// <summary>fsconfig(2).</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial long FsConfig(long number, long context, ulong command, string? key, string? value, long aux);

    /// <summary>fsmount(2).</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial long FsMount(long number, long context, ulong flags, ulong attributes);

    /// <summary>open_tree(2).</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial long OpenTree(long number, long directory, string path, ulong flags);

    /// <summary>move_mount(2).</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial long MoveMount(long number, long fromDirectory, string fromPath, long toDirectory, string toPath, ulong flags);

    /// <summary>mount_setattr(2).</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial long MountSetAttr(long number, long directory, string path, ulong flags, in MountAttr attributes, ulong size);
}

/// <summary>Flags of mount(2).</summary>
[Flags]
internal enum MountFlags : ulong
{
    None = 0,
    MS_RDONLY = 0x1,
    MS_NOSUID = 0x2,
    MS_NODEV = 0x4,
    MS_NOEXEC = 0x8,
    MS_SYNCHRONOUS = 0x10,
    MS_REMOUNT = 0x20,
    MS_MANDLOCK = 0x40,
    MS_DIRSYNC = 0x80,
    MS_NOSYMFOLLOW = 0x100,
    MS_NOATIME = 0x400,
    MS_NODIRATIME = 0x800,
    MS_BIND = 0x1000,
    MS_MOVE = 0x2000,
    MS_REC = 0x4000,
    MS_SILENT = 0x8000,
    MS_UNBINDABLE = 0x20000,
    MS_PRIVATE = 0x40000,
    MS_SLAVE = 0x80000,
    MS_SHARED = 0x100000,
    MS_RELATIME = 0x200000,
    MS_I_VERSION = 0x800000,
    MS_STRICTATIME = 0x1000000,
    MS_LAZYTIME = 0x2000000,
}

/// <summary>Flags of umount2(2), named and valued as in <c>sys/mount.h</c>.</summary>
[Flags]
internal enum UnmountFlags
{
    None = 0,
    MNT_DETACH = 0x2,
    UMOUNT_NOFOLLOW = 0x8,
}

/// <summary>Attributes of a mount, as fsmount(2) and mount_setattr(2) take them.</summary>
[Flags]
internal enum MountAttributes : ulong
{
    None = 0,
    MOUNT_ATTR_RDONLY = 0x1,
    MOUNT_ATTR_NOSUID = 0x2,
    MOUNT_ATTR_NODEV = 0x4,
    MOUNT_ATTR_NOEXEC = 0x8,
    MOUNT_ATTR_NOATIME = 0x10,
    MOUNT_ATTR_STRICTATIME = 0x20,
    MOUNT_ATTR__ATIME = 0x70,
    MOUNT_ATTR_NODIRATIME = 0x80,
    MOUNT_ATTR_IDMAP = 0x100000,
    MOUNT_ATTR_NOSYMFOLLOW = 0x200000,
}

/// <summary>struct mount_attr of mount_setattr(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MountAttr
{
    internal ulong Set;
    internal ulong Clear;
    internal ulong Propagation;
    internal ulong UserNamespace;
}

/// <summary>Flags and commands of the mount calls that take descriptors.</summary>
internal static class MountCalls
{
    internal const ulong FSOPEN_CLOEXEC = 1;
    internal const ulong FSMOUNT_CLOEXEC = 1;
    internal const ulong FSCONFIG_SET_FLAG = 0;
    internal const ulong FSCONFIG_SET_STRING = 1;
    internal const ulong FSCONFIG_CMD_CREATE = 6;
    internal const ulong FSCONFIG_CMD_RECONFIGURE = 7;
    internal const ulong OPEN_TREE_CLONE = 1;
    internal const ulong OPEN_TREE_CLOEXEC = 0x80000;
    internal const ulong MOVE_MOUNT_F_EMPTY_PATH = 0x4;
    internal const ulong MOVE_MOUNT_T_EMPTY_PATH = 0x40;
}
