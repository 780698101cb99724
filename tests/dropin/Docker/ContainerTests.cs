using System.Globalization;
using Bulkhead.Tests.DropIn.Containerd;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Docker;

/// <summary>Containers of Docker's.</summary>
/// <remarks>Docker 20.10 takes no shim by its name: the one under test is in the place of runc's.</remarks>
[TestFixture(ShimKind.Runc)]
[TestFixture(ShimKind.InPlace)]
internal sealed class ContainerTests(ShimKind shim)
{
    private const string EndsOnTerm = "trap 'echo asked; exit 3' TERM; echo up; while :; do usleep 10000; done";

    private DockerHost _host = null!;

    [OneTimeSetUp]
    public void Start() => _host = new DockerHost(shim);

    [OneTimeTearDown]
    public void Stop() => _host?.Dispose();

    [TearDown]
    public void Clear() => _host.Clear();

    [Test, CancelAfter(30_000)]
    public void A_container_is_under_the_shim_asked_for()
    {
        string id = _host.StartBox([], "sleep", "60");

        HostProcess parent = new(int.Parse(_host.Init(id).Status("PPid"), CultureInfo.InvariantCulture));

        Assert.That(parent.Name, Is.EqualTo(shim == ShimKind.Runc ? "containerd-shim" : "shim"));
    }

    [Test, CancelAfter(30_000)]
    public void Run_passes_on_all_streams_and_the_exit_code()
    {
        _host.Command.Input = "typed\n";

        Result result = _host.RunBox(["--interactive"], "sh", "-c", "cat; echo err >&2; exit 7");

        _host.Command.Input = null;
        Assert.That(result.ExitCode, Is.EqualTo(7), result.ToString());
        Assert.That(result.Output, Is.EqualTo("typed"));
        Assert.That(result.Error, Is.EqualTo("err"));
    }

