using System.Runtime.InteropServices;

namespace Bulkhead.Linux.Native;

internal static partial class Libc
{
    /// <summary>clone3(2).</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static unsafe partial long Clone3(long number, CloneArgs* arguments, ulong size);

    /// <summary>unshare(2).</summary>
    [LibraryImport(Library, EntryPoint = "unshare", SetLastError = true)]
    internal static partial int Unshare(int flags);

    /// <summary>setns(2).</summary>
    [LibraryImport(Library, EntryPoint = "setns", SetLastError = true)]
    internal static partial int SetNs(int descriptor, int type);

    /// <summary>execve(2).</summary>
    [LibraryImport(Library, EntryPoint = "execve", SetLastError = true)]
    internal static unsafe partial int ExecVe(byte* path, byte** arguments, byte** environment);

    /// <summary>execveat(2) is reached by number: the C library has it only since 2.34.</summary>
    [LibraryImport(Library, EntryPoint = "_exit")]
    internal static partial void Exit(int code);

    /// <summary>getpid(2).</summary>
    [LibraryImport(Library, EntryPoint = "getpid")]
    internal static partial int GetPid();

    /// <summary>geteuid(2).</summary>
    [LibraryImport(Library, EntryPoint = "geteuid")]
    internal static partial uint GetEUid();

    /// <summary>getegid(2).</summary>
    [LibraryImport(Library, EntryPoint = "getegid")]
    internal static partial uint GetEGid();

    /// <summary>setsid(2).</summary>
    [LibraryImport(Library, EntryPoint = "setsid", SetLastError = true)]
    internal static partial int SetSid();

    /// <summary>waitpid(2).</summary>
    [LibraryImport(Library, EntryPoint = "waitpid", SetLastError = true)]
    internal static partial int WaitPid(int pid, out int status, int options);

    /// <summary>kill(2).</summary>
    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int pid, int signal);

    /// <summary>pidfd_open(2).</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial long PidFdOpen(long number, long pid, ulong flags);

    /// <summary>pidfd_send_signal(2).</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial long PidFdSendSignal(long number, long descriptor, long signal, nint information, ulong flags);

    /// <summary>prctl(2).</summary>
    [LibraryImport(Library, EntryPoint = "prctl", SetLastError = true)]
    internal static partial int PrCtl(int operation, ulong argument2, ulong argument3, ulong argument4, ulong argument5);

    /// <summary>personality(2).</summary>
    [LibraryImport(Library, EntryPoint = "personality", SetLastError = true)]
    internal static partial int Personality(nuint domain);

    /// <summary>prlimit(2).</summary>
    [LibraryImport(Library, EntryPoint = "prlimit64", SetLastError = true)]
    internal static unsafe partial int PrLimit(int pid, int resource, ResourceLimitPair* newLimit, ResourceLimitPair* oldLimit);

    /// <summary>sethostname(2).</summary>
    [LibraryImport(Library, EntryPoint = "sethostname", SetLastError = true)]
    internal static unsafe partial int SetHostName(byte* name, nuint length);

    /// <summary>setdomainname(2).</summary>
    [LibraryImport(Library, EntryPoint = "setdomainname", SetLastError = true)]
    internal static unsafe partial int SetDomainName(byte* name, nuint length);

    /// <summary>A system call with up to three plain numbers.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial long Call(long number, long argument1, long argument2, long argument3);

    /// <summary>A system call whose arguments are pointers or numbers.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static unsafe partial long Call(long number, void* argument1, void* argument2, void* argument3);

    /// <summary>rt_sigprocmask(2).</summary>
    [LibraryImport(Library, EntryPoint = "sigprocmask", SetLastError = true)]
    internal static unsafe partial int SigProcMask(int how, byte* set, byte* old);

    /// <summary>sigaction(2).</summary>
    [LibraryImport(Library, EntryPoint = "sigaction", SetLastError = true)]
    internal static unsafe partial int SigAction(int signal, byte* action, byte* old);

    /// <summary>sigaltstack(2).</summary>
    [LibraryImport(Library, EntryPoint = "sigaltstack", SetLastError = true)]
    internal static unsafe partial int SigAltStack(StackDescription* stack, StackDescription* old);

    /// <summary>posix_spawn(3).</summary>
    [LibraryImport(Library, EntryPoint = "posix_spawn")]
    internal static unsafe partial int PosixSpawn(int* pid, byte* path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    /// <summary>posix_spawn_file_actions_init(3).</summary>
    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    internal static unsafe partial int SpawnActionsInit(byte* actions);

    /// <summary>posix_spawn_file_actions_destroy(3).</summary>
    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_destroy")]
    internal static unsafe partial int SpawnActionsDestroy(byte* actions);

    /// <summary>posix_spawn_file_actions_adddup2(3).</summary>
    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_adddup2")]
    internal static unsafe partial int SpawnActionsAddDup2(byte* actions, int from, int to);

    /// <summary>posix_spawnattr_init(3).</summary>
    [LibraryImport(Library, EntryPoint = "posix_spawnattr_init")]
    internal static unsafe partial int SpawnAttributesInit(byte* attributes);

    /// <summary>posix_spawnattr_destroy(3).</summary>
    [LibraryImport(Library, EntryPoint = "posix_spawnattr_destroy")]
    internal static unsafe partial int SpawnAttributesDestroy(byte* attributes);

    /// <summary>posix_spawnattr_setflags(3).</summary>
    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setflags")]
    internal static unsafe partial int SpawnAttributesSetFlags(byte* attributes, short flags);

    /// <summary>posix_spawnattr_setsigmask(3).</summary>
    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigmask")]
    internal static unsafe partial int SpawnAttributesSetMask(byte* attributes, byte* mask);

    /// <summary>posix_spawnattr_setsigdefault(3).</summary>
    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigdefault")]
    internal static unsafe partial int SpawnAttributesSetDefault(byte* attributes, byte* signals);
}

