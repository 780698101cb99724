using Bulkhead.Linux.Seccomp;
using Bulkhead.Runtime.Security;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;
using Bulkhead.Tests.Unit.Fuzz;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Seccomp;

/// <summary>What compiled profiles do, call by call.</summary>
[TestFixture]
internal sealed class CompiledProfileTests
{
    private const uint X86X64 = 0xc000003e;
    private const uint X86 = 0x40000003;
    private const uint NoSuchCall = SeccompAction.Errno | 38;

    [Test]
    public void A_program_does_what_the_profile_says() =>
        AnySeed.Holds(random =>
        {
            LinuxSeccomp profile = GeneratedProfile.Create(random);
            SeccompProgram program = Compile(profile);

            foreach (SeccompCall call in GeneratedProfile.CallsNear(profile, random))
            {
                uint expected = ProfileEvaluator.Evaluate(profile, call);
                uint actual = SeccompInterpreter.Run(program.Instructions, call);
                if (actual != expected)
                {
                    Assert.Fail($"{call}: {actual:x}, expected {expected:x}, rules {Describe(profile, call)}");
                }
            }

            return true;
        }, tests: 100);

    // Debian's libseccomp 2.5.4 misses 0x11 in the first, a denial that it does not make.
    [TestCase(LinuxSeccompAction.Allow, LinuxSeccompAction.Errno, 0x11UL)]
    [TestCase(LinuxSeccompAction.Errno, LinuxSeccompAction.Allow, 0x11UL)]
    [TestCase(LinuxSeccompAction.Allow, LinuxSeccompAction.KillProcess, 0xffff_ffffUL)]
    public void Several_comparisons_of_one_argument_are_all_made(LinuxSeccompAction defaultAction, LinuxSeccompAction action, ulong argument)
    {
        LinuxSeccompArg[] conditions =
        [
            new() { Index = 2, Value = 0x10, Op = LinuxSeccompOperator.LessOrEqual },
            new() { Index = 2, Value = 0x1_0000_0000, Op = LinuxSeccompOperator.LessThan },
        ];
        SeccompProgram program = Compile(new LinuxSeccomp
        {
            DefaultAction = defaultAction,
            Syscalls = [.. conditions.Select(condition => new LinuxSyscall { Names = ["read"], Action = action, Args = [condition] })],
        });

        Assert.Multiple(() =>
        {
            Assert.That(SeccompInterpreter.Run(program.Instructions, Native("read", 0, 0, argument)), Is.EqualTo(SeccompProfile.CodeOf(action, null)));
            Assert.That(SeccompInterpreter.Run(program.Instructions, Native("read", 0, 0, 0x1_0000_0000)), Is.EqualTo(SeccompProfile.CodeOf(defaultAction, null)));
        });
    }

    [TestCase(37UL, true), TestCase(38UL, false), TestCase(39UL, true), TestCase(40UL, false), TestCase(41UL, true), TestCase(0x1_0000_0026UL, true)]
    public void Sockets_of_all_families_but_two_are_let_through(ulong family, bool allowed)
    {
        LinuxSeccompArg[] conditions =
        [
            new() { Index = 0, Value = 38, Op = LinuxSeccompOperator.LessThan }, Equal(0, 39), new() { Index = 0, Value = 40, Op = LinuxSeccompOperator.GreaterThan },
        ];
        SeccompProgram program = Compile(new LinuxSeccomp
        {
            DefaultAction = LinuxSeccompAction.Errno,
            Syscalls = [.. conditions.Select(condition => new LinuxSyscall { Names = ["socket"], Action = LinuxSeccompAction.Allow, Args = [condition] })],
        });

        Assert.That(SeccompInterpreter.Run(program.Instructions, Native("socket", family)), Is.EqualTo(allowed ? SeccompAction.Allow : SeccompAction.Errno | 1));
    }

