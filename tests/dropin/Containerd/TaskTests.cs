using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Containerd;

/// <summary>Containers of containerd's, by <c>ctr</c>.</summary>
[TestFixture(ShimKind.Runc, ContainerdRelease.Here)]
[TestFixture(ShimKind.Named, ContainerdRelease.Here)]
[TestFixture(ShimKind.InPlace, ContainerdRelease.Here)]
[TestFixture(ShimKind.Named, ContainerdRelease.Trixie)]
[TestFixture(ShimKind.Runc, ContainerdRelease.Sid)]
[TestFixture(ShimKind.Named, ContainerdRelease.Sid)]
[TestFixture(ShimKind.Version3, ContainerdRelease.Sid)]
internal sealed class TaskTests(ShimKind shim, string release)
{
    private ContainerdHost _host = null!;

    [OneTimeSetUp]
    public void Start() => _host = new ContainerdHost(shim, release: release);

    [OneTimeTearDown]
    public void Stop() => _host?.Dispose();

    [TearDown]
    public void Clear() => _host.MustBeEmpty();

    [Test, CancelAfter(30_000)]
    public void Run_passes_on_both_streams_and_the_exit_code()
    {
        Result result = _host.RunBox([], "sh", "-c", "echo out; echo err >&2; exit 7");

        Assert.That(result.ExitCode, Is.EqualTo(7), result.ToString());
        Assert.That(result.Output, Is.EqualTo("out"));
        Assert.That(result.Error, Does.StartWith("err"));
    }

    [Test, CancelAfter(30_000)]
    public void Run_passes_on_stdin_and_its_end()
    {
        using RunningCommand run = _host.Ctr.StartInteractive(_host.BoxArguments(["--rm"], _host.NewId(), "sh", "-c", "cat; echo end"));

        // ctr forgets an end that comes before its task does.
        run.Input.Write("one\n");
        run.Input.Flush();
        Wait.Until(() => run.Output == "one", "the container's answer");
        run.Input.Close();

        Assert.That(run.Wait().MustSucceed().Lines, Is.EqualTo((string[])["one", "end"]));
    }

