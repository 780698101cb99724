using Bulkhead.Linux.Seccomp;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Security;

/// <summary>What is done with a call whose arguments fulfil all conditions.</summary>
/// <param name="Action">What the filter returns.</param>
/// <param name="Conditions">The conditions, each on another argument; none: any arguments.</param>
internal readonly record struct SeccompRule(uint Action, SeccompCondition[] Conditions)
{
    /// <summary>A rule of the document. Two conditions on one argument have always meant "or", for all conditions of the rule, as in runc.</summary>
    internal static SeccompRule[] AlternativesOf(LinuxSyscall rule)
    {
        uint action = SeccompProfile.CodeOf(rule.Action, rule.ErrnoRet);
        SeccompCondition[] conditions = ConditionsOf(rule.Args ?? []);
        if (!ShareAnArgument(conditions))
        {
            return [new SeccompRule(action, conditions)];
        }

        SeccompRule[] alternatives = new SeccompRule[conditions.Length];
        for (int index = 0; index < alternatives.Length; index++)
        {
            alternatives[index] = new SeccompRule(action, [conditions[index]]);
        }

        return alternatives;
    }

    /// <summary>Whether the rule is about a call with these arguments.</summary>
    /// <param name="arguments">The six arguments.</param>
    /// <param name="width">The bits of an argument that count: all, or the lower half where libseccomp compares no more.</param>
    internal bool Holds(ulong[] arguments, ulong width)
    {
        foreach (SeccompCondition condition in Conditions)
        {
            if (!Holds(condition, arguments[condition.Argument] & width, width))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Holds(in SeccompCondition condition, ulong argument, ulong width)
    {
        ulong value = condition.Value & width;
        return condition.Comparison switch
        {
            SeccompComparison.NotEqual => argument != value,
            SeccompComparison.Less => argument < value,
            SeccompComparison.LessOrEqual => argument <= value,
            SeccompComparison.Equal => argument == value,
            SeccompComparison.GreaterOrEqual => argument >= value,
            SeccompComparison.Greater => argument > value,
            _ => (argument & value) == (condition.SecondValue & value),
        };
    }

    private static SeccompCondition[] ConditionsOf(LinuxSeccompArg[] arguments)
    {
        SeccompCondition[] conditions = new SeccompCondition[arguments.Length];
        for (int index = 0; index < conditions.Length; index++)
        {
            LinuxSeccompArg argument = arguments[index];
            SeccompComparison comparison = argument.Op switch
            {
                LinuxSeccompOperator.NotEqual => SeccompComparison.NotEqual,
                LinuxSeccompOperator.LessThan => SeccompComparison.Less,
                LinuxSeccompOperator.LessOrEqual => SeccompComparison.LessOrEqual,
                LinuxSeccompOperator.EqualTo => SeccompComparison.Equal,
                LinuxSeccompOperator.GreaterOrEqual => SeccompComparison.GreaterOrEqual,
                LinuxSeccompOperator.GreaterThan => SeccompComparison.Greater,
                _ => SeccompComparison.MaskedEqual,
            };
            conditions[index] = new SeccompCondition(argument.Index, comparison, argument.Value, argument.ValueTwo ?? 0);
        }

        return conditions;
    }

    private static bool ShareAnArgument(SeccompCondition[] conditions)
    {
        int seen = 0;
        foreach (SeccompCondition condition in conditions)
        {
            int bit = 1 << (int)condition.Argument;
            if ((seen & bit) != 0)
            {
                return true;
            }

            seen |= bit;
        }

        return false;
    }
}
