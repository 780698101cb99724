using System.Runtime.InteropServices;

namespace Bulkhead.Linux.Bpf;

/// <summary>The registers of a BPF program: R0 is what it returns, R1 its argument at the start.</summary>
public enum BpfRegister
{
#pragma warning disable CS1591, CA1707 // Numbered things.
    R0,
    R1,
    R2,
    R3,
    R4,
    R5,
    R6,
#pragma warning restore CS1591, CA1707
}

/// <summary>An instruction of a BPF program: <c>struct bpf_insn</c>.</summary>
/// <param name="Code">Class, operation and kind of operand.</param>
/// <param name="Registers">The destination in the lower four bits, the source in the upper four.</param>
/// <param name="Offset">Of a jump, counted in instructions from the next one; of a load, in bytes.</param>
/// <param name="Immediate">The operand in the instruction itself.</param>
/// <remarks>kernel, bpf/standardization/instruction-set.rst.</remarks>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct BpfInstruction(byte Code, byte Registers, short Offset, int Immediate)
{
    internal BpfInstruction(byte code, BpfRegister destination, BpfRegister source, short offset, int immediate)
        : this(code, (byte)((int)destination | ((int)source << 4)), offset, immediate)
    {
    }
}
