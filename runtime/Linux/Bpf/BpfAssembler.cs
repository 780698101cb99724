namespace Bulkhead.Linux.Bpf;

/// <summary>A place in a program that is being assembled, to jump forward to.</summary>
/// <param name="Number">Counted from 0 in the order of <see cref="BpfAssembler.NewLabel"/>.</param>
public readonly record struct BpfLabel(int Number);

/// <summary>Puts a BPF program together.</summary>
/// <param name="capacity">About how many instructions there will be.</param>
/// <remarks>
/// kernel, bpf/standardization/instruction-set.rst. Values are 32 bits wide; the upper half of a register is always zero.
/// <code>
/// BpfLabel other = program.NewLabel();
/// program.JumpIfNotEqual(BpfRegister.R2, 5, other);
/// program.Return(1);
/// program.Mark(other);
/// program.Return(0);
/// </code>
/// </remarks>
public sealed class BpfAssembler(int capacity)
{
    private const byte BPF_LDX_MEM_W = 0x61;
    private const byte BPF_ALU_MOV_X = 0xbc;
    private const byte BPF_ALU_MOV_K = 0xb4;
    private const byte BPF_ALU_AND_K = 0x54;
    private const byte BPF_ALU_RSH_K = 0x74;
    private const byte BPF_JMP32_JEQ_K = 0x16;
    private const byte BPF_JMP32_JNE_K = 0x56;
    private const byte BPF_EXIT = 0x95;

    private const int Unmarked = -1;

    private readonly List<BpfInstruction> _instructions = new(capacity);
    private readonly List<int> _labels = [];

    /// <summary>Loads the four bytes at an address and an offset.</summary>
    public void LoadWord(BpfRegister to, BpfRegister address, short offset) => Add(BPF_LDX_MEM_W, to, address, offset, 0);

    /// <summary>Copies a register.</summary>
    public void Move(BpfRegister to, BpfRegister from) => Add(BPF_ALU_MOV_X, to, from, 0, 0);

    /// <summary>Keeps the bits of a mask.</summary>
    public void And(BpfRegister register, int mask) => Add(BPF_ALU_AND_K, register, 0, 0, mask);

    /// <summary>Shifts right, filling with zeros.</summary>
    public void ShiftRight(BpfRegister register, int bits) => Add(BPF_ALU_RSH_K, register, 0, 0, bits);

    /// <summary>Goes on at a label when a register holds a value.</summary>
    public void JumpIfEqual(BpfRegister register, int value, BpfLabel to) => Add(BPF_JMP32_JEQ_K, register, 0, (short)to.Number, value);

    /// <summary>Goes on at a label when a register holds another value.</summary>
    public void JumpIfNotEqual(BpfRegister register, int value, BpfLabel to) => Add(BPF_JMP32_JNE_K, register, 0, (short)to.Number, value);

    /// <summary>Ends the program with a value.</summary>
    public void Return(int value)
    {
        Add(BPF_ALU_MOV_K, BpfRegister.R0, 0, 0, value);
        Add(BPF_EXIT, 0, 0, 0, 0);
    }

    /// <summary>A new label, to be marked once, after the jumps to it.</summary>
    public BpfLabel NewLabel()
    {
        _labels.Add(Unmarked);
        return new BpfLabel(_labels.Count - 1);
    }

    /// <summary>Puts a label before the next instruction.</summary>
    public void Mark(BpfLabel label) => _labels[label.Number] = _instructions.Count;

    /// <summary>The finished program.</summary>
    /// <exception cref="InvalidOperationException">A jump to a label that is not after it.</exception>
    public BpfInstruction[] Finish()
    {
        BpfInstruction[] program = [.. _instructions];
        for (int i = 0; i < program.Length; i++)
        {
            if (program[i].Code is BPF_JMP32_JEQ_K or BPF_JMP32_JNE_K)
            {
                int target = _labels[program[i].Offset];
                program[i] = target > i && target < program.Length
                    ? program[i] with { Offset = checked((short)(target - i - 1)) }
                    : throw new InvalidOperationException($"instruction {i} jumps to a label that is not after it");
            }
        }

        return program;
    }

    private void Add(byte code, BpfRegister destination, BpfRegister source, short offset, int immediate) =>
        _instructions.Add(new BpfInstruction(code, destination, source, offset, immediate));
}
