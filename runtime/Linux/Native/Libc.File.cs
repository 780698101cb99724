using System.Runtime.InteropServices;

namespace Bulkhead.Linux.Native;

internal static partial class Libc
{
    /// <summary>openat(2).</summary>
    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int OpenAt(int directory, string path, OpenFlags flags, uint mode);

    /// <summary>openat2(2), which the C library has no function for.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial long OpenAt2(long number, long directory, string path, in OpenHow how, ulong size);

    /// <summary>close(2).</summary>
    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    /// <summary>close_range(2).</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial long CloseRange(long number, ulong first, ulong last, ulong flags);

    /// <summary>read(2).</summary>
    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    internal static unsafe partial nint Read(int descriptor, byte* buffer, nuint count);

    /// <summary>pread(2).</summary>
    [LibraryImport(Library, EntryPoint = "pread64", SetLastError = true)]
    internal static unsafe partial nint PRead(int descriptor, byte* buffer, nuint count, long position);

    /// <summary>write(2).</summary>
    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    internal static unsafe partial nint Write(int descriptor, byte* buffer, nuint count);

    /// <summary>writev(2).</summary>
    [LibraryImport(Library, EntryPoint = "writev", SetLastError = true)]
    internal static unsafe partial nint WriteV(int descriptor, IoVector* parts, int count);

    /// <summary>ftruncate(2).</summary>
    [LibraryImport(Library, EntryPoint = "ftruncate64", SetLastError = true)]
    internal static partial int FTruncate(int descriptor, long length);

    /// <summary>fchmod(2).</summary>
    [LibraryImport(Library, EntryPoint = "fchmod", SetLastError = true)]
    internal static partial int FChMod(int descriptor, uint mode);

    /// <summary>fstat(2), fstatat(2), by way of statx(2), whose layout is the same on all architectures.</summary>
    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int StatX(int directory, string path, int flags, uint mask, out StatX result);

    /// <summary>fstatfs(2).</summary>
    [LibraryImport(Library, EntryPoint = "fstatfs64", SetLastError = true)]
    internal static partial int FStatFs(int descriptor, out StatFs result);

