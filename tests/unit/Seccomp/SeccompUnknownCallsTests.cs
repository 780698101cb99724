using Bulkhead.Linux.Seccomp;
using Bulkhead.Runtime.Security;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Seccomp;

[TestFixture]
internal sealed class SeccompUnknownCallsTests
{
    private const uint PassedOn = 0x12345678;
    private const uint NoSuchCall = SeccompAction.Errno | 38;

    private static readonly LinuxSeccompArchitecture[] All = Enum.GetValues<LinuxSeccompArchitecture>();

    [Test]
    public void Each_architecture_has_its_own_limit([Values] LinuxSeccompArchitecture architecture)
    {
        uint bit = architecture == LinuxSeccompArchitecture.X32 ? SeccompArchitectures.X32Bit : 0;
        BpfInstruction[] program = Program([.. All.Select((each, index) => Limit(each, 100 + (uint)index))]);
        uint limit = bit + 100 + (uint)architecture;

        Assert.Multiple(() =>
        {
            Assert.That(Run(program, architecture, limit), Is.EqualTo(PassedOn));
            Assert.That(Run(program, architecture, limit + 1), Is.EqualTo(NoSuchCall));
            Assert.That(Run(program, architecture, bit + 1), Is.EqualTo(PassedOn));
        });
    }

    [Test]
    public void Each_architecture_alone_leaves_the_others_to_the_filter([Values] LinuxSeccompArchitecture architecture)
    {
        BpfInstruction[] program = Program([Limit(architecture, 100)]);

        Assert.Multiple(() =>
        {
            foreach (LinuxSeccompArchitecture other in All)
            {
                uint bit = other == LinuxSeccompArchitecture.X32 ? SeccompArchitectures.X32Bit : 0;
                Assert.That(Run(program, other, bit + 101), Is.EqualTo(other == architecture ? NoSuchCall : PassedOn), $"{other}");
            }
        });
    }

    [TestCase(LinuxSeccompArchitecture.S390)]
    [TestCase(LinuxSeccompArchitecture.S390X)]
    public void The_multiplexed_call_of_s390_does_not_exist(LinuxSeccompArchitecture architecture) =>
        Assert.That(Run(Program([Limit(architecture, 100)]), architecture, 0), Is.EqualTo(NoSuchCall));

    [Test]
    public void Without_a_limit_there_is_nothing_to_do() =>
        Assert.That(SeccompUnknownCalls.Prologue([]), Is.Empty);

    private static KeyValuePair<LinuxSeccompArchitecture, uint> Limit(LinuxSeccompArchitecture architecture, uint number) =>
        new(architecture, number + (architecture == LinuxSeccompArchitecture.X32 ? SeccompArchitectures.X32Bit : 0));

    private static BpfInstruction[] Program(KeyValuePair<LinuxSeccompArchitecture, uint>[] highest) =>
        [.. SeccompUnknownCalls.Prologue(highest), new BpfInstruction(BpfInstruction.Return, 0, 0, PassedOn)];

    private static uint Run(BpfInstruction[] program, LinuxSeccompArchitecture architecture, uint number) =>
        SeccompInterpreter.Run(program, new SeccompCall(SeccompArchitectures.KernelNumber(architecture), number, new ulong[6]));
}