    [TestCase("nosuch", 127, TestName = "Run of a program that is nowhere in PATH ends with 127")]
    [TestCase("/bin/nosuch", 127, TestName = "Run of a path that leads nowhere ends with 127")]
    [TestCase("/etc/passwd", 126, TestName = "Run of a file that is no program ends with 126")]
    [TestCase("/etc", 126, TestName = "Run of a folder ends with 126")]
    [CancelAfter(30_000)]
    public void Run_of_what_cannot_be_executed(string program, int exitCode)
    {
        Result result = _host.RunBox([], program);

        Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.ToString());
        Assert.That(result.Error, Does.Contain("OCI runtime create failed").And.Contain(program));
    }

    [TestCase("nosuch", TestName = "Exec says that a program is nowhere in PATH")]
    [TestCase("/bin/nosuch", TestName = "Exec says that a path leads nowhere")]
    [TestCase("/etc/passwd", TestName = "Exec says that a file is no program")]
    [CancelAfter(30_000)]
    public void Exec_of_what_cannot_be_executed(string program)
    {
        string id = _host.StartBox([], "sleep", "60");

        Result result = _host.Run("exec", id, program);

        Assert.That(result.ExitCode, Is.EqualTo(126).Or.EqualTo(127), result.ToString()); // Docker 20.10 knows only the first here
        Assert.That(result.Output + result.Error, Does.Contain("OCI runtime exec failed").And.Contain(program));
    }

    [Test, CancelAfter(30_000)]
    public void The_process_is_given_what_was_asked_for()
    {
        string given = _host.Folder.Folder("given");

        Result result = _host.RunBox(
            [
                "--user", "1000:1000", "--group-add", "2000", "--env", "COLOUR=blue", "--workdir", "/tmp", "--hostname", "box", "--read-only", "--tmpfs", "/scratch:size=1m",
                "--volume", given + ":/given:ro", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--ulimit", "nofile=64:128", "--sysctl", "net.ipv4.ip_forward=1",
            ],
            "sh",
            "-c",
            "id -u; id -G; echo $COLOUR; pwd; hostname; touch /given/x 2>/dev/null || echo ro; touch /x 2>/dev/null || echo ro; grep -E '^(CapBnd|NoNewPrivs|Seccomp):' /proc/self/status | tr '\\t' ' '; ulimit -n; cat /proc/sys/net/ipv4/ip_forward");

        Assert.That(result.MustSucceed().Lines, Is.EqualTo((string[])[
            "1000", "1000 2000", "blue", "/tmp", "box", "ro", "ro", "CapBnd: 0000000000000000", "NoNewPrivs: 1", "Seccomp: 2", "64", "1",
        ]));
    }

    [Test, CancelAfter(30_000)]
    public void A_privileged_container_may_mount_and_one_with_an_init_has_it()
    {
        Result privileged = _host.RunBox(["--privileged"], "sh", "-c", "mount -t tmpfs none /mnt && echo mounted");
        Result init = _host.RunBox(["--init"], "cat", "/proc/1/comm");

        Assert.That(privileged.MustSucceed().Output, Is.EqualTo("mounted"));
        Assert.That(init.MustSucceed().Output, Is.EqualTo("docker-init"));
    }

    [TestCase("pid")]
    [TestCase("ipc")]
    [TestCase("network", "net")]
    [CancelAfter(30_000)]
    public void A_namespace_can_be_another_containers(string option, string? kind = null)
    {
        kind ??= option;
        string first = _host.StartBox(["--ipc", "shareable"], "sleep", "60");
        string second = _host.Run("run", "--detach", "--runtime", "bulkhead", $"--{option}", $"container:{first}", "box", "sleep", "60").MustSucceed().Output;

        Assert.That(_host.Init(second).Namespace(kind), Is.EqualTo(_host.Init(first).Namespace(kind)).And.Not.EqualTo(HostProcess.Self.Namespace(kind)));
    }

    [Test, CancelAfter(30_000)]
    public void Exec_passes_on_all_streams_and_the_exit_code()
    {
        string id = _host.StartBox([], "sleep", "60");
        _host.Command.Input = "typed\n";

        Result result = _host.Run("exec", "--interactive", "--user", "1000", "--workdir", "/tmp", "--env", "A=b", id, "sh", "-c", "cat; id -u; pwd; echo $A; echo err >&2; exit 9");

        _host.Command.Input = null;
        Assert.That(result.ExitCode, Is.EqualTo(9), result.ToString());
        Assert.That(result.Lines, Is.EqualTo((string[])["typed", "1000", "/tmp", "b"]));
        Assert.That(result.Error, Is.EqualTo("err"));
    }

    [Test, CancelAfter(30_000)]
    public void Stop_asks_first_and_kills_what_deaf_listen()
    {
        string listens = _host.StartBox([], "sh", "-c", EndsOnTerm);
        string deaf = _host.StartBox([], "sleep", "60");
        _host.WaitForLog(listens, "up");

        _host.Run("stop", "--time", "1", listens, deaf).MustSucceed();

        Assert.That(_host.Inspect(listens, ".State.ExitCode"), Is.EqualTo("3"));
        Assert.That(_host.Inspect(deaf, ".State.ExitCode"), Is.EqualTo("137"));
    }

    [Test, CancelAfter(30_000)]
    public void Kill_of_a_stopped_container_says_that_it_deaf_run()
    {
        string id = _host.StartBox([], "sleep", "60");
        _host.Run("kill", id).MustSucceed();
        _host.Run("wait", id).MustSucceed();

        Result again = _host.Run("kill", id);

        Assert.That(again.ExitCode, Is.EqualTo(1), again.ToString());
        Assert.That(again.Error, Does.Contain("is not running"));
    }

    [Test, CancelAfter(30_000)]
    public void A_container_is_paused_and_unpaused()
    {
        string id = _host.StartBox([], "sleep", "60");

        _host.Run("pause", id).MustSucceed();
        string paused = _host.Inspect(id, ".State.Status");
        Result exec = _host.Run("exec", id, "true");
        _host.Run("unpause", id).MustSucceed();

        Assert.That(paused, Is.EqualTo("paused"));
        Assert.That(exec.Error, Does.Contain("is paused"));
        Assert.That(_host.Run("exec", id, "echo", "again").MustSucceed().Output, Is.EqualTo("again"));
    }

    [Test, CancelAfter(30_000)]
    public void Update_changes_the_limits_of_a_running_container()
    {
        string id = _host.StartBox(["--memory", "64m", "--memory-swap", "64m"], "sleep", "60");

        _host.Run("update", "--memory", "128m", "--memory-swap", "128m", "--cpu-shares", "300", "--pids-limit", "40", id).MustSucceed();

        ContainerCgroups cgroups = CgroupLayout.Here.Of(_host.Init(id).Pid);
        Assert.That(cgroups.Read("memory", "memory.limit_in_bytes", "memory.max"), Is.EqualTo("134217728"));
        Assert.That(cgroups.Read("cpu", "cpu.shares", "cpu.weight"), Is.EqualTo("300").Or.EqualTo("12"));
        Assert.That(cgroups.Read("pids", "pids.max", "pids.max"), Is.EqualTo("40"));
    }

    [Test, CancelAfter(30_000)]
    public void Stats_and_top_show_the_processes()
    {
        string id = _host.StartBox(["--memory", "64m"], "sh", "-c", "sleep 60 & echo up; wait");
        _host.WaitForLog(id, "up");

        Result stats = _host.Run("stats", "--no-stream", "--format", "{{.PIDs}} {{.MemUsage}}", id);
        Result top = _host.Run("top", id, "-o", "pid,comm");

        Assert.That(stats.MustSucceed().Output, Does.Match("^2 [0-9.]+[kKMi]+B / 64MiB$"));
        Assert.That(top.MustSucceed().Lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]), Is.EquivalentTo((string[])["COMMAND", "sh", "sleep"]));
    }

    [Test, CancelAfter(30_000)]
    public void A_container_that_needs_too_much_memory_is_known_to_have_been_killed_for_it()
    {
        string id = _host.StartBox(["--memory", "16m", "--memory-swap", "16m"], "awk", "BEGIN { for (;;) a[i++] = \"bulkhead bulkhead bulkhead\" }");

        Result waited = _host.Run("wait", id);

        Assert.That(waited.MustSucceed().Output, Is.EqualTo("137"));
        Wait.Until(() => _host.Inspect(id, ".State.OOMKilled") == "true", "docker to know");
    }

    [TestCase("exit 0", "healthy")]
    [TestCase("exit 1", "unhealthy")]
    [CancelAfter(30_000)]
    public void Health_is_what_the_check_says(string check, string health)
    {
        string id = _host.StartBox(["--health-cmd", check, "--health-interval", "100ms", "--health-retries", "1"], "sleep", "60");

        Wait.Until(() => _host.Inspect(id, ".State.Health.Status") == health, health);
    }

    [Test, CancelAfter(30_000)]
    public void Restart_gives_a_new_process_and_keeps_the_container()
    {
        string id = _host.StartBox([], "sh", "-c", EndsOnTerm);
        _host.WaitForLog(id, "up");
        int before = _host.Init(id).Pid;

        _host.Run("restart", id).MustSucceed();

        Assert.That(_host.Init(id).Pid, Is.Not.EqualTo(before));
        Assert.That(new HostProcess(before).IsAlive, Is.False);
    }

    [Test, CancelAfter(30_000)]
    public void A_container_that_fails_is_restarted_as_often_as_asked()
    {
        string id = _host.StartBox(["--restart", "on-failure:2"], "sh", "-c", "echo run; exit 1");

        Wait.Until(() => _host.Inspect(id, ".RestartCount") == "2" && _host.Inspect(id, ".State.Status") == "exited", "two restarts");
        Assert.That(_host.Run("logs", id).MustSucceed().Lines, Is.EqualTo((string[])["run", "run", "run"]));
    }

    [Test, CancelAfter(30_000)]
    public void Attach_gets_the_streams_and_the_exit_code()
    {
        string id = _host.StartBox(["--interactive"], "sh", "-c", "read line; echo got $line; exit 6");
        using RunningCommand attached = _host.Command.StartInteractive("attach", id);

        attached.Input.Write("words\n");
        attached.Input.Flush();

        Result result = attached.Wait();
        Assert.That(result.ExitCode, Is.EqualTo(6), result.ToString());
        Assert.That(result.Output, Is.EqualTo("got words"));
    }

    [Test, CancelAfter(30_000)]
    public void Events_tell_the_life_in_order()
    {
        _host.Run(DockerHost.BoxArguments("run", ["--rm", "--name", "life"], "true")).MustSucceed();

        Wait.Until(() => Actions().LastOrDefault() == "destroy", "the last event");

        Assert.That(Actions().Where(action => action != "attach"), Is.EqualTo((string[])["create", "start", "die", "destroy"]));

        string[] Actions() => _host.Run("events", "--since", "10m", "--until", "0s", "--filter", "container=life", "--format", "{{.Action}}").MustSucceed().Lines;
    }

    [Test, CancelAfter(30_000)]
    public void A_container_and_an_exec_have_terminals()
    {
        string run = _host.Command.Line(DockerHost.BoxArguments("run", ["--rm", "--interactive", "--tty", "--name", "person"], "sh"));
        string exec = _host.Command.Line("exec", "--interactive", "--tty", "person", "sh");

        using CallersTerminal terminal = CallersTerminal.Start(_host.Folder, $"stty rows 33 cols 99\n{run}\necho ended $?");
        terminal.WaitFor("#");
        using CallersTerminal second = CallersTerminal.Start(_host.Folder, $"stty rows 44 cols 88\n{exec}\necho ended $?");
        second.WaitFor("#");
        second.Type("tty; stty size; exit 6\n");
        second.WaitFor("ended 6");
        terminal.Type("tty; stty size; exit 5\n");
        terminal.WaitFor("ended 5");

        Assert.That(terminal.Output, Does.Contain("/dev/pts/0").And.Contain("33 99"));
        Assert.That(second.Output, Does.Contain("/dev/pts/1").And.Contain("44 88"));
    }
}