/// <summary>struct clone_args of clone3(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CloneArgs
{
    internal ulong Flags;
    internal ulong PidFd;
    internal ulong ChildTid;
    internal ulong ParentTid;
    internal ulong ExitSignal;
    internal ulong Stack;
    internal ulong StackSize;
    internal ulong Tls;
    internal ulong SetTid;
    internal ulong SetTidSize;
    internal ulong Cgroup;
}

/// <summary>struct rlimit64 of prlimit(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceLimitPair
{
    internal ulong Soft;
    internal ulong Hard;
}

/// <summary>struct sched_attr of sched_setattr(2), as of Linux 5.3.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SchedulerAttributes
{
    internal uint Size;
    internal uint Policy;
    internal ulong Flags;
    internal int Nice;
    internal uint Priority;
    internal ulong Runtime;
    internal ulong Deadline;
    internal ulong Period;
    internal uint LeastUtilization;
    internal uint MostUtilization;
}

/// <summary>stack_t of sigaltstack(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StackDescription
{
    internal nint Start;
    internal int Flags;
    internal nuint Size;

    internal const int SS_DISABLE = 2;
}

/// <summary>Operations of prctl(2).</summary>
internal static class ProcessControl
{
    internal const int PR_SET_PDEATHSIG = 1;
    internal const int PR_SET_DUMPABLE = 4;
    internal const int PR_SET_KEEPCAPS = 8;
    internal const int PR_CAPBSET_READ = 23;
    internal const int PR_CAPBSET_DROP = 24;
    internal const int PR_SET_CHILD_SUBREAPER = 36;
    internal const int PR_SET_NO_NEW_PRIVS = 38;
    internal const int PR_CAP_AMBIENT = 47;
    internal const int PR_SET_NAME = 15;
    internal const int PR_CAP_AMBIENT_RAISE = 2;
    internal const int PR_CAP_AMBIENT_CLEAR_ALL = 4;
}
