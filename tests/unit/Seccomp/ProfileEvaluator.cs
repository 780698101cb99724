using Bulkhead.Linux.Seccomp;
using Bulkhead.Runtime.Security;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Tests.Unit.Seccomp;

/// <summary>
/// What the specification says of a call, rule by rule, on x86-64: the second opinion beside the compiled program. The rules
/// for one call must agree in their action, as which of several wins is libseccomp's business.
/// </summary>
internal static class ProfileEvaluator
{
    private const uint X86X64 = 0xc000003e;
    private const uint X86 = 0x40000003;

    internal static uint Evaluate(LinuxSeccomp profile, SeccompCall call)
    {
        if (ArchitectureOf(profile, call) is not { } architecture)
        {
            return SeccompAction.KillThread;
        }

        uint library = SeccompArchitectures.LibraryNumber(architecture);
        LinuxSyscall[] rules = profile.Syscalls ?? [];
        int highest = rules.SelectMany(rule => rule.Names).Select(name => SeccompBuilder.Resolve(name, library) ?? 0).Append(0).Max();
        bool permissive = profile.DefaultAction is LinuxSeccompAction.Allow or LinuxSeccompAction.Log or LinuxSeccompAction.Trace;
        if (!permissive && highest > 0 && call.Number > highest)
        {
            return SeccompAction.Errno | 38;
        }

        LinuxSyscall? match = rules.FirstOrDefault(rule =>
            rule.Names.Any(name => SeccompBuilder.Resolve(name, library) == (int)call.Number) && Holds(rule, call, architecture));
        return match is null
            ? SeccompProfile.CodeOf(profile.DefaultAction, profile.DefaultErrnoRet)
            : SeccompProfile.CodeOf(match.Action, match.ErrnoRet);
    }

    internal static uint LibraryNumber(SeccompCall call) =>
        call.Architecture == X86X64 && (call.Number & SeccompArchitectures.X32Bit) != 0
            ? SeccompArchitectures.LibraryNumber(LinuxSeccompArchitecture.X32) : call.Architecture;

    private static LinuxSeccompArchitecture? ArchitectureOf(LinuxSeccomp profile, SeccompCall call)
    {
        LinuxSeccompArchitecture? architecture = call.Architecture switch
        {
            X86X64 when (call.Number & SeccompArchitectures.X32Bit) != 0 => LinuxSeccompArchitecture.X32,
            X86X64 => LinuxSeccompArchitecture.X86X64,
            X86 => LinuxSeccompArchitecture.X86,
            _ => null,
        };
        return architecture is LinuxSeccompArchitecture.X86X64
            || (architecture is { } other && profile.Architectures?.Contains(other) == true) ? architecture : null;
    }

    private static bool Holds(LinuxSyscall rule, SeccompCall call, LinuxSeccompArchitecture architecture)
    {
        LinuxSeccompArg[] conditions = rule.Args ?? [];
        bool alternatives = conditions.DistinctBy(condition => condition.Index).Count() < conditions.Length;
        return conditions.Length == 0
            || (alternatives
                ? conditions.Any(condition => Holds(condition, call, architecture))
                : conditions.All(condition => Holds(condition, call, architecture)));
    }

    private static bool Holds(LinuxSeccompArg condition, SeccompCall call, LinuxSeccompArchitecture architecture)
    {
        // Where pointers have 32 bits, libseccomp compares as much of the arguments and of the values.
        ulong width = architecture == LinuxSeccompArchitecture.X86X64 ? ulong.MaxValue : uint.MaxValue;
        ulong argument = call.Arguments[condition.Index] & width;
        ulong value = condition.Value & width;
        return condition.Op switch
        {
            LinuxSeccompOperator.NotEqual => argument != value,
            LinuxSeccompOperator.LessThan => argument < value,
            LinuxSeccompOperator.LessOrEqual => argument <= value,
            LinuxSeccompOperator.EqualTo => argument == value,
            LinuxSeccompOperator.GreaterOrEqual => argument >= value,
            LinuxSeccompOperator.GreaterThan => argument > value,
            _ => (argument & value) == ((condition.ValueTwo ?? 0) & width),
        };
    }
}
