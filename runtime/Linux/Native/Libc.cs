using System.Runtime.InteropServices;

namespace Bulkhead.Linux.Native;

/// <summary>The C library's functions and, where it has none, system calls by number.</summary>
/// <remarks>A file per man-page section; a declaration says what the kernel takes and nothing else.</remarks>
internal static partial class Libc
{
    /// <summary>The library that every declaration names; bound when the binary is linked.</summary>
    internal const string Library = "libc";

    /// <summary>The directory descriptor that stands for the working directory.</summary>
    internal const int AT_FDCWD = -100;

    /// <summary>Works on the descriptor itself when the path is empty.</summary>
    internal const int AT_EMPTY_PATH = 0x1000;

    /// <summary>Does not follow a symbolic link at the end of the path.</summary>
    internal const int AT_SYMLINK_NOFOLLOW = 0x100;

    /// <summary>unlinkat(2) removes a directory.</summary>
    internal const int AT_REMOVEDIR = 0x200;

    /// <summary>open_tree(2), mount_setattr(2): the whole tree of mounts.</summary>
    internal const int AT_RECURSIVE = 0x8000;
}

/// <summary>Numbers of the system calls that the C library has no function for, or has only in new versions.</summary>
/// <remarks>Above 423 the numbers are the same on all architectures; those below are chosen by architecture.</remarks>
internal static class SystemCall
{
    internal const long OpenTree = 428;
    internal const long MoveMount = 429;
    internal const long FsOpen = 430;
    internal const long FsConfig = 431;
    internal const long FsMount = 432;
    internal const long FsPick = 433;
    internal const long PidFdOpen = 434;
    internal const long Clone3 = 435;
    internal const long CloseRange = 436;
    internal const long OpenAt2 = 437;
    internal const long PidFdGetFd = 438;
    internal const long MountSetAttr = 442;
    internal const long PidFdSendSignal = 424;

    private static readonly bool Arm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    internal static long PivotRoot => Arm64 ? 41 : 155;

    internal static long CapGet => Arm64 ? 90 : 125;

    internal static long CapSet => Arm64 ? 91 : 126;

    internal static long KeyCtl => Arm64 ? 219 : 250;

    internal static long Bpf => Arm64 ? 280 : 321;

    internal static long Seccomp => Arm64 ? 277 : 317;

    internal static long IoPrioSet => Arm64 ? 30 : 251;

    internal static long SchedSetAttr => Arm64 ? 274 : 314;

    internal static long SetMemPolicy => Arm64 ? 237 : 238;

    internal static long SchedSetAffinity => Arm64 ? 122 : 203;

    internal static long SetGroups => Arm64 ? 159 : 116;

    internal static long SetResUid => Arm64 ? 147 : 117;

    internal static long SetResGid => Arm64 ? 149 : 119;

    internal static long GetCwd => Arm64 ? 17 : 79;

    internal static long TgKill => Arm64 ? 131 : 234;

    internal static long MemFdCreate => Arm64 ? 279 : 319;
}
