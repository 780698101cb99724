using System.Globalization;
using Bulkhead.Tests.Integration.Inside;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Rootless;

/// <summary>A user whose containers' cgroups the user's own systemd makes. The tests call from outside of what it manages.</summary>
[TestFixture]
internal sealed class UserUnitTests
{
    private static readonly string s_folder = string.Create(CultureInfo.InvariantCulture, $"/run/user/{User.Id}");

    [SetUp]
    public void NeedSystemd()
    {
        if (!File.Exists($"{s_folder}/systemd/private"))
        {
            Assert.Ignore("needs a systemd of the user's own");
        }
    }

    [Test, CancelAfter(60_000)]
    public void The_scope_is_in_the_users_slice_and_has_the_limits()
    {
        using TestContainer container = Sleeping(bundle => bundle
            .Set("linux.resources.memory.limit", 64L << 20)
            .Set("linux.resources.pids.limit", 33)
            .Set("linux.resources.cpu.shares", 512));

        string cgroup = container.Init.Read("cgroup").TrimEnd('\n');

        Assert.That(cgroup, Is.EqualTo($"0::/user.slice/user-{User.Id}.slice/user@{User.Id}.service/user.slice/bulkhead-{container.Id}.scope"));
        Assert.That(Show(container, "Slice", "Delegate", "MemoryMax", "TasksMax", "CPUWeight"), Is.EquivalentTo((string[])
            ["Slice=user.slice", "Delegate=yes", $"MemoryMax={64L << 20}", "TasksMax=33", "CPUWeight=59"]));
        Assert.That(container.Cgroups.Read("", "", "memory.max"), Is.EqualTo($"{64L << 20}"));
        Assert.That(container.Cgroups.Read("", "", "pids.max"), Is.EqualTo("33"));
        Assert.That(container.Cgroups.Read("", "", "cpu.weight"), Is.EqualTo("59"));
    }

    [Test, CancelAfter(60_000)]
    public void Later_commands_work_and_need_no_option()
    {
        using TestContainer container = Sleeping();
        container.Runtime.GlobalOptions.Clear();

        container.Runtime.Run("pause", container.Id).MustSucceed();
        string paused = container.Status;
        container.Runtime.Run("resume", container.Id).MustSucceed();
        container.Runtime.Run("update", "--pids-limit", "44", "--memory", "50M", container.Id).MustSucceed();
        string[] updated = Show(container, "MemoryMax", "TasksMax");
        string limit = container.Cgroups.Read("", "", "pids.max");
        int processes = container.Processes().Length;
        container.Kill("KILL", "--all").MustSucceed();
        container.WaitUntilStopped();
        container.Delete().MustSucceed();

        Assert.That(paused, Is.EqualTo("paused"));
        Assert.That(updated, Is.EquivalentTo((string[])[$"MemoryMax={50L << 20}", "TasksMax=44"]));
        Assert.That(limit, Is.EqualTo("44"));
        Assert.That(processes, Is.EqualTo(1));
        Assert.That(Show(container, "LoadState"), Is.EqualTo((string[])["LoadState=not-found"]));
    }

    /// <summary>The user may not move it there: the kernel wants a right over the cgroup above both.</summary>
    [Test, CancelAfter(60_000)]
    public void A_further_process_is_moved_into_the_scope_by_systemd()
    {
        using TestContainer container = Sleeping();

        Result exec = container.ExecWith(["--detach", "--pid-file", container.Folder.File("state/pid")], "sleep", "60").MustSucceed();

        HostProcess process = new(int.Parse(File.ReadAllText(container.Folder.File("state/pid")), CultureInfo.InvariantCulture));
        Assert.That(exec.Error, Is.Empty);
        Assert.That(process.Read("cgroup"), Is.EqualTo(container.Init.Read("cgroup")).And.Contain(container.Id));
        Assert.That(container.Processes(), Has.Length.EqualTo(2));
    }

    [Test, CancelAfter(60_000)]
    public void A_further_process_that_can_not_be_moved_runs_with_a_warning()
    {
        using TestContainer container = Sleeping();
        container.Runtime.Launcher.InsertRange(0, ["env", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere/bus"]);

        Result exec = container.Exec("echo", "ran");
        container.Runtime.Launcher.RemoveRange(0, 2);

        Assert.That(exec.Output, Is.EqualTo("ran"));
        Assert.That(exec.Error, Does.Contain("the process stays in the caller's cgroup").And.Contain("connect /nowhere/bus"));
    }

    [Test, CancelAfter(60_000)]
    public void Without_the_users_systemd_there_is_one_line_and_nothing_is_left()
    {
        using TestContainer container = User.Container(bundle => bundle.Process.Args("true"));
        container.Runtime.Launcher.InsertRange(0, ["env", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere/bus"]);

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("the user's own systemd can't be reached: connect /nowhere/bus").And.Not.Contain("\n"));
        Assert.That(container.Left(), Is.Empty);
    }

    private static TestContainer Sleeping(Action<TestBundle>? change = null) => User.Started(bundle =>
    {
        bundle.Process.Args("sleep", "60");
        change?.Invoke(bundle);
    });

    private static string[] Show(TestContainer container, params string[] properties) => Host.Run("env",
    [
        $"XDG_RUNTIME_DIR={s_folder}", .. User.Launcher, "systemctl", "--user", "show", "--property", string.Join(',', properties), $"bulkhead-{container.Id}.scope",
    ]).Lines;
}
