using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>Capabilities as the kernel shows them of the container's processes.</summary>
/// <remarks>capabilities(7): root's execve fills the permitted and effective sets from the bounding set.</remarks>
[TestFixture]
internal sealed class CapabilityTests
{
    // CAP_CHOWN 0, CAP_KILL 5, CAP_SETGID 6, CAP_SETUID 7, CAP_NET_BIND_SERVICE 10.
    private const string Chown = "CAP_CHOWN";
    private const string Kill = "CAP_KILL";
    private const string SetGid = "CAP_SETGID";
    private const string SetUid = "CAP_SETUID";
    private const string BindService = "CAP_NET_BIND_SERVICE";

    [Test, CancelAfter(30_000)]
    public void All_five_sets_are_the_documents()
    {
        using var container = TestContainer.Created(bundle =>
        {
            Sets(bundle, bounding: [Chown, Kill, SetGid, SetUid, BindService], permitted: [Chown, Kill, SetGid, SetUid], effective: [Chown, Kill], inheritable: [Chown, Kill, SetGid], ambient: [Chown]);
            bundle.Process.User(1000, 1000).Args("sleep", "60");
        });

        // Before the program has begun, for its execve changes them.
        HostProcess init = container.Init;

        Assert.That(Value(init, "CapBnd"), Is.EqualTo(0x4e1));
        Assert.That(Value(init, "CapPrm"), Is.EqualTo(0xe1));
        Assert.That(Value(init, "CapEff"), Is.EqualTo(0x21));
        Assert.That(Value(init, "CapInh"), Is.EqualTo(0x61));
        Assert.That(Value(init, "CapAmb"), Is.EqualTo(0x1));
    }

    [TestCase(0, true), TestCase(0, false), TestCase(1000, true), TestCase(1000, false)]
    [CancelAfter(30_000)]
    public void The_program_has_what_it_would_have_with_runc(int user, bool noNewPrivileges)
    {
        using var container = TestContainer.From(bundle =>
        {
            Sets(bundle, bounding: [Chown, Kill, SetGid, SetUid, BindService], permitted: [Chown, Kill, SetGid, SetUid], effective: [Chown, Kill], inheritable: [Chown, Kill, SetGid], ambient: [Chown]);
            bundle.Process.User(user, user).NoNewPrivileges(noNewPrivileges).Args("grep", "-e", "^Cap", "-e", "^NoNewPrivs", "/proc/self/status");
        });

        Result expected = Host.RunWithRunc(container).MustSucceed();
        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo(expected.Output));
    }

    [Test, CancelAfter(30_000)]
    public void Ambient_capabilities_are_what_a_user_without_root_keeps()
    {
        using var container = TestContainer.From(bundle => bundle.Process.User(1000, 1000).Capabilities(BindService).Shell("grep CapEff /proc/self/status; nc -l -p 80 & sleep 0.2; kill %1 && echo bound"));

        Result result = container.Run();

        Assert.That(result.Output, Does.Contain("0000000000000400").And.Contain("bound"));
    }

    [TestCase(true), TestCase(false)]
    [CancelAfter(30_000)]
    public void No_capability_is_had_without_one_in_the_document(bool empty)
    {
        using var container = TestContainer.From(bundle =>
        {
            if (empty)
            {
                bundle.Process.Capabilities();
            }
            else
            {
                bundle.Remove("process.capabilities");
            }

            bundle.Process.Shell("grep ^Cap /proc/self/status | cut -f2; chown 1 /tmp");
        });

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(Enumerable.Repeat("0000000000000000", 5)), result.ToString());
        Assert.That(result.ExitCode, Is.Not.Zero);
    }

    [Test, CancelAfter(30_000)]
    public void A_user_without_root_has_none_when_there_are_no_ambient_ones()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.Set("process.capabilities.ambient", Names()).Set("process.capabilities.inheritable", Names());
            bundle.Process.User(1000, 1000).Args("grep", "-e", "CapEff", "-e", "CapPrm", "/proc/self/status");
        });

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("CapPrm:\t0000000000000000\nCapEff:\t0000000000000000"));
    }

    [Test, CancelAfter(30_000)]
    public void A_capability_that_does_not_exist_is_refused_by_name()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Capabilities("CAP_NONSENSE"));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("CAP_NONSENSE"));
    }

    [TestCase(true, "1"), TestCase(false, "0")]
    [CancelAfter(30_000)]
    public void No_new_privileges_is_the_documents(bool value, string shown)
    {
        using var container = TestContainer.Started(bundle => bundle.Process.NoNewPrivileges(value).Args("sleep", "60"));

        HostProcess init = container.Init;

        Assert.That(init.Status("NoNewPrivs"), Is.EqualTo(shown));
        Assert.That(container.Exec("grep", "NoNewPrivs", "/proc/self/status").Output, Does.EndWith(shown));
    }

    [TestCase(true, "1000"), TestCase(false, "0")]
    [CancelAfter(30_000)]
    public void A_set_user_id_program_gains_nothing_with_no_new_privileges(bool value, string user)
    {
        using var container = TestContainer.From(bundle => bundle.Process.User(1000, 1000).NoNewPrivileges(value).Args("/probe"));
        CProgram.Compile(Path.Combine(container.Bundle.Rootfs, "probe"), "#include <stdio.h>\n#include <unistd.h>\nint main(void) { printf(\"%d\\n\", geteuid()); }");
        Host.Run("chmod", "4755", Path.Combine(container.Bundle.Rootfs, "probe")).MustSucceed();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo(user), result.ToString());
    }

    private static long Value(HostProcess process, string set) => Convert.ToInt64(process.Status(set), 16);

    private static System.Text.Json.Nodes.JsonArray Names(params string[] names) =>
        new(names.Select(name => (System.Text.Json.Nodes.JsonNode)name).ToArray());

    private static void Sets(TestBundle bundle, string[] bounding, string[] permitted, string[] effective, string[] inheritable, string[] ambient)
    {
        foreach ((string set, string[] names) in ((string, string[])[])[("bounding", bounding), ("permitted", permitted), ("effective", effective), ("inheritable", inheritable), ("ambient", ambient)])
        {
            bundle.Set($"process.capabilities.{set}", Names(names));
        }
    }
}
