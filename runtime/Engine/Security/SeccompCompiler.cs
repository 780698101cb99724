using Bulkhead.Linux;
using Bulkhead.Linux.Seccomp;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Security;

/// <summary>Makes the program of a profile, by libseccomp.</summary>
public static class SeccompCompiler
{
    /// <summary>Counts up with every change after which a profile can give another program, so that none is taken from the cache.</summary>
    internal const int Revision = 1;

    // libseccomp's binary tree pays from about this many rules on, and is wrong without any up to 2.5.4.
    private const int ManyRules = 32;

    /// <summary>Compiles a profile.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="unknownCalls">The names that libseccomp doesn't know, whose rules are left out: worth a line in a debug log.</param>
    /// <exception cref="LinuxException">libseccomp is not installed, or refuses an architecture or a rule.</exception>
    /// <exception cref="SpecException">The program is longer than the kernel takes.</exception>
    public static SeccompProgram Compile(SeccompProfile profile, out IReadOnlyList<string> unknownCalls)
    {
        LinuxSeccomp document = profile.Document;
        List<string> unknown = [];
        using SeccompBuilder builder = new(SeccompProfile.CodeOf(document.DefaultAction, document.DefaultErrnoRet));
        AddArchitectures(builder, document);
        AddRules(builder, document, unknown);
        unknownCalls = unknown;

        BpfInstruction[] prologue = SeccompUnknownCalls.Matter(document) ? SeccompUnknownCalls.Prologue(HighestNumbers(profile)) : [];
        BpfInstruction[] filter = builder.Export();
        int length = prologue.Length + filter.Length;
        return length <= SeccompProgram.MostInstructions
            ? new SeccompProgram([.. prologue, .. filter], profile.Flags)
            : throw new SpecException("linux.seccomp", $"makes a program of {length} instructions, the kernel takes {SeccompProgram.MostInstructions}");
    }

    private static void AddArchitectures(SeccompBuilder builder, LinuxSeccomp document)
    {
        for (int index = 0; index < document.Architectures?.Length; index++)
        {
            LinuxSeccompArchitecture architecture = document.Architectures[index];
            builder.AddArchitecture(
                SeccompArchitectures.LibraryNumber(architecture), $"linux.seccomp.architectures[{index}] ({architecture})");
        }
    }

    private static void AddRules(SeccompBuilder builder, LinuxSeccomp document, List<string> unknown)
    {
        LinuxSyscall[] rules = document.Syscalls ?? [];
        int count = 0;
        foreach (LinuxSyscall rule in rules)
        {
            count += rule.Names.Length;
        }

        if (count > ManyRules)
        {
            builder.OptimizeForManyCalls();
        }

        uint defaultAction = SeccompProfile.CodeOf(document.DefaultAction, document.DefaultErrnoRet);
        for (int index = 0; index < rules.Length; index++)
        {
            // A rule that does what is done anyway is left out, also because the library refuses it.
            uint action = SeccompProfile.CodeOf(rules[index].Action, rules[index].ErrnoRet);
            if (action != defaultAction)
            {
                AddRule(builder, action, rules[index], $"linux.seccomp.syscalls[{index}]", unknown);
            }
        }
    }

    private static void AddRule(SeccompBuilder builder, uint action, LinuxSyscall rule, string path, List<string> unknown)
    {
        SeccompCondition[] conditions = ConditionsOf(rule);
        bool conditionsAreAlternatives = ShareAnArgument(conditions);
        foreach (string name in rule.Names)
        {
            string subject = $"{path} ({name})";
            if (SeccompBuilder.Resolve(name) is not { } number)
            {
                unknown.Add(name);
            }
            else if (!conditionsAreAlternatives)
            {
                builder.AddRule(action, number, conditions, subject);
            }
            else
            {
                // Two conditions on one argument have always meant "or", for all conditions of the rule, as in runc.
                for (int index = 0; index < conditions.Length; index++)
                {
                    builder.AddRule(action, number, conditions.AsSpan(index, 1), subject);
                }
            }
        }
    }

    private static SeccompCondition[] ConditionsOf(LinuxSyscall rule)
    {
        LinuxSeccompArg[] arguments = rule.Args ?? [];
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

    private static List<KeyValuePair<LinuxSeccompArchitecture, uint>> HighestNumbers(SeccompProfile profile)
    {
        // The native architecture, which is always part of a filter, comes first: most calls are its.
        List<LinuxSeccompArchitecture> architectures = [profile.Host.Native];
        foreach (LinuxSeccompArchitecture architecture in profile.Document.Architectures ?? [])
        {
            if (!architectures.Contains(architecture))
            {
                architectures.Add(architecture);
            }
        }

        List<KeyValuePair<LinuxSeccompArchitecture, uint>> highest = [];
        foreach (LinuxSeccompArchitecture architecture in architectures)
        {
            uint number = HighestNumber(profile.Document.Syscalls ?? [], SeccompArchitectures.LibraryNumber(architecture));
            if (number != 0)
            {
                highest.Add(new(architecture, number));
            }
        }

        return highest;
    }

    private static uint HighestNumber(LinuxSyscall[] rules, uint architecture)
    {
        int highest = 0;
        foreach (LinuxSyscall rule in rules)
        {
            foreach (string name in rule.Names)
            {
                highest = Math.Max(highest, SeccompBuilder.Resolve(name, architecture) ?? 0);
            }
        }

        return (uint)highest;
    }
}
