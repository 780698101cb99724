using Bulkhead.Linux;
using Bulkhead.Linux.Seccomp;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Security;

/// <summary>Makes the program of a profile: what depends on a call's arguments by itself, the rest by libseccomp.</summary>
/// <remarks>
/// libseccomp 2.5.4 misses calls when several rules compare arguments of one call, and works for ever on some such rules.
/// So it gets none of them: the calls whose arguments are compared have a section each in front of its filter.
/// </remarks>
public static class SeccompCompiler
{
    /// <summary>Counts up with every change after which a profile can give another program, so that none is taken from the cache.</summary>
    internal const int Revision = 3;

    private const string Path = "linux.seccomp";

    // libseccomp's binary tree pays from about this many rules on, and is wrong without any up to 2.5.4.
    private const int ManyRules = 32;

    /// <summary>Compiles a profile.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="unknownCalls">The names that libseccomp doesn't know, whose rules are left out: worth a line in a debug log.</param>
    /// <exception cref="LinuxException">libseccomp is not installed, or refuses an architecture or a rule.</exception>
    /// <exception cref="SpecException">The program is longer than the kernel takes, or does not do what the profile says.</exception>
    public static SeccompProgram Compile(SeccompProfile profile, out IReadOnlyList<string> unknownCalls)
    {
        LinuxSeccomp document = profile.Document;
        List<string> unknown = [];
        using SeccompBuilder builder = new(SeccompProfile.CodeOf(document.DefaultAction, document.DefaultErrnoRet));
        AddArchitectures(builder, document);
        AddRules(builder, document, unknown);
        unknownCalls = unknown;

        List<SeccompRules> rules = RulesOf(profile);
        BpfInstruction[] prologue = UnknownCalls(document, rules);
        BpfInstruction[] filter = [.. SectionsOf(rules), .. builder.Export()];
        Check(filter, rules);
        int length = prologue.Length + filter.Length;
        return length <= SeccompProgram.MostInstructions
            ? new SeccompProgram([.. prologue, .. filter], profile.Flags)
            : throw new SpecException(Path, $"makes a program of {length} instructions, the kernel takes {SeccompProgram.MostInstructions}");
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
        HashSet<string> compared = NamesWithConditions(rules);
        HashSet<string> done = [];
        for (int index = 0; index < rules.Length; index++)
        {
            // A rule that does what is done anyway is left out, also because the library refuses it.
            if (SeccompProfile.CodeOf(rules[index].Action, rules[index].ErrnoRet) != defaultAction)
            {
                AddRule(builder, rules[index], $"{Path}.syscalls[{index}]", unknown, name => !compared.Contains(name) || done.Add(name));
            }
        }
    }

    private static HashSet<string> NamesWithConditions(LinuxSyscall[] rules)
    {
        HashSet<string> names = [];
        foreach (LinuxSyscall rule in rules)
        {
            if (rule.Args is { Length: > 0 })
            {
                names.UnionWith(rule.Names);
            }
        }

        return names;
    }

    /// <summary>Adds a rule without its conditions, which the sections in front have looked at by then.</summary>
    /// <remarks>
    /// What is left of one with conditions is for socketcall and ipc, by which 32-bit programs reach several calls, and whose
    /// arguments a filter can't see: the first rule about the call counts for all of them, as it always has with libseccomp.
    /// </remarks>
    private static void AddRule(SeccompBuilder builder, LinuxSyscall rule, string path, List<string> unknown, Func<string, bool> isWanted)
    {
        uint action = SeccompProfile.CodeOf(rule.Action, rule.ErrnoRet);
        foreach (string name in rule.Names)
        {
            if (SeccompBuilder.Resolve(name) is not { } number)
            {
                unknown.Add(name);
                continue;
            }

            if (isWanted(name))
            {
                builder.AddRule(action, number, $"{path} ({name})");
            }
        }
    }

    private static List<SeccompRules> RulesOf(SeccompProfile profile)
    {
        // The native architecture, which is always part of a filter, comes first: most calls are its.
        List<LinuxSeccompArchitecture> architectures = [profile.Host.Native];
        List<SeccompRules> rules = [new SeccompRules(profile.Document, profile.Host.Native)];
        foreach (LinuxSeccompArchitecture architecture in profile.Document.Architectures ?? [])
        {
            if (!architectures.Contains(architecture))
            {
                architectures.Add(architecture);
                rules.Add(new SeccompRules(profile.Document, architecture));
            }
        }

        return rules;
    }

    private static List<BpfInstruction> SectionsOf(List<SeccompRules> architectures)
    {
        List<BpfInstruction> sections = [];
        foreach (SeccompRules rules in architectures)
        {
            foreach ((uint number, List<SeccompRule> about) in rules.Calls)
            {
                if (about.Exists(static rule => rule.Conditions.Length > 0))
                {
                    sections.AddRange(SeccompSection.Of(rules, number));
                }
            }
        }

        return sections;
    }

    private static BpfInstruction[] UnknownCalls(LinuxSeccomp document, List<SeccompRules> architectures)
    {
        if (!SeccompUnknownCalls.Matter(document))
        {
            return [];
        }

        List<KeyValuePair<LinuxSeccompArchitecture, uint>> highest = [];
        foreach (SeccompRules rules in architectures)
        {
            if (rules.Highest != 0)
            {
                highest.Add(new(rules.Architecture, rules.Highest));
            }
        }

        return SeccompUnknownCalls.Prologue(highest);
    }

    /// <summary>A profile is never loaded as something else than it says, whatever the library makes of it.</summary>
    private static void Check(BpfInstruction[] filter, List<SeccompRules> architectures)
    {
        if (SeccompCheck.FindWrong(filter, architectures).Count > 0 || !SeccompCheck.IsRightElsewhere(filter, architectures))
        {
            throw new SpecException(Path, "libseccomp makes a filter of it that does something else than it says");
        }
    }
}
