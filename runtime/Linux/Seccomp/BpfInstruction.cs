using System.Runtime.InteropServices;

namespace Bulkhead.Linux.Seccomp;

/// <summary>An instruction of classic BPF: struct sock_filter.</summary>
/// <param name="Code">What is done, and how the operand is meant.</param>
/// <param name="JumpTrue">How many instructions a jump skips when its condition holds.</param>
/// <param name="JumpFalse">How many instructions a jump skips when its condition does not hold.</param>
/// <param name="Operand">The constant, offset or distance.</param>
/// <remarks>bpf(4) of the BSDs; kernel, Documentation/networking/filter.rst, and include/uapi/linux/bpf_common.h.</remarks>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct BpfInstruction(ushort Code, byte JumpTrue, byte JumpFalse, uint Operand)
{
    /// <summary>The length of an instruction.</summary>
    public const int SizeBytes = 8;

    /// <summary>BPF_LD | BPF_W | BPF_ABS: loads 32 bits of struct seccomp_data.</summary>
    public const ushort LoadWord = 0x20;

    /// <summary>BPF_JMP | BPF_JA: always jumps, as far as the operand says.</summary>
    public const ushort JumpAlways = 0x05;

    /// <summary>BPF_JMP | BPF_JEQ | BPF_K.</summary>
    public const ushort JumpIfEqual = 0x15;

    /// <summary>BPF_JMP | BPF_JGT | BPF_K.</summary>
    public const ushort JumpIfGreater = 0x25;

    /// <summary>BPF_JMP | BPF_JGE | BPF_K.</summary>
    public const ushort JumpIfGreaterOrEqual = 0x35;

    /// <summary>BPF_JMP | BPF_JSET | BPF_K: jumps if a bit of the operand is set.</summary>
    public const ushort JumpIfAnySet = 0x45;

    /// <summary>BPF_ALU | BPF_AND | BPF_K.</summary>
    public const ushort And = 0x54;

    /// <summary>BPF_RET | BPF_K.</summary>
    public const ushort Return = 0x06;

    /// <summary>The offset of the system call's number in struct seccomp_data.</summary>
    public const uint NumberOffset = 0;

    /// <summary>The offset of the architecture in struct seccomp_data.</summary>
    public const uint ArchitectureOffset = 4;

    /// <summary>The offset of the six arguments, of 64 bits each, in struct seccomp_data.</summary>
    public const uint ArgumentsOffset = 16;
}
