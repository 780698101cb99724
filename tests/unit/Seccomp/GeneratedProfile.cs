using Bulkhead.Runtime.Security;
using Bulkhead.Linux.Seccomp;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Tests.Unit.Seccomp;

/// <summary>Profiles, and calls that come near to what a profile names.</summary>
internal static class GeneratedProfile
{
    private static readonly string[] Names =
    [
        "read", "write", "open", "close", "personality", "clone", "prctl", "ioctl", "fcntl", "kill", "chmod", "mount", "umount2",
        "unshare", "setns", "getcwd", "clone3", "close_range", "openat2", "mknod", "keyctl", "bpf", "ptrace", "execve", "waitid",
        "time", "uname", "madvise", "futex", "no_such_call", "pidfd_open", "syslog", "reboot", "sethostname", "s390_pci_mmio_read",
        "arch_prctl", "modify_ldt", "getuid32", "vm86", "rt_sigreturn", "rt_sigaction", "statx", "landlock_restrict_self", "memfd_secret",
    ];

    private static readonly ulong[] Values =
        [0, 1, 2, 8, 9, 0x10, 0xff, 0x20000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x1_0000_0001, 0x7e020000, 0xffffffff00000000, ulong.MaxValue];

    private static readonly LinuxSeccompAction[] Actions =
    [
        LinuxSeccompAction.Kill, LinuxSeccompAction.KillProcess, LinuxSeccompAction.KillThread, LinuxSeccompAction.Trap,
        LinuxSeccompAction.Errno, LinuxSeccompAction.Trace, LinuxSeccompAction.Allow, LinuxSeccompAction.Log,
    ];

    private static readonly LinuxSeccompOperator[] AllOperators = Enum.GetValues<LinuxSeccompOperator>();

    private static readonly LinuxSeccompOperator[] Equality = [LinuxSeccompOperator.EqualTo];

    internal static LinuxSeccomp Create(Random random)
    {
        LinuxSeccompAction defaultAction = Actions[random.Next(Actions.Length)];
        string[] names = [.. Names];
        random.Shuffle(names);
        LinuxSeccompAction other = defaultAction == LinuxSeccompAction.Allow ? LinuxSeccompAction.Trap : LinuxSeccompAction.Allow;
        List<LinuxSyscall> rules = random.Next(4) == 0 ? [] : [new LinuxSyscall { Names = ["getpid"], Action = other }];
        for (int taken = 0; taken < names.Length && random.Next(5) != 0;)
        {
            int count = Math.Min(1 + random.Next(5), names.Length - taken);
            rules.AddRange(CreateRules(random, names[taken..(taken + count)]));
            taken += count;
        }

        LinuxSeccompArchitecture[] architectures = [LinuxSeccompArchitecture.X86X64, LinuxSeccompArchitecture.X86, LinuxSeccompArchitecture.X32];
        return new LinuxSeccomp
        {
            DefaultAction = defaultAction,
            DefaultErrnoRet = ErrnoOf(random, defaultAction),
            Architectures = random.Next(4) == 0 ? null : [.. architectures.Where(_ => random.Next(2) == 0)],
            Syscalls = [.. rules],
        };
    }

    internal static IEnumerable<SeccompCall> CallsNear(LinuxSeccomp profile, Random random)
    {
        uint[] architectures = [0xc000003e, 0xc000003e, 0x40000003, 0xc00000b7];
        LinuxSyscall[] rules = profile.Syscalls ?? [];
        for (int count = 0; count < 100; count++)
        {
            uint architecture = architectures[random.Next(architectures.Length)];
            LinuxSyscall? rule = rules.Length == 0 ? null : rules[random.Next(rules.Length)];
            uint number = (uint)random.Next(500);
            if (rule is not null && random.Next(4) != 0)
            {
                uint library = architecture == 0xc000003e && random.Next(4) == 0
                    ? SeccompArchitectures.LibraryNumber(LinuxSeccompArchitecture.X32) : architecture;
                int resolved = SeccompBuilder.Resolve(rule.Names[random.Next(rule.Names.Length)], library) ?? 0;
                number = resolved < 0 ? number : (uint)resolved + (uint)(random.Next(8) == 0 ? 1 : 0);
            }

            yield return new SeccompCall(architecture, number, ArgumentsNear(rule, random, architecture));
        }
    }

    private static IEnumerable<LinuxSyscall> CreateRules(Random random, string[] names)
    {
        LinuxSeccompAction action = Actions[random.Next(Actions.Length)];
        uint? errno = ErrnoOf(random, action);
        switch (random.Next(7))
        {
            case 0 or 1:
                for (int alternatives = 1 + random.Next(4); alternatives > 0; alternatives--)
                {
                    yield return Rule([.. Distinct(random, 1 + random.Next(3)).Select(index => CreateArgument(random, index, AllOperators))]);
                }

                break;
            case 2:
                for (int alternatives = 1 + random.Next(4); alternatives > 0; alternatives--)
                {
                    yield return Rule([.. Distinct(random, 1 + random.Next(3)).Select(index => CreateArgument(random, index, Equality))]);
                }

                break;
            case 3:
                uint shared = (uint)random.Next(6);
                yield return Rule([.. Enumerable.Range(0, 2 + random.Next(2)).Select(_ => CreateArgument(random, shared, AllOperators))]);
                break;
            default:
                yield return Rule([]);
                break;
        }

        LinuxSyscall Rule(LinuxSeccompArg[] arguments) => new() { Names = names, Action = action, ErrnoRet = errno, Args = arguments };
    }

    private static uint[] Distinct(Random random, int count)
    {
        uint[] indexes = [0, 1, 2, 3, 4, 5];
        random.Shuffle(indexes);
        return indexes[..count];
    }

    private static LinuxSeccompArg CreateArgument(Random random, uint index, LinuxSeccompOperator[] operators)
    {
        LinuxSeccompOperator comparison = operators[random.Next(operators.Length)];
        ulong value = AnyValue(random);
        return new LinuxSeccompArg
        {
            Index = index,
            Op = comparison,
            Value = value,
            ValueTwo = comparison == LinuxSeccompOperator.MaskedEqual ? AnyValue(random) & value : random.Next(2) == 0 ? null : 0,
        };
    }

    private static ulong[] ArgumentsNear(LinuxSyscall? rule, Random random, uint architecture)
    {
        ulong[] arguments = new ulong[6];
        for (int index = 0; index < arguments.Length; index++)
        {
            arguments[index] = AnyValue(random);
        }

        foreach (LinuxSeccompArg condition in rule?.Args ?? [])
        {
            if (random.Next(4) != 0)
            {
                ulong near = condition.Op == LinuxSeccompOperator.MaskedEqual
                    ? (condition.ValueTwo ?? 0) | (AnyValue(random) & ~condition.Value) : condition.Value;
                arguments[condition.Index] = near + (ulong)random.Next(4) switch { 0 => ulong.MaxValue, 1 => 1, _ => 0 };
            }
        }

        // The kernel gives a filter the arguments of a 32-bit process without an upper half.
        return architecture == 0x40000003 ? [.. arguments.Select(argument => argument & uint.MaxValue)] : arguments;
    }

    private static ulong AnyValue(Random random) => random.Next(6) == 0 ? (ulong)random.NextInt64(long.MinValue, long.MaxValue) : Values[random.Next(Values.Length)];

    private static uint? ErrnoOf(Random random, LinuxSeccompAction action) =>
        action is LinuxSeccompAction.Errno or LinuxSeccompAction.Trace && random.Next(2) == 0 ? (uint)random.Next(1, 60) : null;
}
