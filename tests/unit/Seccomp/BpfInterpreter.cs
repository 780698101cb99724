using Bulkhead.Linux.Seccomp;

namespace Bulkhead.Tests.Unit.Seccomp;

/// <summary>A system call as a filter sees it: struct seccomp_data, less the instruction pointer.</summary>
internal readonly record struct Call(uint Architecture, uint Number, ulong[] Arguments)
{
    public override string ToString() =>
        $"arch {Architecture:x} call {Number} ({string.Join(", ", Arguments.Select(argument => $"0x{argument:x}"))})";
}

/// <summary>Runs a classic BPF program as the kernel does, for what seccomp allows and libseccomp makes.</summary>
internal static class BpfInterpreter
{
    internal static uint Run(ReadOnlySpan<BpfInstruction> program, Call call)
    {
        uint accumulator = 0;
        for (int at = 0; ; at++)
        {
            BpfInstruction instruction = program[at];
            bool isTrue = instruction.Code switch
            {
                BpfInstruction.JumpIfEqual => accumulator == instruction.Operand,
                BpfInstruction.JumpIfGreater => accumulator > instruction.Operand,
                BpfInstruction.JumpIfGreaterOrEqual => accumulator >= instruction.Operand,
                BpfInstruction.JumpIfAnySet => (accumulator & instruction.Operand) != 0,
                _ => false,
            };
            switch (instruction.Code)
            {
                case BpfInstruction.LoadWord:
                    accumulator = Load(call, instruction.Operand);
                    break;
                case BpfInstruction.And:
                    accumulator &= instruction.Operand;
                    break;
                case BpfInstruction.JumpAlways:
                    at += (int)instruction.Operand;
                    break;
                case BpfInstruction.JumpIfEqual or BpfInstruction.JumpIfGreater or BpfInstruction.JumpIfGreaterOrEqual or BpfInstruction.JumpIfAnySet:
                    at += isTrue ? instruction.JumpTrue : instruction.JumpFalse;
                    break;
                case BpfInstruction.Return:
                    return instruction.Operand;
                default:
                    throw new NotSupportedException($"instruction {instruction}");
            }
        }
    }

    private static uint Load(Call call, uint offset) => offset switch
    {
        BpfInstruction.NumberOffset => call.Number,
        BpfInstruction.ArchitectureOffset => call.Architecture,
        >= BpfInstruction.ArgumentsOffset and < BpfInstruction.ArgumentsOffset + 48 when offset % 4 == 0 =>
            (uint)(call.Arguments[(offset - BpfInstruction.ArgumentsOffset) / 8] >> (offset % 8 == 0 ? 0 : 32)),
        _ => throw new NotSupportedException($"offset {offset}"),
    };
}
