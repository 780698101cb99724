using Bulkhead.Linux.Seccomp;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Security;

/// <summary>What a profile says of the calls of one architecture: what a compiled filter is held against.</summary>
internal sealed class SeccompRules
{
    private readonly Dictionary<uint, List<SeccompRule>> _calls = [];

    /// <summary>Takes the rules of a profile that name a call of the architecture.</summary>
    internal SeccompRules(LinuxSeccomp profile, LinuxSeccompArchitecture architecture)
    {
        Architecture = architecture;
        DefaultAction = SeccompProfile.CodeOf(profile.DefaultAction, profile.DefaultErrnoRet);
        uint library = SeccompArchitectures.LibraryNumber(architecture);
        foreach (LinuxSyscall rule in profile.Syscalls ?? [])
        {
            SeccompRule[] alternatives = SeccompRule.AlternativesOf(rule);
            foreach (string name in rule.Names)
            {
                // Negative numbers are of calls that other architectures have, or that go through another call on this one.
                if (SeccompBuilder.Resolve(name, library) is { } number and >= 0)
                {
                    Add((uint)number, alternatives);
                }
            }
        }
    }

    /// <summary>The architecture.</summary>
    internal LinuxSeccompArchitecture Architecture { get; }

    /// <summary>What the filter returns where no rule is about the call.</summary>
    internal uint DefaultAction { get; }

    /// <summary>The highest number that the profile names; 0 when it names none.</summary>
    internal uint Highest { get; private set; }

    /// <summary>The numbers that the profile names, each with its rules in their order.</summary>
    internal IReadOnlyDictionary<uint, List<SeccompRule>> Calls => _calls;

    /// <summary>The bits of an argument that count: libseccomp compares the lower half where pointers have 32.</summary>
    internal ulong Width => SeccompArchitectures.HasWideArguments(Architecture) ? ulong.MaxValue : uint.MaxValue;

    /// <summary>Whether a filter may answer so: as one of the rules about the call has it, or by default when there is none.</summary>
    /// <remarks>Which of several rules counts that are about the same arguments is not specified.</remarks>
    internal bool Admits(in SeccompCall call, uint answer)
    {
        bool named = false;
        if (_calls.TryGetValue(call.Number, out List<SeccompRule>? rules))
        {
            foreach (SeccompRule rule in rules)
            {
                if (rule.Holds(call.Arguments, Width))
                {
                    named = true;
                    if (rule.Action == answer)
                    {
                        return true;
                    }
                }
            }
        }

        return !named && answer == DefaultAction;
    }

    private void Add(uint number, SeccompRule[] alternatives)
    {
        if (!_calls.TryGetValue(number, out List<SeccompRule>? rules))
        {
            _calls.Add(number, rules = []);
        }

        rules.AddRange(alternatives);
        Highest = Math.Max(Highest, number);
    }
}
