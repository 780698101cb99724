using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Terminals;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Create;
using Bulkhead.Runtime.Security;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Engine;

[TestFixture]
internal sealed class ProcessPlannerTests
{
    private static readonly CapabilityLimits All = new(CapabilitySet.Known, CapabilitySet.Known, CapabilitySet.Known);

    [TestCase("", "")]
    [TestCase("A=1", "A=1")]
    [TestCase("A=1 B=2 A=3", "A=3 B=2", TestName = "The last of a name counts, in the place of the first")]
    [TestCase("A=1 a=2", "A=1 a=2")]
    [TestCase("A A=1 A", "A", TestName = "A name alone is a name")]
    [TestCase("A= A=", "A=")]
    [TestCase("A=1=2 A=1=3", "A=1=3")]
    [TestCase("=1 =2", "=2")]
    [TestCase("AB=1 A=2", "AB=1 A=2")]
    public void A_variable_is_there_once(string variables, string expected)
    {
        ProcessPlan plan = Plan(Sample.Process with { Env = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries) });

        Assert.That(string.Join(' ', plan.Environment), Is.EqualTo(expected));
    }

    [TestCase(null, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")]
    [TestCase("PATH=", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")]
    [TestCase("PATHS=/x", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")]
    [TestCase("PATH=/a:/b", "/a:/b")]
    [TestCase("PATH=:", ":")]
    public void The_program_is_looked_for_where_the_document_says(string? variable, string expected) =>
        Assert.That(Plan(Sample.Process with { Env = variable is null ? null : [variable] }).SearchPath, Is.EqualTo(expected));

    [TestCase(null, true)]
    [TestCase("HOMES=/x", true)]
    [TestCase("HOME=/x", false)]
    public void A_home_is_looked_for_unless_the_document_has_one(string? variable, bool expected) =>
        Assert.That(Plan(Sample.Process with { Env = variable is null ? null : [variable] }).WantsHome, Is.EqualTo(expected));

    [TestCase(null, 0b000_010_010U)]
    [TestCase(0U, 0U)]
    [TestCase(0b111_111_111U, 0b111_111_111U)]
    [TestCase(0b1_000_000_000U, 0U, TestName = "umask(2) takes nine bits")]
    [TestCase(uint.MaxValue, 0b111_111_111U)]
    public void The_mask_has_nine_bits(uint? mask, uint expected) =>
        Assert.That(Plan(Sample.Process with { User = new User { Uid = 0, Gid = 0, Umask = mask } }).FileModeMask, Is.EqualTo(expected));

    [TestCase(0U, 0U, null, null)]
    [TestCase(24U, 0U, null, null)]
    [TestCase(0U, 80U, null, null)]
    [TestCase(24U, 80U, 24, 80)]
    [TestCase(uint.MaxValue, 65536U, 65535, 65535)]
    public void A_terminal_has_a_size_if_both_sides_have(uint height, uint width, int? rows, int? columns)
    {
        ProcessPlan plan = Plan(Sample.Process with { ConsoleSize = new Box { Height = height, Width = width } });

        Assert.That(plan.TerminalSize, Is.EqualTo(rows is null ? (WindowSize?)null : new WindowSize((ushort)rows, (ushort)columns!)));
    }

    [Test]
    public void What_the_document_leaves_out_is_nothing()
    {
        ProcessPlan plan = Plan(Sample.Process);

        Assert.That((plan.Program, plan.WorkingDirectory, plan.User, plan.Group), Is.EqualTo(("sh", "/", 0u, 0u)));
        Assert.That((plan.Terminal, plan.TerminalSize, plan.NoNewPrivileges, plan.OomScoreAdjustment), Is.EqualTo((false, (WindowSize?)null, false, (int?)null)));
        Assert.That((plan.Groups!.Length, plan.Limits.Length, plan.Environment.Length, plan.PreserveDescriptors), Is.EqualTo((0, 0, 0, 0)));
        Assert.That((plan.AppArmorProfile, plan.Seccomp, plan.KeyRing), Is.EqualTo(((string?)null, (object?)null, (string?)null)));
    }

    [Test]
    public void Limits_are_taken_by_name()
    {
        ProcessPlan plan = Plan(Sample.Process with { Rlimits = [Limit("RLIMIT_NOFILE", 0, 0), Limit("RLIMIT_CORE", ulong.MaxValue, ulong.MaxValue)] });

        Assert.That(plan.Limits, Is.EqualTo(new[] { new ResourceLimit(LimitedResource.OpenFiles, 0, 0), new ResourceLimit(LimitedResource.Core, ulong.MaxValue, ulong.MaxValue) }));
    }

    [Test]
    public void Limits_that_cannot_be_meant_are_refused_with_the_place()
    {
        Refuses([Limit("RLIMIT_CPU", 1, 1), Limit("NOFILE", 1, 1)], "process.rlimits[1].type: unknown limit \"NOFILE\"");
        Refuses([Limit("RLIMIT_CPU", 2, 1)], "process.rlimits[0].soft: 2 is above the hard limit, 1");
        Refuses([Limit("RLIMIT_CPU", ulong.MaxValue, 0)], "process.rlimits[0].soft: 18446744073709551615 is above the hard limit, 0");
        Refuses([Limit("RLIMIT_CPU", 1, 1), Limit("RLIMIT_CORE", 1, 1), Limit("RLIMIT_CPU", 1, 1)], "process.rlimits[2].type: \"RLIMIT_CPU\" appears twice");
    }

    [Test]
    public void A_descriptor_that_is_to_stay_must_be_open() =>
        Assert.That(
            () => ProcessPlanner.Plan(Sample.Process, null, null, All, null, 1_000_000, new EngineLog()),
            Throws.TypeOf<ContainerException>().With.Message.Match(@"^preserve-fds: descriptor \d+ is not open$"));

    [Test]
    public void Capabilities_that_are_left_out_are_told()
    {
        List<string> warnings = [];
        List<string> details = [];
        CapabilityLimits limits = new(CapabilitySet.Known, CapabilitySet.None, CapabilitySet.None);
        LinuxCapabilities wanted = new() { Bounding = ["CAP_KILL"], Permitted = ["CAP_KILL"], Ambient = ["CAP_KILL"] };

        ProcessPlanner.Plan(Sample.Process with { Capabilities = wanted }, null, null, limits, null, 0, new EngineLog { Warning = warnings.Add, Debug = details.Add });

        Assert.That(warnings, Is.EqualTo(new[] { "capabilities that this kernel or the runtime itself does not have are left out: CAP_KILL" }));
    }

    private static void Refuses(PosixRlimit[] limits, string message) =>
        Assert.That(() => Plan(Sample.Process with { Rlimits = limits }), Throws.TypeOf<ContainerException>().With.Message.EqualTo(message));

    private static PosixRlimit Limit(string type, ulong soft, ulong hard) => new() { Type = type, Soft = soft, Hard = hard };

    private static ProcessPlan Plan(Process process) => ProcessPlanner.Plan(process, null, null, All, null, 0, new EngineLog());
}
