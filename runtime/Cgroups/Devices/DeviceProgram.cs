using Bulkhead.Linux.Bpf;

namespace Bulkhead.Cgroups.Devices;

/// <summary>Makes the BPF program that answers for a cgroup v2 whether a device may be used.</summary>
/// <remarks>
/// The kernel asks for each mknod and open with <c>struct bpf_cgroup_dev_ctx</c>: type in the lower and access in the upper
/// half of the first word, then major, then minor; 1 allows. The program goes through the rules from the last to the
/// first and keeps the parts of the access that are still to be allowed. Unlike the v1 controller it can express any list.
/// </remarks>
internal static class DeviceProgram
{
    private const BpfRegister Type = BpfRegister.R2;
    private const BpfRegister Open = BpfRegister.R3;
    private const BpfRegister Major = BpfRegister.R4;
    private const BpfRegister Minor = BpfRegister.R5;
    private const BpfRegister Scratch = BpfRegister.R6;

    /// <summary>The program for a list.</summary>
    internal static BpfInstruction[] For(ReadOnlySpan<DeviceRule> rules)
    {
        BpfAssembler program = new(16 + (rules.Length * 10));
        program.LoadWord(Type, BpfRegister.R1, 0);
        program.Move(Open, Type);
        program.And(Type, 0xffff);
        program.ShiftRight(Open, 16);
        program.LoadWord(Major, BpfRegister.R1, 4);
        program.LoadWord(Minor, BpfRegister.R1, 8);

        // Nothing before the last rule that is about everything can matter.
        int first = rules.Length - 1;
        while (first > 0 && rules[first].Devices.Kind != DeviceKind.All)
        {
            first--;
        }

        for (int i = rules.Length - 1; i >= first && i >= 0; i--)
        {
            Append(program, rules[i]);
        }

        if (rules.IsEmpty || rules[first].Devices.Kind != DeviceKind.All)
        {
            program.Return(0);
        }

        return program.Finish();
    }

    private static void Append(BpfAssembler program, DeviceRule rule)
    {
        if (rule.Devices.Kind == DeviceKind.All)
        {
            program.Return(rule.Allow ? 1 : 0);
            return;
        }

        BpfLabel next = program.NewLabel();
        program.JumpIfNotEqual(Type, (int)rule.Devices.Kind, next);
        if (rule.Devices.Major is { } major)
        {
            program.JumpIfNotEqual(Major, (int)major, next);
        }

        if (rule.Devices.Minor is { } minor)
        {
            program.JumpIfNotEqual(Minor, (int)minor, next);
        }

        if (rule.Allow)
        {
            program.And(Open, (int)(~rule.Access & DeviceAccess.All));
            program.JumpIfNotEqual(Open, 0, next);
            program.Return(1);
        }
        else
        {
            program.Move(Scratch, Open);
            program.And(Scratch, (int)rule.Access);
            program.JumpIfEqual(Scratch, 0, next);
            program.Return(0);
        }

        program.Mark(next);
    }
}
