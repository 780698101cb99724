using System.Buffers.Binary;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Processes;

/// <summary>Signals to the calling process as something to read.</summary>
/// <remarks>
/// signalfd(2). The signals must be blocked in every thread, which only holds where they were before the process began:
/// <see cref="SpawnPlan.Blocked"/>, or after <see cref="SignalHold"/>. A thread of the AOT runtime that has one open would take it.
/// </remarks>
public sealed class SignalReader : FileDescriptor
{
    // struct signalfd_siginfo, which begins with the signal's number.
    private const int InformationSize = 128;

    private SignalReader(int number)
        : base(number, "signals")
    {
    }

    /// <summary>Reads these signals from now on; they wait until they are read.</summary>
    /// <exception cref="LinuxException">As signalfd(2).</exception>
    public static SignalReader Open(params ReadOnlySpan<Signal> signals)
    {
        Span<ulong> set = stackalloc ulong[SignalSet.Words];
        SignalSet.Fill(set, signals);
        return Open(set[0]);
    }

    /// <summary>As the other, for signals as bits, the lowest for signal 1.</summary>
    internal static SignalReader Open(ulong signals)
    {
        // Sound: the set is on this stack and as large as the C library's.
        unsafe
        {
            ulong* set = stackalloc ulong[SignalSet.Words];
            new Span<ulong>(set, SignalSet.Words).Clear();
            set[0] = signals;
            return new SignalReader(LinuxException.Check(Libc.SignalFd(-1, (byte*)set, OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK), "signalfd", "signals"));
        }
    }

    /// <summary>Takes the next signal that waits; null when none does.</summary>
    /// <exception cref="LinuxException">As read(2).</exception>
    public Signal? TryTake()
    {
        Span<byte> information = stackalloc byte[InformationSize];
        return TryRead(information) == InformationSize ? new Signal((int)BinaryPrimitives.ReadUInt32LittleEndian(information)) : null;
    }
}