    [TestCase(LinuxSeccompAction.Kill, null, SeccompAction.KillThread)]
    [TestCase(LinuxSeccompAction.KillThread, null, SeccompAction.KillThread)]
    [TestCase(LinuxSeccompAction.KillProcess, null, SeccompAction.KillProcess)]
    [TestCase(LinuxSeccompAction.Trap, null, SeccompAction.Trap)]
    [TestCase(LinuxSeccompAction.Errno, null, SeccompAction.Errno | 1u, TestName = "ERRNO is EPERM if nothing is said")]
    [TestCase(LinuxSeccompAction.Errno, 13u, SeccompAction.Errno | 13u)]
    [TestCase(LinuxSeccompAction.Errno, 0u, SeccompAction.Errno)]
    [TestCase(LinuxSeccompAction.Trace, null, SeccompAction.Trace | 1u)]
    [TestCase(LinuxSeccompAction.Trace, 65535u, SeccompAction.Trace | 65535u)]
    [TestCase(LinuxSeccompAction.Log, null, SeccompAction.Log)]
    [TestCase(LinuxSeccompAction.Notify, null, SeccompAction.Notify)]
    public void An_action_comes_out_of_the_program(LinuxSeccompAction action, uint? errno, uint expected)
    {
        LinuxSeccomp profile = new()
        {
            DefaultAction = LinuxSeccompAction.Allow,
            ListenerPath = "/run/agent.sock",
            Syscalls = [new LinuxSyscall { Names = ["mount"], Action = action, ErrnoRet = errno }],
        };

        SeccompProgram program = Compile(profile);

        Assert.That(SeccompInterpreter.Run(program.Instructions, Native("mount")), Is.EqualTo(expected));
        Assert.That(SeccompInterpreter.Run(program.Instructions, Native("umount2")), Is.EqualTo(SeccompAction.Allow));
        Assert.That(program.HasListener, Is.EqualTo(action == LinuxSeccompAction.Notify));
    }

    [TestCase(LinuxSeccompOperator.EqualTo, 5UL, 5UL, true)]
    [TestCase(LinuxSeccompOperator.EqualTo, 5UL, 0x1_0000_0005UL, false, TestName = "The upper half is compared too")]
    [TestCase(LinuxSeccompOperator.NotEqual, 5UL, 6UL, true)]
    [TestCase(LinuxSeccompOperator.LessThan, 5UL, 5UL, false)]
    [TestCase(LinuxSeccompOperator.LessThan, 0x1_0000_0000UL, 0xffffffffUL, true)]
    [TestCase(LinuxSeccompOperator.LessOrEqual, 5UL, 5UL, true)]
    [TestCase(LinuxSeccompOperator.GreaterOrEqual, 5UL, 4UL, false)]
    [TestCase(LinuxSeccompOperator.GreaterThan, 5UL, ulong.MaxValue, true, TestName = "Arguments have no sign")]
    public void An_argument_is_compared(LinuxSeccompOperator comparison, ulong value, ulong argument, bool matches)
    {
        SeccompProgram program = Compile(Forbidding("prctl", new LinuxSeccompArg { Index = 3, Value = value, Op = comparison }));

        uint result = SeccompInterpreter.Run(program.Instructions, Native("prctl", 0, 0, 0, argument));

        Assert.That(result, Is.EqualTo(matches ? SeccompAction.Errno | 1 : SeccompAction.Allow));
    }

    [TestCase(0x7e020000UL, false)]
    [TestCase(0x10000000UL, false)]
    [TestCase(0x00000011UL, true)]
    public void A_masked_argument_is_compared_with_the_second_value(ulong argument, bool matches)
    {
        SeccompProgram program = Compile(Forbidding(
            "clone", new LinuxSeccompArg { Index = 0, Value = 0x7e020000, ValueTwo = 0, Op = LinuxSeccompOperator.MaskedEqual }));

        uint result = SeccompInterpreter.Run(program.Instructions, Native("clone", argument));

        Assert.That(result, Is.EqualTo(matches ? SeccompAction.Errno | 1 : SeccompAction.Allow));
    }

    [TestCase(1UL, 2UL, true)]
    [TestCase(1UL, 3UL, false)]
    [TestCase(0UL, 2UL, false)]
    public void Conditions_on_different_arguments_must_all_hold(ulong first, ulong second, bool matches)
    {
        SeccompProgram program = Compile(Forbidding("prctl", Equal(0, 1), Equal(1, 2)));

        uint result = SeccompInterpreter.Run(program.Instructions, Native("prctl", first, second));

        Assert.That(result, Is.EqualTo(matches ? SeccompAction.Errno | 1 : SeccompAction.Allow));
    }

