using System.Runtime.InteropServices;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;

namespace Bulkhead.Runtime.Foreground;

/// <summary>Signals that the runtime gets while it waits for a process, as bytes to read.</summary>
/// <remarks>Made after the last clone: it starts threads.</remarks>
internal sealed class SignalPipe : IDisposable
{
    private const byte SIGCHLD = 17;

    // 32 and 33 are the C library's own, and 34 is how the AOT runtime stops its threads.
    private const byte FirstRealTime = 35;
    private const byte LastRealTime = 64;

    // Static: a registration that nobody refers to is taken back by the garbage collection.
    private static List<PosixSignalRegistration>? s_registrations;

    private readonly Lock _gate = new();
    private readonly FileDescriptor _write; // guarded by _gate: a signal may be told of while it is closed

    /// <summary>From here on the signals do nothing to the runtime itself.</summary>
    /// <param name="withChildren">Whether the end of a child is told of as well.</param>
    public SignalPipe(bool withChildren)
    {
        (Read, _write) = Pipe.CreateNonBlocking("signals");
        foreach (byte number in Forwarded)
        {
            Register(number);
        }

        for (byte number = FirstRealTime; number <= LastRealTime; number++)
        {
            Register(number);
        }

        if (withChildren)
        {
            Register(SIGCHLD);
        }
    }

    /// <summary>The end to read from: a byte for each signal, its number.</summary>
    public FileDescriptor Read { get; }

    /// <summary>
    /// All but those that can't be caught (KILL, STOP), that tell of a fault of the runtime's own (ILL, TRAP, ABRT, BUS,
    /// FPE, SEGV, SYS), CHLD, PIPE, and URG, which means something only to those who sent it to themselves; real-time signals
    /// come on top.
    /// </summary>
    private static ReadOnlySpan<byte> Forwarded => [1, 2, 3, 10, 12, 14, 15, 16, 18, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30];

    /// <summary>Ends the telling. The signals go on doing nothing: one that comes late must not keep the runtime from cleaning up.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _write.Dispose();
        }

        Read.Dispose();
    }

    private void Register(byte number) => (s_registrations ??= []).Add(PosixSignalRegistration.Create((PosixSignal)number, context =>
    {
        context.Cancel = true;
        lock (_gate)
        {
            Tell(number);
        }
    }));

    private void Tell(byte number)
    {
        if (_write.IsClosed)
        {
            return;
        }

        try
        {
            _write.Write([number]);
        }
        catch (LinuxException error) when (error.Error is Errno.EAGAIN)
        {
            // 64 KiB of signals that nobody has read yet: one more would change nothing.
        }
    }
}
