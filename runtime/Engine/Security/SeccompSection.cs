using Bulkhead.Linux.Seccomp;

namespace Bulkhead.Runtime.Security;

/// <summary>The part of a filter that answers one call by its arguments, before the rest is asked.</summary>
internal static class SeccompSection
{
    // Jumps to the next rule have this distance until it is known.
    private const byte ToNext = byte.MaxValue;
    private const byte On = 0;

    /// <summary>Makes the instructions; whatever is not the call goes on behind them.</summary>
    /// <remarks>Where several rules are about the same arguments the strictest counts, as among the filters of a process: seccomp(2).</remarks>
    internal static BpfInstruction[] Of(SeccompRules rules, uint number)
    {
        bool wide = rules.Width == ulong.MaxValue;
        List<SeccompRule> about = [.. rules.Calls[number]];
        about.Sort(static (one, other) => ((int)one.Action).CompareTo((int)other.Action));
        List<BpfInstruction> body = [];
        foreach (SeccompRule rule in about)
        {
            body.AddRange(Rule(rule, wide));
        }

        body.Add(new BpfInstruction(BpfInstruction.Return, 0, 0, rules.DefaultAction));
        uint length = (uint)body.Count;
        return
        [
            Load(BpfInstruction.ArchitectureOffset),
            new(BpfInstruction.JumpIfEqual, 1, 0, SeccompArchitectures.KernelNumber(rules.Architecture)),
            new(BpfInstruction.JumpAlways, 0, 0, length + 3),
            Load(BpfInstruction.NumberOffset),
            new(BpfInstruction.JumpIfEqual, 1, 0, number),
            new(BpfInstruction.JumpAlways, 0, 0, length),
            .. body,
        ];
    }

    private static List<BpfInstruction> Rule(in SeccompRule rule, bool wide)
    {
        List<BpfInstruction> code = [];
        foreach (SeccompCondition condition in rule.Conditions)
        {
            code.AddRange(wide ? Wide(condition) : Narrow(condition));
        }

        code.Add(new BpfInstruction(BpfInstruction.Return, 0, 0, rule.Action));
        for (int at = 0; at < code.Count; at++)
        {
            byte distance = (byte)(code.Count - at - 1);
            code[at] = code[at] with
            {
                JumpTrue = code[at].JumpTrue == ToNext ? distance : code[at].JumpTrue,
                JumpFalse = code[at].JumpFalse == ToNext ? distance : code[at].JumpFalse,
            };
        }

        return code;
    }

    /// <summary>The upper half decides, unless it is equal.</summary>
    private static BpfInstruction[] Wide(in SeccompCondition condition)
    {
        uint upper = (uint)(condition.Value >> 32);
        uint offset = BpfInstruction.ArgumentsOffset + (condition.Argument * sizeof(ulong));
        BpfInstruction load = Load(offset + sizeof(uint));
        BpfInstruction[] low = Narrow(condition);
        return condition.Comparison switch
        {
            SeccompComparison.NotEqual => [load, new(BpfInstruction.JumpIfEqual, On, (byte)low.Length, upper), .. low],
            SeccompComparison.Greater or SeccompComparison.GreaterOrEqual =>
                [load, new(BpfInstruction.JumpIfGreater, (byte)(low.Length + 1), On, upper), new(BpfInstruction.JumpIfEqual, On, ToNext, upper), .. low],
            SeccompComparison.Less or SeccompComparison.LessOrEqual =>
                [load, new(BpfInstruction.JumpIfGreater, ToNext, On, upper), new(BpfInstruction.JumpIfEqual, On, (byte)low.Length, upper), .. low],
            SeccompComparison.MaskedEqual =>
                [load, new(BpfInstruction.And, 0, 0, upper), new(BpfInstruction.JumpIfEqual, On, ToNext, upper & (uint)(condition.SecondValue >> 32)), .. low],
            _ => [load, new(BpfInstruction.JumpIfEqual, On, ToNext, upper), .. low],
        };
    }

    private static BpfInstruction[] Narrow(in SeccompCondition condition)
    {
        uint value = (uint)condition.Value;
        BpfInstruction load = Load(BpfInstruction.ArgumentsOffset + (condition.Argument * sizeof(ulong)));
        return condition.Comparison switch
        {
            SeccompComparison.NotEqual => [load, new(BpfInstruction.JumpIfEqual, ToNext, On, value)],
            SeccompComparison.Greater => [load, new(BpfInstruction.JumpIfGreater, On, ToNext, value)],
            SeccompComparison.GreaterOrEqual => [load, new(BpfInstruction.JumpIfGreaterOrEqual, On, ToNext, value)],
            SeccompComparison.Less => [load, new(BpfInstruction.JumpIfGreaterOrEqual, ToNext, On, value)],
            SeccompComparison.LessOrEqual => [load, new(BpfInstruction.JumpIfGreater, ToNext, On, value)],
            SeccompComparison.MaskedEqual => [load, new(BpfInstruction.And, 0, 0, value), new(BpfInstruction.JumpIfEqual, On, ToNext, value & (uint)condition.SecondValue)],
            _ => [load, new(BpfInstruction.JumpIfEqual, On, ToNext, value)],
        };
    }

    private static BpfInstruction Load(uint offset) => new(BpfInstruction.LoadWord, 0, 0, offset);
}
