using System.Globalization;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Podman;

/// <summary>What podman does with a container that is there: start, stop, signals, pause, update, and what it tells of it.</summary>
internal sealed class LifecycleTests
{
    private const string EndsOnTerm = "trap 'echo asked; exit 3' TERM; echo up; while :; do usleep 10000; done";

    [Test, CancelAfter(30_000)]
    public void A_container_is_created_initialised_started_and_waited_for()
    {
        using var podman = new PodmanHost();
        string id = podman.Run(podman.BoxArguments("create", [], "sh", "-c", "echo ran; exit 4")).MustSucceed().Output;

        podman.Run("init", id).MustSucceed();
        string afterInit = podman.Inspect(id, ".State.Status");
        podman.Run("start", id).MustSucceed();
        Result waited = podman.Run("wait", id);

        Assert.That(afterInit, Is.EqualTo("initialized"));
        Assert.That(waited.MustSucceed().Output, Is.EqualTo("4"));
        Assert.That(podman.Run("logs", id).MustSucceed().Output, Is.EqualTo("ran"));
    }

    [Test, CancelAfter(30_000)]
    public void Stop_asks_first()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox([], "sh", "-c", EndsOnTerm);
        podman.WaitForLog(id, "up");

        podman.Run("stop", id).MustSucceed();

