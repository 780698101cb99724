namespace Bulkhead.Linux.Seccomp;

/// <summary>Runs a filter as the kernel does, for what seccomp allows and libseccomp makes.</summary>
/// <remarks>kernel, Documentation/networking/filter.rst; <c>seccomp_check_filter</c> has the instructions that are allowed.</remarks>
public static class SeccompInterpreter
{
    private const uint ArgumentsEnd = BpfInstruction.ArgumentsOffset + (SeccompCondition.MostArguments * sizeof(ulong));

    /// <summary>What the filter answers.</summary>
    /// <exception cref="NotSupportedException">An instruction is none that libseccomp uses, or the program has no end.</exception>
    public static uint Run(ReadOnlySpan<BpfInstruction> program, in SeccompCall call)
    {
        uint accumulator = 0;
        for (int at = 0; at < program.Length; at++)
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
                    at = (int)Math.Min(at + (long)instruction.Operand, program.Length);
                    break;
                case BpfInstruction.JumpIfEqual or BpfInstruction.JumpIfGreater or BpfInstruction.JumpIfGreaterOrEqual or BpfInstruction.JumpIfAnySet:
                    at += isTrue ? instruction.JumpTrue : instruction.JumpFalse;
                    break;
                case BpfInstruction.Return:
                    return instruction.Operand;
                default:
                    throw new NotSupportedException($"a filter has the instruction {instruction}");
            }
        }

        throw new NotSupportedException("a filter has no end");
    }

    private static uint Load(in SeccompCall call, uint offset) => offset switch
    {
        BpfInstruction.NumberOffset => call.Number,
        BpfInstruction.ArchitectureOffset => call.Architecture,
        >= BpfInstruction.ArgumentsOffset and < ArgumentsEnd when offset % sizeof(uint) == 0 =>
            (uint)(call.Arguments[(offset - BpfInstruction.ArgumentsOffset) / sizeof(ulong)] >> (offset % sizeof(ulong) == 0 ? 0 : 32)),
        _ => throw new NotSupportedException($"a filter loads from the offset {offset}"),
    };
}
