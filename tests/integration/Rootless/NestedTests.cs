using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Rootless;

/// <summary>Root of a user namespace that is nobody's on the host runs containers in it.</summary>
[TestFixture]
internal sealed class NestedTests
{
    [Test, CancelAfter(60_000)]
    public void A_container_without_a_user_namespace_runs()
    {
        using TestContainer container = Nested(bundle => bundle.Process.Shell("id -u; echo x >/dev/null && stat -c '%F %t:%T' /dev/null; tr -s ' ' </proc/self/uid_map"));

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo((string[])["0", "character special file 1:3", $" 0 0 1"]).Or.EqualTo((string[])["0", "character special file 1:3", $" 0 {User.Id} 1"]), result.ToString());
    }

    [Test, CancelAfter(60_000)]
    public void A_container_with_a_user_namespace_runs()
    {
        using TestContainer container = Nested(bundle => bundle.UserNamespace(0, 1).Process.Args("id", "-u"));

        Assert.That(container.Run().MustSucceed().Output, Is.EqualTo("0"));
    }

    [Test, CancelAfter(60_000)]
    public void Groups_that_the_namespace_denies_are_left_out_with_a_warning()
    {
        using TestContainer container = Nested(bundle => bundle.Process.User(0, 0, 5).Args("id", "-G"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("0"), result.ToString());
        Assert.That(result.Error, Does.Contain("process.user.additionalGids is left out"));
    }

    [Test, CancelAfter(60_000)]
    public void The_hosts_sysfs_is_shown_where_none_can_be_mounted_and_what_is_below_is_read_only_too()
    {
        using TestContainer container = Nested(bundle =>
        {
            JsonNode mount = bundle.Array("mounts").First(mount => (string?)mount!["destination"] == "/sys")!;
            (mount["type"], mount["source"], mount["options"]) = ("sysfs", "sysfs", new JsonArray("nosuid", "noexec", "nodev", "ro"));
            bundle.Remove("linux.maskedPaths").Remove("linux.readonlyPaths").Process.Shell("test -d /sys/class && cut -d' ' -f5,6 /proc/self/mountinfo | grep -e '^/sys'");
        });

        Result result = container.Run();

        Assert.That(result.Lines, Is.Not.Empty, result.ToString());
        Assert.That(result.Lines, Has.All.Match("^/sys(/[^ ]*)? ro,nosuid,nodev,noexec"));
    }

    /// <summary>As rootless podman does: its PID namespace is the machine's, to which it could not come back.</summary>
    [Test, CancelAfter(60_000)]
    public void Further_processes_and_containers_are_born_in_a_PID_namespace_though_the_callers_own_is_the_hosts()
    {
        using TestContainer first = Nested(bundle => bundle.Process.Args("sleep", "60"));
        string keeper = "unshare --user --map-root-user --mount sh -c 'echo $$; exec sleep 60'";
        using RunningCommand keeping = Keep(first, keeper);
        Wait.Until(() => keeping.Output.Length > 0, "the user namespace");
        Enter(first, keeping.Output);
        first.Create().MustSucceed();
        first.Start().MustSucceed();
        HostProcess init = first.Init;

        Result exec = first.Exec("sh", "-c", "readlink /proc/self/ns/pid; ps -o comm | grep sleep");

        Assert.That(exec.Lines, Is.EqualTo((string[])[init.Namespace("pid"), "sleep"]), exec.ToString());
        using TestContainer second = Nested(bundle => bundle.Namespace("pid", $"/proc/{init.Pid}/ns/pid").Process.Shell("readlink /proc/self/ns/pid; ps -o comm | grep sleep"));
        Enter(second, keeping.Output);
        Result run = second.Run();
        Assert.That(run.Lines, Is.EqualTo((string[])[init.Namespace("pid"), "sleep"]), run.ToString());
    }

    [Test, CancelAfter(60_000)]
    public void A_device_that_the_host_has_not_under_that_name_is_refused()
    {
        using TestContainer container = Nested(bundle =>
            bundle.Array("linux.devices").Add(new JsonObject { ["path"] = "/dev/other", ["type"] = "c", ["major"] = 1, ["minor"] = 5 }));

        Assert.That(container.Run().Error, Does.Contain("make the device").And.Contain("/dev/other: No such file"));
    }

    private static RunningCommand Keep(TestContainer container, string script)
    {
        RuntimeCommand shell = container.Runtime;
        string[] launcher = [.. shell.Launcher];
        shell.Launcher.Clear();
        shell.Launcher.AddRange([.. User.Launcher, "sh", "-c", $"exec {script}", "sh"]);
        RunningCommand running = shell.Start();
        shell.Launcher.Clear();
        shell.Launcher.AddRange(launcher);
        return running;
    }

    private static void Enter(TestContainer container, string pid)
    {
        container.Runtime.Launcher.Clear();
        container.Runtime.Launcher.AddRange([.. User.Launcher, "nsenter", "--target", pid, "--user", "--mount", "--preserve-credentials"]);
    }

    /// <summary>The caller's user, PID and mount namespaces end with each command.</summary>
    private static TestContainer Nested(Action<TestBundle> change)
    {
        TestContainer container = User.Container(bundle =>
        {
            bundle.WithoutNamespace("user").Remove("linux.uidMappings").Remove("linux.gidMappings");
            change(bundle);
        });
        container.Runtime.Launcher.AddRange(["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc"]);
        return container;
    }
}
