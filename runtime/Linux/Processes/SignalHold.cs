using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Linux.Processes;

/// <summary>Holds back what signals do to this process by default: they wait for a <see cref="SignalReader"/>, or for the end.</summary>
/// <remarks>
/// A signal waits only if every thread blocks it, and a thread can do so only for itself; the AOT runtime has one that
/// nothing of ours runs on, its finalizer's. So that one is asked by a signal, whose handler adds to the mask that the
/// kernel gives the thread back when the handler returns: sigreturn(2). Threads made later inherit the mask, programs that
/// are spawned and processes of containers start without it. Only in the compiled program, where a method is machine code.
/// </remarks>
public static class SignalHold
{
    private const string Threads = "/proc/self/task";
    private const int MostStatusBytes = 1024;
    private const int SIG_BLOCK = 0;
    private const int SA_SIGINFO = 4;
    private const int SA_RESTART = 0x1000_0000;
    private const ulong AllSignals = ulong.MaxValue;

    // In 64-bit words: struct sigaction is a handler, a set, flags and a restorer.
    private const int ActionWords = SignalSet.Words + 3;

    // KILL and STOP can't be held; ILL, TRAP, ABRT, BUS, FPE, SEGV and SYS tell of a fault of the runtime's own; PIPE is
    // ignored, and URG means something only to those who sent it to themselves. 32 and 33 are the C library's own, and 34 is
    // how the AOT runtime stops its threads.
    private const ulong NotHeld = 1UL << 8 | 1UL << 18
        | 1UL << 3 | 1UL << 4 | 1UL << 5 | 1UL << 6 | 1UL << 7 | 1UL << 10 | 1UL << 30
        | 1UL << 12 | Urg | 1UL << 31 | 1UL << 32 | 1UL << 33;

    private const ulong Held = ~NotHeld;
    private const ulong Urg = 1UL << 22;

    // What the handler uses is set before it is installed: no initializer may run in it.
    private static int s_maskOffset;
    private static int s_threadsHolding;
    private static int s_asked;
    private static List<string>? s_others;

    /// <summary>Holds signals in the calling thread and asks all others to; until <see cref="Complete"/> a signal may still end the process.</summary>
    /// <exception cref="LinuxException">As sigaction(2) and tgkill(2), and opening <c>/proc/self/task</c>.</exception>
    public static void Begin()
    {
        int carrier = Carrier(Block());
        if (carrier != 0)
        {
            InstallHandler(carrier);
        }

        s_others = [];
        int process = Libc.GetPid();
        using DirectoryHandle threads = DirectoryHandle.Open(Threads);
        foreach (string name in threads.Names())
        {
            int thread = int.Parse(name, CultureInfo.InvariantCulture);

            // The first thread, which is the caller's, has the process's number. The others stay until the end.
            if (thread != process)
            {
                s_others.Add(name);
                Ask(process, thread, carrier);
            }
        }
    }

    /// <summary>Waits until every thread holds them, from when on no signal but KILL ends the process, and sleeps.</summary>
    /// <remarks>
    /// On a busy machine a thread may be at its beginning still. What comes next must not meet it there: a clone, and
    /// <see cref="OwnBinary.Protect"/>, which replaces the memory that it writes to.
    /// </remarks>
    /// <exception cref="LinuxException">As opening and reading <c>/proc/self/task/[thread]/stat</c>.</exception>
    public static void Complete()
    {
        foreach (string thread in s_others ?? [])
        {
            while (!IsAsleep(thread) || Volatile.Read(ref s_threadsHolding) < s_asked)
            {
                Thread.Yield();
            }
        }
    }

    /// <summary>Opens the signals that are held, those included that have come already.</summary>
    /// <param name="withChildren">Whether the end of a child is told of as well.</param>
    /// <exception cref="LinuxException">As signalfd(2).</exception>
    public static SignalReader Open(bool withChildren) =>
        SignalReader.Open(withChildren ? Held : Held & ~(1UL << (Signal.Chld.Number - 1)));

    private static bool IsAsleep(string thread)
    {
        using FileDescriptor? file = FileDescriptor.TryOpen($"{Threads}/{thread}/stat", FileMode.Read);
        Span<byte> status = stackalloc byte[MostStatusBytes];
        return file is null || ProcessStatus.Parse(status[..file.Read(status)]).State == 'S';
    }

    /// <summary>Holds signals in the calling thread; gives those that it held before, as all threads do then: they inherit them.</summary>
    private static ulong Block()
    {
        // Sound: the sets are on this stack and as large as the C library's.
        unsafe
        {
            ulong* sets = stackalloc ulong[2 * SignalSet.Words];
            new Span<ulong>(sets, 2 * SignalSet.Words).Clear();
            sets[0] = Held;
            byte* before = (byte*)(sets + SignalSet.Words);
            LinuxException.Check(Libc.SigProcMask(SIG_BLOCK, (byte*)sets, before), "sigprocmask", "the signals to hold");
            return sets[SignalSet.Words];
        }
    }

    /// <summary>The signal to ask with; 0 where there is nothing to ask for. A caller may have blocked any.</summary>
    /// <remarks>
    /// URG, which nobody misses. Where that is blocked, one of those to be held: should it come from elsewhere just now, it
    /// is lost, and without it the process would have ended.
    /// </remarks>
    private static int Carrier(ulong blocked)
    {
        ulong free = Held & ~blocked;
        return free != 0 && (blocked & Urg) == 0 ? Signal.Urg.Number : 64 - BitOperations.LeadingZeroCount(free);
    }

    private static void Ask(int process, int thread, int carrier)
    {
        if (carrier != 0)
        {
            LinuxException.Check(Libc.Call(SystemCall.TgKill, process, thread, carrier), "tgkill", "a thread of the runtime's own");
            s_asked++;
        }
    }

    private static void InstallHandler(int carrier)
    {
        // asm/ucontext.h: the mask stands behind the registers on x64, before them on arm64.
        s_maskOffset = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 40 : 296;

        // Sound: the action is on this stack and as large as the C library's; the handler is a static method, which for
        // these arguments is called as a C function is. Every signal is blocked in it, so that nothing stops the thread there.
        unsafe
        {
            delegate*<int, byte*, byte*, void> handler = &HoldInThisThread;
            ulong* action = stackalloc ulong[ActionWords];
            new Span<ulong>(action, ActionWords).Clear();
            action[0] = (ulong)handler;
            action[1] = AllSignals;
            action[1 + SignalSet.Words] = SA_SIGINFO | SA_RESTART;
            LinuxException.Check(Libc.SigAction(carrier, (byte*)action, null), "sigaction", "the signal to ask with");
        }
    }

    /// <summary>The handler. It interrupts a thread anywhere: no call, no allocation, no object, only memory of the kernel's and two numbers.</summary>
    private static unsafe void HoldInThisThread(int signal, byte* information, byte* context)
    {
        *(ulong*)(context + s_maskOffset) |= Held;
        Interlocked.Increment(ref s_threadsHolding);
    }
}