        Assert.That(podman.Inspect(id, "json .State.ExitCode"), Is.EqualTo("3"));
        Assert.That(podman.Run("logs", id).MustSucceed().Output, Does.EndWith("asked"));
    }

    [Test, CancelAfter(30_000)]
    public void Stop_kills_what_does_not_listen()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox([], "sleep", "60"); // a first process without a handler does not get TERM

        podman.Run("stop", "--time", "1", id).MustSucceed();

        Assert.That(podman.Inspect(id, "json .State.ExitCode"), Is.EqualTo("137"));
    }

    [Test, CancelAfter(30_000)]
    public void Stop_without_a_pid_namespace_leaves_no_process()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox(["--pid", "host"], "sh", "-c", "trap '' TERM; sleep 1000 & sleep 1000 & wait");
        ContainerCgroups cgroups = CgroupLayout.Here.Of(podman.Init(id).Pid);
        string processes = Path.Combine(cgroups.Directories.TryGetValue("pids", out string? directory) ? directory : cgroups.Directories[""], "cgroup.procs");
        Wait.Until(() => File.ReadAllLines(processes).Length == 3, "three processes");

        podman.Run("stop", "--time", "0", id).MustSucceed();

        Wait.Until(() => !File.Exists(processes), "the cgroup to go");
    }

    [Test, CancelAfter(30_000)]
    public void Kill_sends_any_signal_and_a_stopped_container_none()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox([], "sh", "-c", "trap 'exit 5' USR1; echo up; while :; do usleep 10000; done");
        podman.WaitForLog(id, "up");

        podman.Run("kill", "--signal", "USR1", id).MustSucceed();
        Result waited = podman.Run("wait", id);
        Result again = podman.Run("kill", id);

        Assert.That(waited.Output, Is.EqualTo("5"));
        Assert.That(again.ExitCode, Is.EqualTo(125), again.ToString());
        Assert.That(again.Error, Does.Contain("can only kill running containers"));
    }

    [Test, CancelAfter(30_000)]
    public void A_paused_container_stands_still()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox([], "sh", "-c", "i=0; while :; do i=$((i + 1)); echo $i >/tmp/count; usleep 1000; done");
        string counter = Path.Combine(podman.Rootfs, "tmp/count");
        Wait.Until(() => Count(counter) > 3, "the container to count");

        podman.Run("pause", id).MustSucceed();
        string paused = podman.Inspect(id, ".State.Status");
        int first = Count(counter);
        podman.Run("ps").MustSucceed(); // takes longer than a count
        int second = Count(counter);
        podman.Run("unpause", id).MustSucceed();

        Assert.That(paused, Is.EqualTo("paused"));
        Assert.That(second, Is.EqualTo(first));
        Wait.Until(() => Count(counter) > second, "the container to go on");
        Assert.That(podman.Inspect(id, ".State.Status"), Is.EqualTo("running"));
    }

    [Test, CancelAfter(30_000)]
    public void A_paused_container_can_be_removed_by_force()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox([], "sleep", "60");
        podman.Run("pause", id).MustSucceed();

        podman.Run("rm", "--force", "--time", "0", id).MustSucceed();

        Assert.That(podman.Run("ps", "--all", "--quiet").Output, Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Restart_gives_a_new_process_and_keeps_the_container()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox([], "sh", "-c", EndsOnTerm);
        podman.WaitForLog(id, "up");
        int before = podman.Init(id).Pid;

        podman.Run("restart", id).MustSucceed();

        Assert.That(podman.Inspect(id, ".State.Status"), Is.EqualTo("running"));
        Assert.That(podman.Init(id).Pid, Is.Not.EqualTo(before));
        Assert.That(new HostProcess(before).IsAlive, Is.False);
    }

    [Test, CancelAfter(30_000)]
    public void A_stopped_container_starts_again()
    {
        using var podman = new PodmanHost();
        podman.RunBox(["--name", "again"], "sh", "-c", "echo run; exit 2");

        Result result = podman.Run("start", "--attach", "again");

        Assert.That(result.ExitCode, Is.EqualTo(2), result.ToString());
        Assert.That(result.Output, Is.EqualTo("run"));
    }

    [Test, CancelAfter(30_000)]
    public void Update_changes_the_limits_of_a_running_container()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox(["--memory", "64m"], "sleep", "60");

        podman.Run("update", "--memory", "128m", "--cpu-shares", "300", id).MustSucceed();

        ContainerCgroups cgroups = CgroupLayout.Here.Of(podman.Init(id).Pid);
        Assert.That(cgroups.Read("memory", "memory.limit_in_bytes", "memory.max"), Is.EqualTo("134217728"));
        Assert.That(cgroups.Read("cpu", "cpu.shares", "cpu.weight"), Is.EqualTo("300").Or.EqualTo("12"));
    }

    [Test, CancelAfter(30_000)]
    public void Stats_counts_processes_and_memory()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox(["--memory", "64m"], "sh", "-c", "sleep 60 & echo up; wait");
        podman.WaitForLog(id, "up");

        Result result = podman.Run("stats", "--no-stream", "--format", "{{.PIDs}} {{.MemUsage}}", id);

        Assert.That(result.MustSucceed().Output, Does.Match("^2 [0-9.]+[kM]B / 67.11MB$"));
    }

    [Test, CancelAfter(30_000)]
    public void Top_lists_the_processes()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox([], "sh", "-c", "sleep 60 & echo up; wait");
        podman.WaitForLog(id, "up");

        Result result = podman.Run("top", id, "pid", "comm");

        Assert.That(result.MustSucceed().Lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]), Is.EqualTo((string[])["COMMAND", "sh", "sleep"]));
    }

    [Test, CancelAfter(30_000)]
    public void Logs_are_followed_to_the_end()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox([], "sh", "-c", "echo first; while [ ! -e /tmp/go ]; do usleep 10000; done; echo last >&2");
        using RunningCommand logs = podman.Command.Start("logs", "--follow", id);
        Wait.Until(() => logs.Output == "first", "the first line");

        File.WriteAllText(Path.Combine(podman.Rootfs, "tmp/go"), "");

        Result result = logs.Wait().MustSucceed();
        Assert.That(result.Output, Is.EqualTo("first"));
        Assert.That(result.Error, Is.EqualTo("last"));
    }

    [Test, CancelAfter(30_000)]
    public void Events_tell_the_life_in_order()
    {
        using var podman = new PodmanHost();
        podman.RunBox(["--name", "life"], "true").MustSucceed();
        podman.Run("rm", "life").MustSucceed();

        Result result = podman.Run("events", "--stream=false", "--filter", "container=life", "--format", "{{.Status}}");

        string[] life = [.. result.MustSucceed().Lines.Where(status => status is "create" or "init" or "start" or "died" or "remove")];
        Assert.That(life, Is.EqualTo((string[])["create", "init", "start", "died", "remove"]));
    }

    [Test, CancelAfter(30_000)]
    public void Attach_gets_the_streams()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox(["--interactive"], "sh", "-c", "read line; echo got $line; exit 6");
        using RunningCommand attached = podman.Command.StartInteractive("attach", "--sig-proxy=false", id);

        attached.Input.Write("words\n");
        attached.Input.Flush();

        Assert.That(attached.Wait().Output, Is.EqualTo("got words"));
        Assert.That(podman.Run("wait", id).Output, Is.EqualTo("6"));
    }

    [Test, CancelAfter(30_000)]
    public void A_signal_to_podman_in_the_foreground_reaches_the_container()
    {
        using var podman = new PodmanHost();
        using RunningCommand run = podman.Command.Start(podman.BoxArguments("run", [], "sh", "-c", EndsOnTerm));
        Wait.Until(() => run.Output == "up", "the container");

        run.Signal("TERM");

        Assert.That(run.Wait().ExitCode, Is.EqualTo(3));
    }

    private static int Count(string file) =>
        File.Exists(file) && int.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out int count) ? count : 0;
}
