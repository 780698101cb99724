namespace Bulkhead.Linux.Processes;

/// <summary>How a process ended.</summary>
/// <param name="raw">The status as wait(2) gives it, of a process that has ended.</param>
/// <remarks>wait(2), "Macros to inspect the status": the low 7 bits hold the signal, the next 8 bits but one the code.</remarks>
public readonly struct WaitStatus(int raw)
{
    private const int SignalBits = 0x7f;

    /// <summary>The number of the signal that ended the process; 0 when it ended by itself.</summary>
    public int SignalNumber { get; } = raw & SignalBits;

    /// <summary>The code that a shell and a container runtime show: the process's own, or 128 and the signal's number.</summary>
    public int ExitCode { get; } = (raw & SignalBits) == 0 ? (raw >> 8) & 0xff : 128 + (raw & SignalBits);

    /// <summary>Whether it ended by itself with code 0.</summary>
    public bool IsSuccess => ExitCode == 0;

    /// <summary>In words: <c>exit code 3</c> or <c>signal 9</c>.</summary>
    public override string ToString() => SignalNumber == 0 ? $"exit code {ExitCode}" : $"signal {SignalNumber}";
}
