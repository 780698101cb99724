using System.Runtime.InteropServices;

namespace Bulkhead.Linux.Native;

internal static partial class Libc
{
    /// <summary>seccomp(2), which the C library has no function for.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static unsafe partial long SecComp(long number, ulong operation, ulong flags, void* argument);

    /// <summary>prctl(2), PR_SET_SECCOMP.</summary>
    [LibraryImport(Library, EntryPoint = "prctl", SetLastError = true)]
    internal static unsafe partial int SetSecCompMode(int operation, ulong mode, FilterProgram* program, ulong argument4, ulong argument5);

    /// <summary>pread(2).</summary>
    [LibraryImport(Library, EntryPoint = "pread64", SetLastError = true)]
    internal static unsafe partial nint PRead(int descriptor, void* buffer, nuint count, long offset);
}

/// <summary>struct sock_fprog, a classic BPF program as seccomp(2) takes it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FilterProgram
{
    internal ushort Length;
    internal void* Instructions;
}

/// <summary>Operations and numbers of seccomp(2).</summary>
/// <remarks>include/uapi/linux/seccomp.h.</remarks>
internal static class SecCompOperation
{
    internal const int PR_SET_SECCOMP = 22;
    internal const ulong SECCOMP_MODE_FILTER = 2;
    internal const ulong SECCOMP_SET_MODE_FILTER = 1;
    internal const ulong SECCOMP_GET_ACTION_AVAIL = 2;
}
