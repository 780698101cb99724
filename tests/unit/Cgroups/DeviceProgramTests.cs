using System.Runtime.CompilerServices;
using Bulkhead.Cgroups.Devices;
using Bulkhead.Linux.Bpf;
using Bulkhead.Linux.Native;
using FsCheck.Fluent;
using FsCheck;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cgroups;

public sealed class DeviceProgramTests
{
    [Test]
    public void The_program_allows_what_the_list_allows() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(
            DeviceRuleTests.Rules.ToArbitrary(), DeviceRuleTests.Device.ToArbitrary(), Gen.Choose(1, 7).ToArbitrary(), (rules, device, access) =>
            {
                BpfInstruction[] program = DeviceProgram.For(rules);

                bool allowed = Run(program, device, (DeviceAccess)access) == 1;

                return allowed == DeviceRules.Allows(rules, device, (DeviceAccess)access);
            }));

    [Test]
    public void The_default_list_lets_null_be_used_and_a_disk_only_be_made()
    {
        BpfInstruction[] program = DeviceProgram.For(DeviceRules.Effective(null));

        Assert.Multiple(() =>
        {
            Assert.That(Run(program, new DeviceSet(DeviceKind.Character, 1, 3), DeviceAccess.Read | DeviceAccess.Write), Is.EqualTo(1));
            Assert.That(Run(program, new DeviceSet(DeviceKind.Character, 136, 77), DeviceAccess.Write), Is.EqualTo(1));
            Assert.That(Run(program, new DeviceSet(DeviceKind.Block, 8, 0), DeviceAccess.Mknod), Is.EqualTo(1));
            Assert.That(Run(program, new DeviceSet(DeviceKind.Block, 8, 0), DeviceAccess.Read), Is.Zero);
            Assert.That(Run(program, new DeviceSet(DeviceKind.Block, 1, 3), DeviceAccess.Read), Is.Zero);
        });
    }

    [Test]
    public void A_rule_about_everything_ends_the_program()
    {
        DeviceRule all = new(true, DeviceSet.Everything, DeviceAccess.All);
        DeviceRule one = new(false, new DeviceSet(DeviceKind.Block, 8, 0), DeviceAccess.All);

        Assert.That(DeviceProgram.For([one, one, all]), Is.EqualTo(DeviceProgram.For([all])));
    }

    [Test]
    public void Instructions_are_encoded_as_the_kernel_reads_them()
    {
        BpfAssembler program = new(4);
        BpfLabel end = program.NewLabel();
        program.LoadWord(BpfRegister.R2, BpfRegister.R1, 4);
        program.JumpIfNotEqual(BpfRegister.R2, 7, end);
        program.Return(1);
        program.Mark(end);
        program.Return(0);

        Assert.That(program.Finish(), Is.EqualTo(new BpfInstruction[]
        {
            new(0x61, 0x12, 4, 0),
            new(0x56, 0x02, 2, 7),
            new(0xb4, 0x00, 0, 1),
            new(0x95, 0x00, 0, 0),
            new(0xb4, 0x00, 0, 0),
            new(0x95, 0x00, 0, 0),
        }));
    }

    [Test]
    public void Kernel_structures_have_their_sizes() => Assert.Multiple(() =>
    {
        Assert.That(Unsafe.SizeOf<BpfInstruction>(), Is.EqualTo(8));
        Assert.That(Unsafe.SizeOf<BpfLoad>(), Is.EqualTo(48));
        Assert.That(Unsafe.SizeOf<BpfAttach>(), Is.EqualTo(20));
        Assert.That(Unsafe.SizeOf<BpfQuery>(), Is.EqualTo(32));
        Assert.That(Unsafe.SizeOf<BpfById>(), Is.EqualTo(12));
    });

    /// <summary>Interprets a program, with the meaning that the kernel's instruction set gives each instruction.</summary>
    private static uint Run(BpfInstruction[] program, DeviceSet device, DeviceAccess access)
    {
        uint[] context = [((uint)access << 16) | (uint)device.Kind, device.Major!.Value, device.Minor!.Value];
        uint[] registers = new uint[11];
        for (int at = 0; ; at++)
        {
            BpfInstruction instruction = program[at];
            ref uint to = ref registers[instruction.Registers & 0xf];
            uint from = registers[instruction.Registers >> 4];
            uint immediate = (uint)instruction.Immediate;
            switch (instruction.Code)
            {
                case 0x61: to = context[instruction.Offset / 4]; break;
                case 0xbc: to = from; break;
                case 0xb4: to = immediate; break;
                case 0x54: to &= immediate; break;
                case 0x74: to >>= (int)immediate; break;
                case 0x16: at += to == immediate ? instruction.Offset : 0; break;
                case 0x56: at += to != immediate ? instruction.Offset : 0; break;
                case 0x95: return registers[0];
                default: throw new InvalidOperationException($"instruction {at} has code {instruction.Code:x}");
            }
        }
    }
}
