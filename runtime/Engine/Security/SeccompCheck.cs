using Bulkhead.Linux.Seccomp;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Security;

/// <summary>Holds a compiled filter against its profile, call by call, with arguments on both sides of every comparison.</summary>
/// <remarks>
/// The last word on what is loaded, whoever has made it. A filter compares 32 bits at a time, so arguments are tried whose
/// halves are next to the halves of the values that the rules name.
/// </remarks>
internal static class SeccompCheck
{
    private const int MostTries = 1 << 11;
    private const uint NoArchitecture = 0xffff;

    /// <summary>Finds the named calls that a filter answers wrongly.</summary>
    internal static List<(SeccompRules Rules, uint Number)> FindWrong(ReadOnlySpan<BpfInstruction> filter, IReadOnlyList<SeccompRules> architectures)
    {
        List<(SeccompRules Rules, uint Number)> wrong = [];
        foreach (SeccompRules rules in architectures)
        {
            foreach ((uint number, List<SeccompRule> about) in rules.Calls)
            {
                if (!IsRight(filter, rules, number, about))
                {
                    wrong.Add((rules, number));
                }
            }
        }

        return wrong;
    }

    /// <summary>Whether calls that the profile does not name are answered by its default action, and of no other architecture.</summary>
    internal static bool IsRightElsewhere(ReadOnlySpan<BpfInstruction> filter, IReadOnlyList<SeccompRules> architectures)
    {
        ulong[] arguments = new ulong[SeccompCondition.MostArguments];
        bool hasX32 = false;
        foreach (SeccompRules rules in architectures)
        {
            hasX32 |= rules.Architecture == LinuxSeccompArchitecture.X32;
            uint number = rules.Architecture == LinuxSeccompArchitecture.X32 ? SeccompArchitectures.X32Bit : 0;
            while (rules.Calls.ContainsKey(number))
            {
                number++;
            }

            SeccompCall unnamed = new(SeccompArchitectures.KernelNumber(rules.Architecture), number, arguments);
            if (!rules.Admits(unnamed, SeccompInterpreter.Run(filter, unnamed)))
            {
                return false;
            }
        }

        uint x86 = SeccompArchitectures.KernelNumber(LinuxSeccompArchitecture.X86X64);
        bool hasX86 = architectures[0].Architecture == LinuxSeccompArchitecture.X86X64;
        return SeccompInterpreter.Run(filter, new SeccompCall(NoArchitecture, 0, arguments)) == SeccompAction.KillThread
            && (hasX32 || !hasX86 || SeccompInterpreter.Run(filter, new SeccompCall(x86, SeccompArchitectures.X32Bit, arguments)) == SeccompAction.KillThread);
    }

    private static bool IsRight(ReadOnlySpan<BpfInstruction> filter, SeccompRules rules, uint number, List<SeccompRule> about)
    {
        ulong[][] candidates = Candidates(about, rules.Width);
        long all = 1;
        foreach (ulong[] values in candidates)
        {
            all = Math.Min(all * values.Length, int.MaxValue);
        }

        SeccompCall call = new(SeccompArchitectures.KernelNumber(rules.Architecture), number, new ulong[SeccompCondition.MostArguments]);
        Tries tries = new(candidates, about);
        for (int index = 0; index < Math.Min(all, MostTries); index++)
        {
            if (all <= MostTries)
            {
                tries.Take(index, call.Arguments);
            }
            else
            {
                tries.TakeAny(call.Arguments);
            }

            if (!rules.Admits(call, SeccompInterpreter.Run(filter, call)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>For each argument the values that are worth a try; 0 alone for one that no rule is about.</summary>
    private static ulong[][] Candidates(List<SeccompRule> about, ulong width)
    {
        ulong[][] candidates = new ulong[SeccompCondition.MostArguments][];
        for (uint argument = 0; argument < candidates.Length; argument++)
        {
            SortedSet<uint> high = [];
            SortedSet<uint> low = [];
            foreach (SeccompRule rule in about)
            {
                foreach (SeccompCondition condition in rule.Conditions)
                {
                    if (condition.Argument == argument)
                    {
                        AddNear(condition, high, low);
                    }
                }
            }

            candidates[argument] = low.Count == 0 ? [0] : Combine(width == ulong.MaxValue ? high : [0], low);
        }

        return candidates;
    }

    private static void AddNear(in SeccompCondition condition, SortedSet<uint> high, SortedSet<uint> low)
    {
        ulong value = condition.Comparison == SeccompComparison.MaskedEqual ? condition.SecondValue & condition.Value : condition.Value;
        high.UnionWith([0, uint.MaxValue, (uint)(value >> 32) - 1, (uint)(value >> 32), (uint)(value >> 32) + 1]);
        low.UnionWith([0, uint.MaxValue, (uint)value - 1, (uint)value, (uint)value + 1]);
        if (condition.Comparison == SeccompComparison.MaskedEqual)
        {
            high.UnionWith([(uint)(value >> 32) ^ (uint)(condition.Value >> 32), (uint)(value >> 32) | ~(uint)(condition.Value >> 32)]);
            low.UnionWith([(uint)value ^ (uint)condition.Value, (uint)value | ~(uint)condition.Value]);
        }
    }

    private static ulong[] Combine(SortedSet<uint> high, SortedSet<uint> low)
    {
        ulong[] values = new ulong[high.Count * low.Count];
        int count = 0;
        foreach (uint upper in high)
        {
            foreach (uint lower in low)
            {
                values[count++] = ((ulong)upper << 32) | lower;
            }
        }

        return values;
    }

    /// <summary>Arguments to try: all combinations, or as many of them as there is time for, near to what the rules name.</summary>
    private struct Tries(ulong[][] candidates, List<SeccompRule> about)
    {
        // Always the same sequence: whether a profile is accepted must not depend on the day.
        private uint _state = 2_463_534_242;

        internal readonly void Take(int index, ulong[] arguments)
        {
            for (int argument = 0; argument < arguments.Length; argument++)
            {
                arguments[argument] = candidates[argument][index % candidates[argument].Length];
                index /= candidates[argument].Length;
            }
        }

        internal void TakeAny(ulong[] arguments)
        {
            for (int argument = 0; argument < arguments.Length; argument++)
            {
                arguments[argument] = candidates[argument][Next() % (uint)candidates[argument].Length];
            }

            foreach (SeccompCondition condition in about[(int)(Next() % (uint)about.Count)].Conditions)
            {
                if (Next() % 4 != 0)
                {
                    arguments[condition.Argument] = condition.Comparison == SeccompComparison.MaskedEqual ? condition.SecondValue & condition.Value : condition.Value;
                }
            }
        }

        private uint Next()
        {
            _state ^= _state << 13;
            _state ^= _state >> 17;
            _state ^= _state << 5;
            return _state;
        }
    }
}