    [TestCase("nosuch", "executable file not found in $PATH", TestName = "Run says that a program is nowhere in PATH")]
    [TestCase("/bin/nosuch", "no such file or directory", TestName = "Run says that a path leads nowhere")]
    [TestCase("/etc/passwd", "permission denied", TestName = "Run says that a file is no program")]
    [CancelAfter(30_000)]
    public void Run_of_what_cannot_be_executed(string program, string reason)
    {
        Result result = _host.RunBox([], program);

        Assert.That(result.ExitCode, Is.EqualTo(1), result.ToString());
        Assert.That(result.Error, Does.Contain("OCI runtime create failed").And.Contain(program).And.Contain(reason).IgnoreCase);
        Assert.That(_host.Run("containers", "list", "--quiet").Output, Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void The_process_is_given_what_was_asked_for()
    {
        Result result = _host.RunBox(
            ["--env", "COLOUR=blue", "--cwd", "/tmp", "--read-only", "--cap-drop", "CAP_CHOWN", "--seccomp"],
            "sh", "-c", "echo $COLOUR; pwd; touch /tmp/x 2>/dev/null || echo ro; grep Seccomp: /proc/self/status | tr '\\t' ' '");

        Assert.That(result.MustSucceed().Lines, Is.EqualTo((string[])["blue", "/tmp", "ro", "Seccomp: 2"]));
    }

    [Test, CancelAfter(30_000)]
    public void Mounts_devices_and_privileges_are_as_asked_for()
    {
        string given = _host.Folder.Folder("given");
        File.WriteAllText(Path.Combine(given, "file"), "from outside\n");

        Result mounted = _host.RunBox(["--mount", $"type=bind,src={given},dst=/given,options=rbind:ro", "--device", "/dev/full"], "sh", "-c", "cat /given/file; touch /given/x 2>/dev/null || echo ro; echo x >/dev/full || echo full");
        Result privileged = _host.RunBox(["--privileged"], "sh", "-c", "mount -t tmpfs none /mnt && echo mounted");

        Assert.That(mounted.MustSucceed().Lines, Is.EqualTo((string[])["from outside", "ro", "full"]));
        Assert.That(privileged.MustSucceed().Output, Is.EqualTo("mounted"));
    }

    [Test, CancelAfter(30_000)]
    public void Limits_are_in_the_containers_cgroups()
    {
        string id = _host.StartBox(["--memory-limit", "67108864", "--cpus", "0.5"], "sleep", "60");

        ContainerCgroups cgroups = CgroupLayout.Here.Of(_host.Init(id).Pid);

        Assert.That(cgroups.Read("memory", "memory.limit_in_bytes", "memory.max"), Is.EqualTo("67108864"));
        Assert.That(cgroups.Read("cpu", "cpu.cfs_quota_us", "cpu.max"), Is.EqualTo("50000").Or.EqualTo("50000 100000"));
    }

    [Test, CancelAfter(30_000)]
    public void Exec_passes_on_the_streams_and_the_exit_code()
    {
        string id = _host.StartBox([], "sleep", "60");

        Result result = _host.Exec(id, ["--cwd", "/tmp", "--user", "1000"], "sh", "-c", "pwd; id -u; echo err >&2; exit 9");

        Assert.That(result.ExitCode, Is.EqualTo(9), result.ToString());
        Assert.That(result.Lines, Is.EqualTo((string[])["/tmp", "1000"]));
        Assert.That(result.Error, Is.EqualTo("err"));
    }

    [TestCase("nosuch", "executable file not found in $PATH", TestName = "Exec says that a program is nowhere in PATH")]
    [TestCase("/bin/nosuch", "no such file or directory", TestName = "Exec says that a path leads nowhere")]
    [TestCase("/etc/passwd", "permission denied", TestName = "Exec says that a file is no program")]
    [CancelAfter(30_000)]
    public void Exec_of_what_cannot_be_executed(string program, string reason)
    {
        string id = _host.StartBox([], "sleep", "60");

        Result result = _host.Exec(id, [], program);

        Assert.That(result.ExitCode, Is.EqualTo(1), result.ToString());
        Assert.That(result.Error, Does.Contain("OCI runtime exec failed").And.Contain(program).And.Contain(reason).IgnoreCase);
        Assert.That(_host.Status(id), Is.EqualTo("RUNNING"));
    }

    [Test, CancelAfter(30_000)]
    public void A_detached_exec_goes_on_by_itself()
    {
        string id = _host.StartBox([], "sleep", "60");

        _host.Exec(id, ["--detach"], "sleep", "61").MustSucceed();

        Assert.That(_host.Exec(id, [], "ps").Output, Does.Contain("sleep 61"));
    }

    [Test, CancelAfter(30_000)]
    public void A_task_is_paused_and_resumed()
    {
        string id = _host.StartBox([], "sleep", "60");

        _host.Run("tasks", "pause", id).MustSucceed();
        string? paused = _host.Status(id);
        Result exec = _host.Exec(id, [], "true");
        _host.Run("tasks", "resume", id).MustSucceed();

        Assert.That(paused, Is.EqualTo("PAUSED"));
        Assert.That(exec.ExitCode, Is.EqualTo(1), exec.ToString());
        Assert.That(exec.Error, Does.Contain("paused"));
        Assert.That(_host.Status(id), Is.EqualTo("RUNNING"));
    }

    [Test, CancelAfter(30_000)]
    public void Metrics_and_processes_are_those_of_the_cgroup()
    {
        string id = _host.StartBox(["--memory-limit", "67108864"], "sh", "-c", "sleep 60 & wait");
        Wait.Until(() => _host.Run("tasks", "ps", id).MustSucceed().Lines.Length == 3, "two processes and the line above them");

        Result metrics = _host.Run("tasks", "metrics", id).MustSucceed();

        Assert.That(metrics.Output, Does.Match("memory.limit_in_bytes +67108864").And.Match("pids.current +2"));
    }

    [Test, CancelAfter(30_000)]
    public void Kill_sends_any_signal()
    {
        string id = _host.NewId();
        using RunningCommand run = _host.Ctr.Start(_host.BoxArguments([], id, "sh", "-c", "trap 'exit 5' USR1; echo up; while :; do usleep 10000; done"));
        Wait.Until(() => run.Output == "up", "the container");

        _host.Run("tasks", "kill", "--signal", "USR1", id).MustSucceed();

        Assert.That(run.Wait().ExitCode, Is.EqualTo(5));
    }

    [Test, CancelAfter(30_000)]
    public void A_stopped_task_cannot_be_killed_but_all_of_it_can()
    {
        string id = _host.StartBox([], "true");
        Wait.Until(() => _host.Status(id) == "STOPPED", "the end");

        Result kill = _host.Run("tasks", "kill", id);
        Result all = _host.Run("tasks", "kill", "--all", "--signal", "KILL", id);

        Assert.That(kill.ExitCode, Is.EqualTo(1), kill.ToString());
        Assert.That(kill.Error, Does.Contain("process already finished"));
        Assert.That(all.ExitCode, Is.Zero.Or.EqualTo(1), all.ToString());
        Assert.That(all.Error, Is.Empty.Or.Contain("process already finished"));
    }

    [Test, CancelAfter(30_000)]
    public void Kill_all_without_a_pid_namespace_leaves_no_process()
    {
        string id = _host.StartBox(["--with-ns", "pid:/proc/1/ns/pid"], "sh", "-c", "sleep 1000 & sleep 1000 & wait");
        string processes = Path.Combine(_host.CgroupParent, id, "cgroup.procs");
        Wait.Until(() => File.ReadAllLines(processes).Length == 3, "three processes");

        _host.Run("tasks", "kill", "--all", "--signal", "KILL", id).MustSucceed();

        Wait.Until(() => File.ReadAllText(processes).Length == 0, "no process");
    }

    [Test, CancelAfter(30_000)]
    public void Attach_gets_the_output()
    {
        string id = _host.StartBox([], "sh", "-c", "until [ -e /tmp/attached ]; do usleep 10000; done; echo told; exit 6");
        using RunningCommand attach = _host.Ctr.Start("tasks", "attach", id);

        File.WriteAllText(Path.Combine(_host.Rootfs, "tmp/attached"), "");

        Assert.That(attach.Wait().ExitCode, Is.EqualTo(6));
    }

    [Test, CancelAfter(30_000)]
    public void Events_tell_the_life_in_order()
    {
        using RunningCommand events = _host.Ctr.Start("events");
        string[] all = ["/tasks/create", "/tasks/start", "/tasks/exit", "/tasks/delete"];

        // ctr does not say when it listens.
        Wait.Until(
            () =>
            {
                _host.RunBox([], "true").MustSucceed();
                return Wait.Try(() => events.Output.Contains(all[^1], StringComparison.Ordinal), TimeSpan.FromSeconds(1));
            },
            "the events");

        string[] life = [.. events.Output.Split('\n').Select(line => line.Split(' ')).Where(fields => fields.Length > 4).Select(fields => all.FirstOrDefault(topic => fields.Contains(topic))).OfType<string>()];
        Assert.That(life[^4..], Is.EqualTo(all));
    }

    [Test, CancelAfter(30_000)]
    public void A_log_file_gets_the_output()
    {
        string log = _host.Folder.File("log");
        string id = _host.StartBox(["--log-uri", "file://" + log], "sh", "-c", "echo out; echo err >&2");
        Wait.Until(() => _host.Status(id) == "STOPPED", "the end");

        // What it has written last may be on its way.
        string text = "";
        Wait.Try(
            () =>
            {
                text = File.ReadAllText(log);
                return text.Contains("out\n", StringComparison.Ordinal) && text.Contains("err\n", StringComparison.Ordinal);
            },
            TimeSpan.FromSeconds(shim == ShimKind.Runc ? 1 : 10));

        // containerd's own shim loses one stream's now and then.
        Assert.That(text, shim == ShimKind.Runc ? Does.Contain("out\n").Or.Contain("err\n") : Does.Contain("out\n").And.Contain("err\n"));
    }

    [Test, CancelAfter(30_000)]
    public void An_image_is_imported_and_run()
    {
        _host.ImportImage();

        Result result = _host.Run(["run", "--rm", "--snapshotter", "native", .. _host.RuntimeOptions(), ContainerdHost.Image, _host.NewId(), "sh", "-c", "echo $FROM; exit 3"]);

        Assert.That(result.ExitCode, Is.EqualTo(3), result.ToString());
        Assert.That(result.Output, Is.EqualTo("the image"));
    }

    [Test, CancelAfter(30_000)]
    public void When_the_shim_is_killed_the_container_goes_with_it()
    {
        string id = _host.StartBox([], "sleep", "60");
        HostProcess init = _host.Init(id);
        int shim = int.Parse(init.Status("PPid"), System.Globalization.CultureInfo.InvariantCulture);

        HostProcess.Signal(shim, "KILL");

        Wait.Until(() => !init.IsAlive, "the container to end");
        Wait.Until(() => _host.Status(id) is null, "containerd to see it");
        Assert.That(_host.Run("containers", "delete", id).ExitCode, Is.Zero);
    }

    [Test, CancelAfter(30_000)]
    public void A_container_and_an_exec_have_terminals()
    {
        string id = _host.NewId();
        string run = _host.Ctr.Line(_host.BoxArguments(["--rm", "--tty"], id, "sh"));
        string exec = _host.Ctr.Line("tasks", "exec", "--tty", "--exec-id", _host.NewId(), id, "sh");

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

    [Test, CancelAfter(30_000)]
    public void Containerd_is_told_where_the_runtime_keeps_its_state()
    {
        string id = _host.StartBox(_host.RuntimeOptions(root: _host.Folder.File("roots")), "sleep", "60");

        Assert.That(Directory.Exists(Path.Combine(_host.Folder.File("roots"), _host.Folder.Name, id)), Is.True);
    }
}