    [TestCase(1UL, 0UL, true)]
    [TestCase(2UL, 0UL, true)]
    [TestCase(0UL, 7UL, true, TestName = "so is a condition on another argument beside them")]
    [TestCase(3UL, 0UL, false)]
    public void Conditions_on_one_argument_are_alternatives(ulong first, ulong second, bool matches)
    {
        SeccompProgram program = Compile(Forbidding("prctl", Equal(0, 1), Equal(0, 2), Equal(1, 7)));

        uint result = SeccompInterpreter.Run(program.Instructions, Native("prctl", first, second));

        Assert.That(result, Is.EqualTo(matches ? SeccompAction.Errno | 1 : SeccompAction.Allow));
    }

    [Test]
    public void Names_that_no_architecture_has_are_left_out_and_told()
    {
        SeccompProfile profile = SeccompProfile.From(new LinuxSeccomp
        {
            DefaultAction = LinuxSeccompAction.Allow,
            Syscalls = [new LinuxSyscall { Names = ["no_such_call", "mount", "nor_this"], Action = LinuxSeccompAction.Errno }],
        });

        SeccompProgram program = SeccompCompiler.Compile(profile, out IReadOnlyList<string> unknown);

        Assert.That(unknown, Is.EqualTo(new[] { "no_such_call", "nor_this" }));
        Assert.That(SeccompInterpreter.Run(program.Instructions, Native("mount")), Is.EqualTo(SeccompAction.Errno | 1));
    }

    [Test]
    public void A_call_newer_than_the_profile_does_not_exist()
    {
        SeccompProgram program = Compile(new LinuxSeccomp
        {
            DefaultAction = LinuxSeccompAction.Errno,
            Architectures = [LinuxSeccompArchitecture.X86X64, LinuxSeccompArchitecture.X86, LinuxSeccompArchitecture.X32],
            Syscalls = [new LinuxSyscall { Names = ["read", "openat2", "getuid32"], Action = LinuxSeccompAction.Allow }],
        });

        uint Of(uint architecture, uint number) => SeccompInterpreter.Run(program.Instructions, new SeccompCall(architecture, number, new ulong[6]));

        Assert.Multiple(() =>
        {
            Assert.That(Of(X86X64, 437), Is.EqualTo(SeccompAction.Allow), "openat2");
            Assert.That(Of(X86X64, 436), Is.EqualTo(SeccompAction.Errno | 1), "close_range, which the author could have named");
            Assert.That(Of(X86X64, 438), Is.EqualTo(NoSuchCall));
            Assert.That(Of(X86X64, 0x40000000 + 437), Is.EqualTo(SeccompAction.Allow), "openat2 of x32");
            Assert.That(Of(X86X64, 0x40000000 + 438), Is.EqualTo(NoSuchCall));
            Assert.That(Of(X86, 199), Is.EqualTo(SeccompAction.Allow), "getuid32");
            Assert.That(Of(X86, 438), Is.EqualTo(NoSuchCall));
            Assert.That(Of(0xc00000b7, 438), Is.EqualTo(SeccompAction.KillThread), "arm64, which the profile does not have");
        });
    }

    [TestCase(LinuxSeccompAction.Allow, null, SeccompAction.Allow)]
    [TestCase(LinuxSeccompAction.Log, null, SeccompAction.Log)]
    [TestCase(LinuxSeccompAction.Trace, 7u, SeccompAction.Trace | 7u)]
    [TestCase(LinuxSeccompAction.Errno, 38u, NoSuchCall)]
    [TestCase(LinuxSeccompAction.Errno, null, NoSuchCall)]
    [TestCase(LinuxSeccompAction.KillProcess, null, NoSuchCall)]
    [TestCase(LinuxSeccompAction.Trap, null, NoSuchCall)]
    public void A_new_call_gets_ENOSYS_unless_it_is_let_through_by_default(LinuxSeccompAction action, uint? errno, uint expected)
    {
        SeccompProgram program = Compile(new LinuxSeccomp
        {
            DefaultAction = action,
            DefaultErrnoRet = errno,
            Syscalls = [new LinuxSyscall { Names = ["getpid"], Action = LinuxSeccompAction.KillThread }],
        });

        Assert.That(SeccompInterpreter.Run(program.Instructions, new SeccompCall(X86X64, 9999, new ulong[6])), Is.EqualTo(expected));
    }

