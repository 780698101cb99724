using Bulkhead.Linux.Seccomp;
using Bulkhead.Runtime.Security;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Seccomp;

[TestFixture]
internal sealed class SeccompProfileTests
{
    private static readonly SeccompHost NewKernel = new(
        LinuxSeccompArchitecture.X86X64, HasKillProcess: true, HasLog: true, HasNotify: true,
        SeccompLoadFlags.AllThreads | SeccompLoadFlags.Log | SeccompLoadFlags.SpeculationAllowed | SeccompLoadFlags.NewListener | SeccompLoadFlags.WaitKillable);

    private static readonly SeccompHost OldKernel = new(LinuxSeccompArchitecture.X86X64, false, false, false, SeccompLoadFlags.None);

    private static readonly LinuxSeccomp Plain = new() { DefaultAction = LinuxSeccompAction.Allow };

    private static IEnumerable<TestCaseData> Refused()
    {
        yield return Case(Plain with { DefaultAction = LinuxSeccompAction.Notify, ListenerPath = "/a" }, "defaultAction: SCMP_ACT_NOTIFY cannot be the default action");
        yield return Case(Plain with { DefaultErrnoRet = 1 }, "defaultErrnoRet: the action returns no errno");
        yield return Case(Plain with { DefaultAction = LinuxSeccompAction.Errno, DefaultErrnoRet = 65536 }, "defaultErrnoRet: 65536 is above 65535");
        yield return Case(With(Rule() with { Names = [] }), "syscalls[0].names: at least one name is needed");
        yield return Case(With(Rule() with { Names = ["read", ""] }), "syscalls[0].names[1]: an empty string is no system call");
        yield return Case(With(Rule() with { Action = LinuxSeccompAction.Kill, ErrnoRet = 1 }), "syscalls[0].errnoRet: the action returns no errno");
        yield return Case(
            With(Rule() with { Args = [new LinuxSeccompArg { Index = 6, Value = 0, Op = LinuxSeccompOperator.EqualTo }] }),
            "syscalls[0].args[0].index: 6 is above 5, the last argument");
        yield return Case(With(Rule(), Rule() with { Action = LinuxSeccompAction.Notify }), "listenerPath: not set, and a rule uses SCMP_ACT_NOTIFY");
        yield return Case(
            With(Rule() with { Names = ["read", "write"], Action = LinuxSeccompAction.Notify }) with { ListenerPath = "/a" },
            "syscalls[0].names[1]: SCMP_ACT_NOTIFY cannot be used for write");
        yield return Case(Plain with { ListenerMetadata = "x" }, "listenerMetadata: set without a listenerPath");
        yield return Case(
            Plain with { Flags = [LinuxSeccompFlag.Log, LinuxSeccompFlag.WaitKillableRecv] },
            "flags[1]: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs a rule with SCMP_ACT_NOTIFY");
    }

    [TestCaseSource(nameof(Refused))]
    public void From_refuses(LinuxSeccomp document, string message) =>
        Assert.That(() => SeccompProfile.From(document, NewKernel), Throws.TypeOf<SpecException>().With.Message.EqualTo("linux.seccomp." + message));

    [Test]
    public void What_the_kernel_does_not_know_is_refused()
    {
        Assert.Multiple(() =>
        {
            Refuses(Plain with { DefaultAction = LinuxSeccompAction.Log }, "defaultAction: the kernel does not support SCMP_ACT_LOG");
            Refuses(With(Rule() with { Action = LinuxSeccompAction.KillProcess }), "syscalls[0].action: the kernel does not support SCMP_ACT_KILL_PROCESS");
            Refuses(With(Rule() with { Action = LinuxSeccompAction.Notify }), "syscalls[0].action: the kernel does not support SCMP_ACT_NOTIFY");
            Refuses(Plain with { Flags = [LinuxSeccompFlag.SpecAllow] }, "flags[0]: the kernel does not support SECCOMP_FILTER_FLAG_SPEC_ALLOW");
        });

        static void Refuses(LinuxSeccomp document, string message) => Assert.That(
            () => SeccompProfile.From(document, OldKernel), Throws.TypeOf<SpecException>().With.Message.EqualTo("linux.seccomp." + message));
    }

    [Test]
    public void Absent_flags_are_not_the_same_as_no_flags()
    {
        Assert.Multiple(() =>
        {
            Assert.That(SeccompProfile.From(Plain, NewKernel).Flags, Is.EqualTo(SeccompLoadFlags.SpeculationAllowed));
            Assert.That(SeccompProfile.From(Plain, OldKernel).Flags, Is.EqualTo(SeccompLoadFlags.None));
            Assert.That(SeccompProfile.From(Plain with { Flags = [] }, NewKernel).Flags, Is.EqualTo(SeccompLoadFlags.None));
            Assert.That(SeccompProfile.From(Plain with { Flags = [LinuxSeccompFlag.Tsync] }, NewKernel).Flags, Is.EqualTo(SeccompLoadFlags.None));
            Assert.That(SeccompProfile.From(Plain with { Flags = [LinuxSeccompFlag.Log] }, NewKernel).Flags, Is.EqualTo(SeccompLoadFlags.Log));
        });
    }

    [Test]
    public void A_listener_is_there_only_for_rules_that_ask_it()
    {
        LinuxSeccomp asking = With(Rule() with { Action = LinuxSeccompAction.Notify }) with { ListenerPath = "/a", ListenerMetadata = "m" };
        LinuxSeccomp other = With(Rule()) with { ListenerPath = "/a" };

        SeccompProfile profile = SeccompProfile.From(asking with { Flags = [LinuxSeccompFlag.WaitKillableRecv] }, NewKernel);

        Assert.That((profile.HasListener, profile.ListenerPath, profile.ListenerMetadata), Is.EqualTo((true, "/a", "m")));
        Assert.That(profile.Flags, Is.EqualTo(SeccompLoadFlags.NewListener | SeccompLoadFlags.WaitKillable));
        Assert.That(SeccompProfile.From(other, NewKernel).ListenerPath, Is.Null);
    }

    [Test]
    public void This_kernel_is_read_as_it_describes_itself()
    {
        string[] actions = File.ReadAllText("/proc/sys/kernel/seccomp/actions_avail").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

        SeccompHost host = SeccompHost.Read();

        Assert.That(
            (host.HasKillProcess, host.HasLog, host.HasNotify),
            Is.EqualTo((actions.Contains("kill_process"), actions.Contains("log"), actions.Contains("user_notif"))));
        Assert.That(SeccompKernel.HasAction(0x12340000), Is.False);
        Assert.That(SeccompKernel.HasFlags((SeccompLoadFlags)(1 << 30)), Is.False);
    }

    private static TestCaseData Case(LinuxSeccomp document, string message) => new TestCaseData(document, message).SetName(message);

    private static LinuxSeccomp With(params LinuxSyscall[] rules) => Plain with { Syscalls = rules };

    private static LinuxSyscall Rule() => new() { Names = ["mount"], Action = LinuxSeccompAction.Errno };
}
