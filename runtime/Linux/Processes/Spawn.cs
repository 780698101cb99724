using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Processes;

/// <summary>A program of the host that is to be started: a hook, or <c>ps</c>.</summary>
public sealed record SpawnPlan
{
    /// <summary>The program's absolute path; no <c>PATH</c> is searched.</summary>
    public required string Program { get; init; }

    /// <summary>All arguments, the program's own name first.</summary>
    public required string[] Arguments { get; init; }

    /// <summary>The whole environment, each entry <c>NAME=value</c>.</summary>
    public required string[] Environment { get; init; }

    /// <summary>Standard input; absent inherits the caller's.</summary>
    public FileDescriptor? Input { get; init; }

    /// <summary>Standard output; absent inherits the caller's.</summary>
    public FileDescriptor? Output { get; init; }

    /// <summary>Standard error; absent inherits the caller's.</summary>
    public FileDescriptor? Error { get; init; }

    /// <summary>Further descriptors that it gets as 3, 4 and so on, whatever their numbers are here.</summary>
    public FileDescriptor[] Following { get; init; } = [];

    /// <summary>Further descriptors that it gets by the same numbers, above those of <see cref="Following"/>; no other is open in it.</summary>
    public FileDescriptor[] Inherited { get; init; } = [];

    /// <summary>Whether it is to lead a process group of its own, so that all it has started ends with it when its time is over.</summary>
    public bool LeadsGroup { get; init; }

    /// <summary>Whether it is to lead a session of its own, so that it lives on when the caller's terminal goes.</summary>
    public bool LeadsSession { get; init; }

    /// <summary>Signals that it begins with blocked; no others are.</summary>
    public Signal[] Blocked { get; init; } = [];
}

/// <summary>Starts programs of the host.</summary>
/// <remarks>
/// posix_spawn(3): no code of ours runs in the child, so threads do no harm. The program starts with the plan's signal mask
/// and with SIGPIPE, which the AOT runtime ignores, as it is by default. Only the descriptors of the plan are open in it, and
/// none that the runtime's own caller has left open.
/// </remarks>
public static class Spawn
{
    private const short POSIX_SPAWN_SETPGROUP = 0x02;
    private const short POSIX_SPAWN_SETSIGDEF = 0x04;
    private const short POSIX_SPAWN_SETSIGMASK = 0x08;
    private const short POSIX_SPAWN_SETSID = 0x80;
    private const int FirstAfterStandard = 3;

    // In 64-bit words; posix_spawn_file_actions_t has 80 bytes, posix_spawnattr_t 336, in glibc and musl alike.
    private const int StructureWords = 64;

    /// <summary>Starts a program.</summary>
    /// <exception cref="LinuxException">As execve(2), with the program as its subject.</exception>
    /// <exception cref="ArgumentException">An argument or a variable holds a zero character, which would end it early.</exception>
    public static Spawned Start(SpawnPlan plan)
    {
        DescriptorTable.CloseOnExecFrom(FirstAfterStandard);
        SetInheritable(plan.Inherited, true);
        try
        {
            return StartWithDescriptors(plan);
        }
        finally
        {
            SetInheritable(plan.Inherited, false);
        }
    }

    private static void SetInheritable(FileDescriptor[] files, bool value)
    {
        foreach (FileDescriptor file in files)
        {
            file.SetInheritable(value);
        }
    }

    private static Spawned StartWithDescriptors(SpawnPlan plan)
    {
        FileDescriptor?[] placed = [plan.Input, plan.Output, plan.Error, .. plan.Following];
        using CopiesAway copies = new(placed);
        using NativeStrings program = new([plan.Program]);
        using NativeStrings arguments = new(plan.Arguments);
        using NativeStrings environment = new(plan.Environment);

        // Sound: the structures are on this stack and larger than their C counterparts; the texts outlive the call.
        unsafe
        {
            ulong* actions = stackalloc ulong[StructureWords];
            ulong* attributes = stackalloc ulong[StructureWords];
            int pid;
            Check(Libc.SpawnActionsInit((byte*)actions), plan);
            Check(Libc.SpawnAttributesInit((byte*)attributes), plan);
            try
            {
                SetSignals((byte*)attributes, plan);
                Place((byte*)actions, placed, plan);
                Check(Libc.PosixSpawn(&pid, *program.Pointer, (byte*)actions, (byte*)attributes, arguments.Pointer, environment.Pointer), plan);
            }
            finally
            {
                _ = Libc.SpawnAttributesDestroy((byte*)attributes);
                _ = Libc.SpawnActionsDestroy((byte*)actions);
            }

            return new Spawned(pid, plan.LeadsGroup);
        }
    }

    private static unsafe void SetSignals(byte* attributes, SpawnPlan plan)
    {
        ulong* mask = stackalloc ulong[SignalSet.Words];
        ulong* defaults = stackalloc ulong[SignalSet.Words];
        SignalSet.Fill(new Span<ulong>(mask, SignalSet.Words), plan.Blocked);
        SignalSet.Fill(new Span<ulong>(defaults, SignalSet.Words), [Signal.Pipe]);

        // The group that the structure begins with is 0, which stands for one of the process's own.
        int group = (plan.LeadsGroup ? POSIX_SPAWN_SETPGROUP : 0) | (plan.LeadsSession ? POSIX_SPAWN_SETSID : 0);
        Check(Libc.SpawnAttributesSetFlags(attributes, (short)(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | group)), plan);
        Check(Libc.SpawnAttributesSetMask(attributes, (byte*)mask), plan);
        Check(Libc.SpawnAttributesSetDefault(attributes, (byte*)defaults), plan);
    }

    private static unsafe void Place(byte* actions, FileDescriptor?[] files, SpawnPlan plan)
    {
        for (int number = 0; number < files.Length; number++)
        {
            if (files[number] is { } file)
            {
                Check(Libc.SpawnActionsAddDup2(actions, file.Number, number), plan);
            }
        }
    }

    // These functions return the error number and leave errno alone.
    private static void Check(int error, SpawnPlan plan)
    {
        if (error != 0)
        {
            throw new LinuxException("execve", plan.Program, (Errno)error);
        }
    }
}

/// <summary>A program of the host that was started; it is a child of the caller until it has been waited for.</summary>
public sealed class Spawned
{
    private readonly bool _leadsGroup;

    internal Spawned(int pid, bool leadsGroup)
    {
        Pid = pid;
        _leadsGroup = leadsGroup;
    }

    /// <summary>The process's number, which stays its own until <see cref="Wait"/> has returned.</summary>
    public int Pid { get; }

    /// <summary>Whether <see cref="Wait"/> killed it because its time was over.</summary>
    public bool TimedOut { get; private set; }

    /// <summary>Waits, once, for the process's end.</summary>
    /// <param name="limit">How long at most, after which the process is killed; absent waits for ever.</param>
    /// <exception cref="LinuxException">As wait(2).</exception>
    public WaitStatus Wait(TimeSpan? limit)
    {
        if (limit is { } most)
        {
            using PidFd? process = PidFd.TryOpen(Pid);
            TimedOut = process is not null && !process.WaitForEnd(most);
            if (TimedOut)
            {
                // It was not waited for yet, so that neither its number nor its group's can be another's.
                _ = Libc.Kill(_leadsGroup ? -Pid : Pid, Signal.Kill.Number);
            }
        }

        int status;
        while (Libc.WaitPid(Pid, out status, 0) < 0)
        {
            if (LinuxException.LastError is var error && error != Errno.EINTR)
            {
                throw new LinuxException("wait", $"process {Pid}", error);
            }
        }

        return new WaitStatus(status);
    }
}