    [Test]
    public void An_architecture_of_the_other_byte_order_is_refused() =>
        Assert.That(
            () => Compile(new LinuxSeccomp { DefaultAction = LinuxSeccompAction.Allow, Architectures = [LinuxSeccompArchitecture.S390X] }),
            Throws.TypeOf<Bulkhead.Linux.LinuxException>().With.Message.StartsWith("seccomp_arch_add linux.seccomp.architectures[0] (S390X): "));

    [Test]
    public void A_program_longer_than_the_kernel_takes_is_refused()
    {
        string[] names = [.. DefaultProfile.Read().Syscalls!.SelectMany(rule => rule.Names).Distinct()];
        LinuxSyscall[] rules = [.. names.Select((name, index) => new LinuxSyscall
        {
            Names = [name],
            Action = LinuxSeccompAction.Errno,
            Args = [Equal(0, (ulong)index), Equal(1, (ulong)index + 1000), Equal(2, (ulong)index + 2000)],
        })];

        Assert.That(
            () => Compile(new LinuxSeccomp { DefaultAction = LinuxSeccompAction.Allow, Syscalls = rules }),
            Throws.TypeOf<SpecException>().With.Message.Match("^linux.seccomp: makes a program of [0-9]+ instructions, the kernel takes 4096$"));
    }

    [Test]
    public void A_default_profile_in_use_allows_and_forbids_what_it_says()
    {
        LinuxSeccomp profile = DefaultProfile.Read();

        SeccompProgram program = Compile(profile);

        Assert.Multiple(() =>
        {
            Assert.That(SeccompInterpreter.Run(program.Instructions, Native("execve")), Is.EqualTo(SeccompAction.Allow));
            Assert.That(SeccompInterpreter.Run(program.Instructions, Native("init_module")), Is.EqualTo(SeccompAction.Errno | 1));
            Assert.That(SeccompInterpreter.Run(program.Instructions, Native("personality", 8)), Is.EqualTo(SeccompAction.Allow));
            Assert.That(SeccompInterpreter.Run(program.Instructions, Native("personality", 9)), Is.EqualTo(NoSuchCall));
            Assert.That(SeccompInterpreter.Run(program.Instructions, Native("socket", 16, 0, 9)), Is.EqualTo(SeccompAction.Errno | 22));
            Assert.That(SeccompInterpreter.Run(program.Instructions, Native("socket", 16, 0, 0)), Is.EqualTo(SeccompAction.Allow));
            Assert.That(SeccompInterpreter.Run(program.Instructions, new SeccompCall(X86X64, 9999, new ulong[6])), Is.EqualTo(NoSuchCall));
        });
    }

    private static string Describe(LinuxSeccomp profile, SeccompCall call) => string.Join("; ", (profile.Syscalls ?? [])
        .Where(rule => rule.Names.Any(name => SeccompBuilder.Resolve(name, ProfileEvaluator.LibraryNumber(call)) == (int)call.Number))
        .Select(rule => $"{rule.Action} if {string.Join(" and ", rule.Args?.Select(each => $"a{each.Index} {each.Op} {each.Value:x} {each.ValueTwo:x}") ?? [])}")
        .Prepend($"{profile.DefaultAction} on {string.Join('+', profile.Architectures ?? [])}"));

    private static SeccompProgram Compile(LinuxSeccomp profile) => SeccompCompiler.Compile(SeccompProfile.From(profile), out _);

    private static SeccompCall Native(string name, params ulong[] arguments)
    {
        Array.Resize(ref arguments, 6);
        return new SeccompCall(X86X64, (uint)SeccompBuilder.Resolve(name)!.Value, arguments);
    }

    private static LinuxSeccomp Forbidding(string name, params LinuxSeccompArg[] conditions) => new()
    {
        DefaultAction = LinuxSeccompAction.Allow,
        Syscalls = [new LinuxSyscall { Names = [name], Action = LinuxSeccompAction.Errno, Args = conditions }],
    };

    private static LinuxSeccompArg Equal(uint index, ulong value) => new() { Index = index, Value = value, Op = LinuxSeccompOperator.EqualTo };
}
