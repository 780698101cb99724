using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Rootless;

/// <summary>Containers of a user who may make no cgroup.</summary>
[TestFixture]
internal sealed class WithoutCgroupTests
{
    [Test, CancelAfter(60_000)]
    public void The_container_stays_in_its_callers_cgroups()
    {
        using TestContainer container = User.Started(bundle => bundle.Process.Args("sleep", "60"));

        Assert.That(container.Init.Read("cgroup"), Is.EqualTo(HostProcess.Self.Read("cgroup")));
    }

    [TestCase("pids.limit", 10L), TestCase("memory.limit", 64L << 20), TestCase("cpu.shares", 512L)]
    [CancelAfter(60_000)]
    public void A_limit_is_refused_by_name(string limit, long value)
    {
        using TestContainer container = User.Container(bundle => bundle.Set($"linux.resources.{limit}", value));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain($"linux.resources.{limit.Split('.')[0]}").And.Contain("no cgroup"));
    }

    [Test, CancelAfter(60_000)]
    public void Rules_for_devices_are_no_matter()
    {
        using TestContainer container = User.Container(bundle =>
        {
            bundle.Set("linux.resources.devices", new JsonArray(new JsonObject { ["allow"] = false, ["access"] = "rwm" }));
            bundle.Process.Shell("echo x >/dev/null && echo written");
        });

        Assert.That(container.Run().Output, Is.EqualTo("written"));
    }

    [Test, CancelAfter(60_000)]
    public void A_path_that_was_asked_for_is_not_left_out()
    {
        using TestContainer container = User.Container();
        container.Bundle.Set("linux.cgroupsPath", $"/{container.Id}").Save();

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("create the cgroup"));
    }

    [TestCase("true", true), TestCase("auto", true), TestCase("false", false)]
    [CancelAfter(60_000)]
    public void Only_a_caller_who_wants_cgroups_needs_them(string rootless, bool works)
    {
        using TestContainer container = User.Container(bundle => bundle.Process.Args("true"));
        container.Runtime.GlobalOptions.AddRange(["--rootless", rootless]);

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(works ? 0 : 1), result.ToString());
    }

    [Test, CancelAfter(60_000)]
    public void Commands_that_need_a_cgroup_say_so_and_the_others_work()
    {
        using TestContainer container = User.Started(bundle => bundle.Process.Args("sleep", "60"));

        Assert.That(container.Runtime.Run("pause", container.Id).Error, Does.Contain("has no cgroup"));
        Assert.That(container.Runtime.Run("ps", container.Id).Error, Does.Contain("has no cgroup"));
        Assert.That(container.Runtime.Run("update", "--pids-limit", "10", container.Id).Error, Does.Contain("has no cgroup"));
        Assert.That(container.ExecWith(["--cgroup", "below"], "true").Error, Does.Contain("has no cgroup"));
        container.Runtime.Run("events", "--stats", container.Id).MustSucceed();
        container.Kill("KILL", "--all").MustSucceed();
        container.WaitUntilStopped();
    }

    [Test, CancelAfter(60_000)]
    public void A_container_whose_processes_can_not_be_ended_together_is_warned_of()
    {
        using TestContainer container = User.Container(bundle =>
        {
            bundle.WithoutNamespace("pid").Remove("linux.maskedPaths").Remove("linux.readonlyPaths").Process.Args("true");
            bundle.Array("mounts").RemoveAll(mount => (string?)mount!["type"] == "proc");
        });

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Error, Does.Contain("neither a cgroup nor a new PID namespace"));
    }

    [Test, CancelAfter(60_000)]
    public void Its_cgroup_mounts_show_the_callers()
    {
        using TestContainer container = User.Container(bundle =>
            bundle.Namespace("cgroup").Mount("/mnt", "cgroup", "cgroup", "ro").Process.Shell("cut -d' ' -f5,6 /proc/self/mountinfo | grep '^/mnt'; touch /mnt/x 2>&1"));

        Result result = container.Run();

        Assert.That(result.Lines, Has.Some.StartsWith("/mnt ro"), result.ToString());
        Assert.That(result.Output, Does.Contain("Read-only file system"));
    }
}
