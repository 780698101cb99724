using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Security;

/// <summary>Users, groups and capabilities that somebody gets without having been given them.</summary>
[TestFixture]
internal sealed class IdentityTests
{
    [TestCase("uid", 4_294_967_295), TestCase("uid", 2_147_483_648), TestCase("uid", 4_294_967_296), TestCase("uid", 4_294_968_296), TestCase("uid", -1)]
    [TestCase("gid", 4_294_967_295), TestCase("gid", 2_147_483_648), TestCase("gid", 4_294_967_296), TestCase("gid", -1)]
    [CancelAfter(30_000)]
    public void A_number_that_is_no_id_does_not_become_root_CVE_2024_40635(string property, long value)
    {
        using var container = TestContainer.From(bundle => bundle.Process.User(1000, 1000).Args("id"));
        container.Bundle.Object("process.user")[property] = value;
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Output, Is.Empty);
        Assert.That(result.Error, Does.Contain($"process.user.{property}"));
    }

    [Test, CancelAfter(30_000)]
    public void An_additional_group_that_is_no_id_is_refused()
    {
        using var container = TestContainer.From(bundle => bundle.Process.User(1000, 1000).Args("id"));
        container.Bundle.Set("process.user.additionalGids", new JsonArray(4_294_967_295));
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("process.user.additionalGids"));
    }

    [TestCase("4294967295"), TestCase("4294967296"), TestCase("2147483648"), TestCase("-1"), TestCase("0x0"), TestCase("1000:4294967295"), TestCase("1000:-1")]
    [CancelAfter(30_000)]
    public void An_exec_of_a_number_that_is_no_id_does_not_become_root_CVE_2026_46680(string user)
    {
        using var container = TestContainer.Started(bundle => bundle.Process.User(1000, 1000).Args("sleep", "20"));

        Result result = container.ExecWith(["--user", user], "id");

        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Output, Does.Not.Contain("uid=0"));
    }

    [TestCase(0), TestCase(1000)]
    [CancelAfter(30_000)]
    public void Nothing_is_inheritable_that_the_document_does_not_name_CVE_2022_24769_CVE_2022_27650_CVE_2022_29162(int user)
    {
        using var container = TestContainer.Started(bundle => bundle.Process.User(user, user).Args("sleep", "20"));

        string[] sets =
        [
            container.Init.Status("CapInh"),
            container.Exec("sed", "-n", "s/CapInh:\t//p", "/proc/self/status").Output,
            container.ExecWith(["--cap", "CAP_NET_RAW"], "sed", "-n", "s/CapInh:\t//p", "/proc/self/status").Output,
        ];

        Assert.That(sets, Is.All.EqualTo("0000000000000000"));
    }

    [TestCase(0), TestCase(1000)]
    [CancelAfter(30_000)]
    public void The_callers_groups_stay_outside_CVE_2022_2990_CVE_2022_36109(int user)
    {
        using var container = TestContainer.From(bundle => bundle.Process.User(user, user).Args("sed", "-n", "s/Groups:\t//p", "/proc/self/status"));

        Result result = Attack.Shell($"setpriv --groups 4,27,1000 {Attack.RunLine(container)}").MustSucceed();

        Assert.That(result.Output.Trim(), Is.Empty);
    }

    [TestCase("1", "uid=1 gid=0"), TestCase("1000", "uid=1000 gid=0"), TestCase("0000001000", "uid=1000 gid=0"), TestCase("2000:1", "uid=2000 gid=1")]
    [CancelAfter(30_000)]
    public void A_number_is_that_user_whatever_names_the_image_has_CVE_2016_3697_CVE_2026_30892(string user, string expected)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "20"));
        container.Bundle.Write("etc/passwd", "1000:x:0:0::/root:/bin/sh\n1:x:0:0::/root:/bin/sh\n2000:1:x:0:0::/root:/bin/sh\n0000001000:x:0:0::/:/bin/sh\n");
        container.Bundle.Write("etc/group", "1:x:0:\n0:x:0:1000,1,2000\n");
        container.Create().MustSucceed();
        container.Start().MustSucceed();

        Result result = container.ExecWith(["--user", user], "sh", "-c", "echo uid=$(id -u) gid=$(id -g); sed -n 's/Groups:\t//p' /proc/self/status");

        Assert.That(result.ExitCode == 0 ? result.Output.Trim() : expected, Is.EqualTo(expected), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_user_other_than_root_keeps_no_capability_that_is_not_ambient_CVE_2016_8867()
    {
        using var container = TestContainer.Started(bundle =>
        {
            bundle.Process.User(1000, 1000).Capabilities("CAP_DAC_OVERRIDE", "CAP_CHOWN").Args("sleep", "20");
            bundle.Object("process.capabilities").Remove("ambient");
            bundle.Object("process.capabilities").Remove("inheritable");
        });
        Wait.Until(() => container.Init.Name == "sleep", "the program");

        string[] sets =
        [
            container.Init.Status("CapEff"),
            container.Init.Status("CapPrm"),
            container.Exec("sed", "-n", "s/CapEff:\t//p", "/proc/self/status").Output,
            container.ExecWith(["--cap", "CAP_DAC_OVERRIDE"], "sed", "-n", "s/CapInh:\t//p", "/proc/self/status").Output,
        ];

        Assert.That(sets, Is.All.EqualTo("0000000000000000"));
    }

    [Test, CancelAfter(60_000)]
    public void Maps_too_long_to_be_written_make_no_container_without_them_CVE_2021_43784()
    {
        // A length that does not fit into 16 bits was cut off, and the rest of the map read as further settings.
        using var container = TestContainer.From(bundle => bundle.UserNamespace().Process.Args("cat", "/proc/self/uid_map"));
        JsonArray map = new(Enumerable.Range(0, 5000).Select(id => (JsonNode)new JsonObject { ["containerID"] = id, ["hostID"] = 100_000 + (2 * id), ["size"] = 1 }).ToArray());
        container.Bundle.Set("linux.uidMappings", map).Save();

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Output, Is.Empty);
        Assert.That(result.Error, Does.Contain("uid_map").Or.Contain("uidMappings"));
    }

    [Test, CancelAfter(30_000)]
    public void A_user_without_capabilities_can_not_use_roots()
    {
        using var container = TestContainer.From(bundle => bundle.Process.User(1000, 1000).Capabilities().Shell(
            "kill -0 1 2>/dev/null; chown 0 /tmp; mount -t tmpfs none /mnt; mknod /dev/shm/x c 1 3; hostname x; chroot / true; cat /proc/1/mem; ip link set lo down; date -s 0"));

        Result result = container.Run();

        Assert.That(result.Output, Does.Not.Contain("1970"));
        Assert.That(result.Error.Split('\n'), Has.Length.GreaterThanOrEqualTo(7), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void Another_containers_cgroups_and_processes_are_out_of_sight()
    {
        using var victim = TestContainer.Started(bundle => bundle.Process.Args("sleep", "20"));
        using var container = TestContainer.From(bundle => bundle.Process.Shell("ls /sys/fs/cgroup/*/ /proc; ps; cat /proc/self/mountinfo"));

        Result result = container.Run();

        Assert.That(result.Output, Does.Not.Contain(victim.Id));
        Assert.That(result.Output, Does.Not.Contain("sleep 20"));
    }
}
