namespace Bulkhead.Linux.Seccomp;

/// <summary>A compiled filter, ready to be loaded.</summary>
public sealed class SeccompProgram
{
    /// <summary>The longest program that the kernel takes, in instructions: BPF_MAXINSNS.</summary>
    public const int MostInstructions = 4096;

    /// <summary>Takes a program over.</summary>
    /// <param name="instructions">1 to <see cref="MostInstructions"/> instructions.</param>
    /// <param name="flags">How it is loaded.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are too few instructions or too many.</exception>
    public SeccompProgram(BpfInstruction[] instructions, SeccompLoadFlags flags)
    {
        ArgumentOutOfRangeException.ThrowIfZero(instructions.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(instructions.Length, MostInstructions);
        Instructions = instructions;
        Flags = flags;
    }

    /// <summary>The instructions.</summary>
    public BpfInstruction[] Instructions { get; }

    /// <summary>How it is loaded.</summary>
    public SeccompLoadFlags Flags { get; }

    /// <summary>Whether loading gives a descriptor for the agent that answers the NOTIFY action.</summary>
    public bool HasListener => (Flags & SeccompLoadFlags.NewListener) != 0;
}
