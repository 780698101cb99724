using Bulkhead.Linux.Seccomp;
using Bulkhead.Runtime.Security;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Seccomp;

/// <summary>A filter that does something else than its profile says is found out, and put right call by call.</summary>
[TestFixture]
internal sealed class SeccompCheckTests
{
    private static readonly SeccompRules s_rules = new(
        new LinuxSeccomp
        {
            DefaultAction = LinuxSeccompAction.Allow,
            Syscalls =
            [
                new LinuxSyscall { Names = ["mount"], Action = LinuxSeccompAction.Errno },
                new LinuxSyscall { Names = ["read"], Action = LinuxSeccompAction.Trap, Args = [Condition(LinuxSeccompOperator.GreaterThan, 0x1_0000_0000)] },
            ],
        },
        LinuxSeccompArchitecture.X86X64);

    [TestCase(SeccompAction.Allow, 2, TestName = "One that lets everything through misses both rules")]
    [TestCase(SeccompAction.KillThread, 2, TestName = "One that ends everything does as well")]
    [TestCase(SeccompAction.Errno | 1, 1, TestName = "One that refuses everything has one of them by chance")]
    public void Calls_that_are_answered_wrongly_are_found(uint answer, int wrong) =>
        Assert.That(SeccompCheck.FindWrong([Return(answer)], [s_rules]), Has.Count.EqualTo(wrong));

    [Test]
    public void A_filter_for_every_architecture_is_wrong_elsewhere() =>
        Assert.That(SeccompCheck.IsRightElsewhere([Return(SeccompAction.Allow)], [s_rules]), Is.False);

    [Test]
    public void Sections_before_a_wrong_filter_put_it_right()
    {
        List<BpfInstruction> filter = [];
        foreach (uint number in s_rules.Calls.Keys)
        {
            filter.AddRange(SeccompSection.Of(s_rules, number));
        }

        filter.Add(Return(SeccompAction.KillProcess));

        Assert.That(SeccompCheck.FindWrong([.. filter], [s_rules]), Is.Empty);
        Assert.That(SeccompInterpreter.Run([.. filter], new SeccompCall(0xc000003e, 39, new ulong[6])), Is.EqualTo(SeccompAction.KillProcess), "no other call is touched");
    }

    [Test]
    public void A_section_makes_every_comparison_on_both_architectures_of_a_machine() => Assert.Multiple(() =>
    {
        foreach (LinuxSeccompArchitecture architecture in (LinuxSeccompArchitecture[])[LinuxSeccompArchitecture.X86X64, LinuxSeccompArchitecture.X86])
        {
            foreach (LinuxSeccompOperator comparison in Enum.GetValues<LinuxSeccompOperator>())
            {
                SeccompRules rules = new(
                    new LinuxSeccomp
                    {
                        DefaultAction = LinuxSeccompAction.Errno,
                        Syscalls = [new LinuxSyscall { Names = ["kill"], Action = LinuxSeccompAction.Allow, Args = [Condition(comparison, 0x8000_0001_7fff_fffe)] }],
                    },
                    architecture);

                Assert.That(SeccompCheck.FindWrong(SeccompSection.Of(rules, rules.Highest), [rules]), Is.Empty, $"{architecture} {comparison}");
            }
        }
    });

    private static LinuxSeccompArg Condition(LinuxSeccompOperator comparison, ulong value) => new() { Index = 1, Value = value, ValueTwo = value & 0xff, Op = comparison };

    private static BpfInstruction Return(uint answer) => new(BpfInstruction.Return, 0, 0, answer);
}