    /// <summary>mkdirat(2).</summary>
    [LibraryImport(Library, EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int MkDirAt(int directory, string path, uint mode);

    /// <summary>mknodat(2).</summary>
    [LibraryImport(Library, EntryPoint = "mknodat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int MkNodAt(int directory, string path, uint mode, ulong device);

    /// <summary>symlinkat(2).</summary>
    [LibraryImport(Library, EntryPoint = "symlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int SymLinkAt(string target, int directory, string path);

    /// <summary>unlinkat(2).</summary>
    [LibraryImport(Library, EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int UnlinkAt(int directory, string path, int flags);

    /// <summary>renameat(2).</summary>
    [LibraryImport(Library, EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int RenameAt(int oldDirectory, string oldPath, int newDirectory, string newPath);

    /// <summary>readlinkat(2).</summary>
    [LibraryImport(Library, EntryPoint = "readlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial nint ReadLinkAt(int directory, string path, byte* buffer, nuint size);

    /// <summary>fchmodat(2).</summary>
    [LibraryImport(Library, EntryPoint = "fchmodat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int FChModAt(int directory, string path, uint mode, int flags);

    /// <summary>fchownat(2).</summary>
    [LibraryImport(Library, EntryPoint = "fchownat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int FChOwnAt(int directory, string path, uint user, uint group, int flags);

    /// <summary>faccessat(2).</summary>
    [LibraryImport(Library, EntryPoint = "faccessat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int FAccessAt(int directory, string path, int mode, int flags);

    /// <summary>flock(2).</summary>
    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    internal static partial int FLock(int descriptor, int operation);

    /// <summary>fcntl(2) with an integer argument.</summary>
    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int FCntl(int descriptor, int command, long argument);

    /// <summary>dup3(2).</summary>
    [LibraryImport(Library, EntryPoint = "dup3", SetLastError = true)]
    internal static partial int Dup3(int from, int to, int flags);

    /// <summary>fchdir(2).</summary>
    [LibraryImport(Library, EntryPoint = "fchdir", SetLastError = true)]
    internal static partial int FChDir(int directory);

    /// <summary>chdir(2).</summary>
    [LibraryImport(Library, EntryPoint = "chdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ChDir(string path);

    /// <summary>chroot(2).</summary>
    [LibraryImport(Library, EntryPoint = "chroot", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ChRoot(string path);

    /// <summary>getcwd(2), the system call, whose answer the C library's function would judge.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static unsafe partial long GetCwd(long number, byte* buffer, long size);

    /// <summary>memfd_create(2).</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial long MemFdCreate(long number, string name, ulong flags);

    /// <summary>lseek(2).</summary>
    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    internal static partial long LSeek(int descriptor, long offset, int origin);

    /// <summary>umask(2).</summary>
    [LibraryImport(Library, EntryPoint = "umask")]
    internal static partial uint UMask(uint mask);

    /// <summary>fsync(2).</summary>
    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    internal static partial int FSync(int descriptor);

    /// <summary>poll(2).</summary>
    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    internal static unsafe partial int Poll(PollEntry* entries, ulong count, int timeoutMilliseconds);

    /// <summary>eventfd(2).</summary>
    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventFd(uint initial, OpenFlags flags);

    /// <summary>inotify_init1(2).</summary>
    [LibraryImport(Library, EntryPoint = "inotify_init1", SetLastError = true)]
    internal static partial int INotifyInit(OpenFlags flags);

    /// <summary>inotify_add_watch(2).</summary>
    [LibraryImport(Library, EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int INotifyAddWatch(int descriptor, string path, uint mask);

    /// <summary>pipe2(2).</summary>
    [LibraryImport(Library, EntryPoint = "pipe2", SetLastError = true)]
    internal static unsafe partial int Pipe2(int* ends, OpenFlags flags);

    /// <summary>openat(2), of a name in bytes: what somebody else has named need not be text.</summary>
    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true)]
    internal static unsafe partial int OpenAt(int directory, byte* path, OpenFlags flags, uint mode);

    /// <summary>unlinkat(2), of a name in bytes.</summary>
    [LibraryImport(Library, EntryPoint = "unlinkat", SetLastError = true)]
    internal static unsafe partial int UnlinkAt(int directory, byte* path, int flags);

    /// <summary>mkdirat(2), of a name in bytes.</summary>
    [LibraryImport(Library, EntryPoint = "mkdirat", SetLastError = true)]
    internal static unsafe partial int MkDirAt(int directory, byte* path, uint mode);

    /// <summary>mknodat(2), of a name in bytes.</summary>
    [LibraryImport(Library, EntryPoint = "mknodat", SetLastError = true)]
    internal static unsafe partial int MkNodAt(int directory, byte* path, uint mode, ulong device);

    /// <summary>symlinkat(2), of names in bytes.</summary>
    [LibraryImport(Library, EntryPoint = "symlinkat", SetLastError = true)]
    internal static unsafe partial int SymLinkAt(byte* target, int directory, byte* path);

    /// <summary>fchmodat(2), of a name in bytes.</summary>
    [LibraryImport(Library, EntryPoint = "fchmodat", SetLastError = true)]
    internal static unsafe partial int FChModAt(int directory, byte* path, uint mode, int flags);

    /// <summary>fchownat(2), of a name in bytes.</summary>
    [LibraryImport(Library, EntryPoint = "fchownat", SetLastError = true)]
    internal static unsafe partial int FChOwnAt(int directory, byte* path, uint user, uint group, int flags);

    /// <summary>utimensat(2), of a name in bytes: the times of access and change.</summary>
    [LibraryImport(Library, EntryPoint = "utimensat", SetLastError = true)]
    internal static unsafe partial int UTimeNsAt(int directory, byte* path, TimeSpec* times, int flags);

    /// <summary>sendfile(2), from and to the present positions.</summary>
    [LibraryImport(Library, EntryPoint = "sendfile64", SetLastError = true)]
    internal static unsafe partial nint SendFile(int to, int from, long* offset, nuint count);

    /// <summary>flistxattr(2).</summary>
    [LibraryImport(Library, EntryPoint = "flistxattr", SetLastError = true)]
    internal static unsafe partial nint FListXAttr(int descriptor, byte* names, nuint size);

    /// <summary>fgetxattr(2).</summary>
    [LibraryImport(Library, EntryPoint = "fgetxattr", SetLastError = true)]
    internal static unsafe partial nint FGetXAttr(int descriptor, byte* name, byte* value, nuint size);

    /// <summary>fsetxattr(2).</summary>
    [LibraryImport(Library, EntryPoint = "fsetxattr", SetLastError = true)]
    internal static unsafe partial int FSetXAttr(int descriptor, byte* name, byte* value, nuint size, int flags);

    /// <summary>getdents64(2), by readdir's system call, which takes a descriptor.</summary>
    [LibraryImport(Library, EntryPoint = "getdents64", SetLastError = true)]
    internal static unsafe partial nint GetDents64(int directory, byte* buffer, nuint size);
}

/// <summary>Flags of open(2), those of x64 and arm64 that are the same; O_DIRECTORY and O_NOFOLLOW differ.</summary>
[Flags]
internal enum OpenFlags
{
    O_RDONLY = 0,
    O_WRONLY = 1,
    O_RDWR = 2,
    O_CREAT = 0x40,
    O_EXCL = 0x80,
    O_NOCTTY = 0x100,
    O_TRUNC = 0x200,
    O_APPEND = 0x400,
    O_NONBLOCK = 0x800,
    O_CLOEXEC = 0x80000,
    O_PATH = 0x200000,
}

/// <summary>The flags of open(2) whose values depend on the architecture.</summary>
internal static class OpenFlagsByArchitecture
{
    private static readonly bool Arm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    internal static OpenFlags O_DIRECTORY => (OpenFlags)(Arm64 ? 0x4000 : 0x10000);

    internal static OpenFlags O_NOFOLLOW => (OpenFlags)(Arm64 ? 0x8000 : 0x20000);
}

/// <summary>struct open_how of openat2(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OpenHow
{
    internal ulong Flags;
    internal ulong Mode;
    internal ResolveFlags Resolve;
}

/// <summary>How openat2(2) resolves a path.</summary>
[Flags]
internal enum ResolveFlags : ulong
{
    RESOLVE_NO_XDEV = 0x01,
    RESOLVE_NO_MAGICLINKS = 0x02,
    RESOLVE_NO_SYMLINKS = 0x04,
    RESOLVE_BENEATH = 0x08,
    RESOLVE_IN_ROOT = 0x10,
}

/// <summary>struct statx of statx(2), up to the fields that are read.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct StatX
{
    internal uint Mask;
    internal uint BlockSize;
    internal ulong Attributes;
    internal uint Links;
    internal uint User;
    internal uint Group;
    internal ushort Mode;
    private readonly ushort _spare;
    internal ulong Inode;
    internal ulong Size;
    internal ulong Blocks;
    internal ulong AttributesMask;
    internal StatXTime Accessed;
    internal StatXTime Born;
    internal StatXTime Changed;
    internal StatXTime Modified;
    internal uint SpecialMajor;
    internal uint SpecialMinor;
    internal uint DeviceMajor;
    internal uint DeviceMinor;
    internal ulong MountId;

    /// <summary>The mask of statx(2) that asks for what stat(2) gives.</summary>
    internal const uint STATX_BASIC_STATS = 0x7ff;

    /// <summary>Set in the attributes of the root of a mount (since 5.8).</summary>
    internal const ulong STATX_ATTR_MOUNT_ROOT = 0x2000;
}

/// <summary>struct statx_timestamp.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StatXTime
{
    internal long Seconds;
    internal uint Nanoseconds;
    private readonly int _reserved;
}

/// <summary>struct timespec on 64-bit architectures.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimeSpec
{
    internal long Seconds;
    internal long Nanoseconds;
}

/// <summary>struct statfs of fstatfs(2) on 64-bit architectures.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StatFs
{
    internal const long ST_RDONLY = 1;

    internal long Type;
    internal long BlockSize;
    internal ulong Blocks;
    internal ulong BlocksFree;
    internal ulong BlocksAvailable;
    internal ulong Files;
    internal ulong FilesFree;
    internal ulong Id;
    internal long NameLength;
    internal long FragmentSize;
    internal long Flags;
    private readonly long _spare0;
    private readonly long _spare1;
    private readonly long _spare2;
    private readonly long _spare3;
}

/// <summary>struct pollfd of poll(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    internal int Descriptor;
    internal short Events;
    internal short Returned;

    internal const short POLLIN = 1;
    internal const short POLLOUT = 4;
    internal const short POLLERR = 8;
    internal const short POLLHUP = 16;
}
