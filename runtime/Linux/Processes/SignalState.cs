using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Processes;

/// <summary>What the AOT runtime has changed in how the process takes signals, and how to undo it before execve(2).</summary>
/// <remarks>
/// execve(2) resets handlers but keeps what is ignored and what is blocked: signal(7). The runtime ignores SIGPIPE and
/// gives each thread an alternate stack; its caller may ignore more, as nohup(1) does.
/// </remarks>
[ChildSafe]
public static class SignalState
{
    private const int SIG_SETMASK = 2;
    private const int LastSignal = 64;

    // The C library keeps these for itself and refuses them.
    private const int FirstReserved = 32;
    private const int LastReserved = 33;

    // sizeof(struct sigaction) of the C library; sizeof(sigset_t), 128, is smaller.
    private const int ActionSize = 152;

    /// <summary>Makes a new program start as though nobody had been before it: no signal ignored, none blocked.</summary>
    /// <exception cref="LinuxException">As sigaction(2) and sigprocmask(2).</exception>
    public static void Reset()
    {
        // Sound: zeroed buffers of the sizes that the C library reads: the default action and the empty set.
        unsafe
        {
            byte* zeros = stackalloc byte[ActionSize];
            new Span<byte>(zeros, ActionSize).Clear();
            for (int signal = 1; signal <= LastSignal; signal++)
            {
                // KILL and STOP can't be ignored, and so need nothing.
                if (signal is not (9 or 19 or (>= FirstReserved and <= LastReserved)))
                {
                    LinuxException.Check(Libc.SigAction(signal, zeros, null), "sigaction", "a default action");
                }
            }

            LinuxException.Check(Libc.SigProcMask(SIG_SETMASK, zeros, null), "sigprocmask", "the empty set");
            StackDescription none = new() { Flags = StackDescription.SS_DISABLE };
            LinuxException.Check(Libc.SigAltStack(&none, null), "sigaltstack", "SS_DISABLE");
        }
    }
}
