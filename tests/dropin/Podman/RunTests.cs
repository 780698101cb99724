using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Podman;

/// <summary><c>podman run</c>: streams, exit codes, and what the process is given.</summary>
internal sealed class RunTests
{
    [Test, CancelAfter(30_000)]
    public void Run_passes_on_both_streams_and_the_exit_code_and_leaves_no_container()
    {
        using var podman = new PodmanHost();

        Result result = podman.RunBox(["--rm"], "sh", "-c", "echo out; echo err >&2; exit 7");

        Assert.That(result.ExitCode, Is.EqualTo(7), result.ToString());
        Assert.That(result.Output, Is.EqualTo("out"));
        Assert.That(result.Error, Is.EqualTo("err"));
        Assert.That(podman.Run("ps", "--all", "--quiet").MustSucceed().Output, Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Run_passes_on_stdin_and_its_end()
    {
        using var podman = new PodmanHost();
        podman.Command.Input = "one\ntwo\n";

        Result result = podman.RunBox(["--rm", "--interactive"], "sh", "-c", "cat; echo end");

        Assert.That(result.MustSucceed().Lines, Is.EqualTo((string[])["one", "two", "end"]));
    }

    [Test, CancelAfter(30_000)]
    public void Run_without_cgroups_leaves_the_process_in_the_callers()
    {
        using var podman = new PodmanHost(runtime: "bulkhead");

        Result result = podman.Run("run", "--rm", "--cgroups=disabled", "--cgroupns=host", "--rootfs", podman.Rootfs, "cat", "/proc/self/cgroup");

        Assert.That(result.MustSucceed().Lines, Is.EquivalentTo(File.ReadAllLines("/proc/self/cgroup")));
    }

    [TestCase("nosuch", 127, TestName = "Run of a program that is nowhere in PATH ends with 127")]
    [TestCase("/bin/nosuch", 127, TestName = "Run of a path that leads nowhere ends with 127")]
    [TestCase("/etc/passwd", 126, TestName = "Run of a file that is no program ends with 126")]
    [CancelAfter(30_000)]
    public void Run_of_what_cannot_be_executed(string program, int exitCode)
    {
        using var podman = new PodmanHost();

        Result result = podman.RunBox(["--rm"], program);

        Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.ToString());
        Assert.That(result.Error, Does.Contain(program));
        Assert.That(podman.Run("ps", "--all", "--quiet").MustSucceed().Output, Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void An_invalid_setting_is_podmans_failure_and_says_which()
    {
        using var podman = new PodmanHost();

        Result result = podman.RunBox(["--rm", "--sysctl", "net.bulkhead.nosuch=1"], "true");

        Assert.That(result.ExitCode, Is.EqualTo(127).Or.EqualTo(126), result.ToString());
        Assert.That(result.Error, Does.Contain("net").And.Contain("nosuch"));
    }

    [Test, CancelAfter(30_000)]
    public void The_process_has_the_user_environment_folder_and_host_name_asked_for()
    {
        using var podman = new PodmanHost();

        Result result = podman.RunBox(
            ["--rm", "--user", "1000:1000", "--group-add", "2000", "--env", "COLOUR=blue", "--workdir", "/tmp", "--hostname", "box"],
            "sh", "-c", "id -u; id -G; echo $COLOUR; pwd; hostname");

        Assert.That(result.MustSucceed().Lines, Is.EqualTo((string[])["1000", "1000 2000", "blue", "/tmp", "box"]));
    }

    [Test, CancelAfter(30_000)]
    public void Mounts_are_as_asked_for()
    {
        using var podman = new PodmanHost();
        string given = podman.Folder.Folder("given");
        File.WriteAllText(Path.Combine(given, "file"), "from outside");

        Result result = podman.RunBox(
            ["--rm", "--read-only", "--tmpfs", "/scratch:size=1m", "--volume", given + ":/given:ro", "--volume", given + ":/writable", "--shm-size", "2m"],
            "sh", "-c", "touch /x 2>/dev/null || echo ro; touch /given/x 2>/dev/null || echo ro; cat /given/file; echo; echo inside >/writable/new; df -k /scratch /dev/shm | awk 'NR>1{print $2}'");

        Assert.That(result.MustSucceed().Lines, Is.EqualTo((string[])["ro", "ro", "from outside", "1024", "2048"]));
        Assert.That(File.ReadAllText(Path.Combine(given, "new")), Is.EqualTo("inside\n"));
    }

    [Test, CancelAfter(30_000)]
    public void A_tmpfs_begins_with_what_the_image_has_there()
    {
        using var podman = new PodmanHost();
        string folder = Path.Combine(podman.Rootfs, "var/data");
        Directory.CreateDirectory(Path.Combine(folder, "below"));
        File.WriteAllText(Path.Combine(folder, "below/file"), "of the image\n");
        File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32("1750", 8));
        const string Look = "cat /var/data/below/file; stat -c %a /var/data; echo changed >/var/data/below/file; touch /var/data/new";

        Result copied = podman.RunBox(["--rm", "--tmpfs", "/var/data"], "sh", "-c", Look);
        Result empty = podman.RunBox(["--rm", "--tmpfs", "/var/data:notmpcopyup"], "ls", "-A", "/var/data");

        Assert.That(copied.MustSucceed().Lines, Is.EqualTo((string[])["of the image", "1750"]));
        Assert.That(empty.MustSucceed().Output, Is.Empty);
        Assert.That(File.ReadAllText(Path.Combine(folder, "below/file")), Is.EqualTo("of the image\n"));
        Assert.That(File.Exists(Path.Combine(folder, "new")), Is.False);
    }

    [TestCase("true", "x x x x", TestName = "A read-only container has a tmpfs where programs write by custom")]
    [TestCase("false", "ro ro ro x", TestName = "A read-only container goes without them if it is to")]
    [CancelAfter(30_000)]
    public void A_read_only_container_writes_to(string tmpfs, string expected)
    {
        using var podman = new PodmanHost();
        Directory.CreateDirectory(Path.Combine(podman.Rootfs, "var/tmp"));

        Result result = podman.RunBox(
            ["--rm", "--read-only", $"--read-only-tmpfs={tmpfs}"],
            "sh", "-c", "for d in /tmp /var/tmp /run /dev/shm /etc; do touch $d/x 2>/dev/null && echo x || echo ro; done");

        Assert.That(result.MustSucceed().Lines, Is.EqualTo((string[])[.. expected.Split(' '), "ro"]));
    }

    [Test, CancelAfter(30_000)]
    public void The_default_is_confined()
    {
        using var podman = new PodmanHost();

        Result result = podman.RunBox(["--rm"], "sh", "-c", "grep -E '^(CapEff|Seccomp):' /proc/self/status | tr '\\t' ' '");

        Assert.That(result.MustSucceed().Lines, Is.EqualTo((string[])["CapEff: 00000000a80425fb", "Seccomp: 2"]));
    }

    [Test, CancelAfter(30_000)]
    public void Capabilities_privileges_and_filters_are_as_asked_for()
    {
        using var podman = new PodmanHost();

        Result result = podman.RunBox(
            ["--rm", "--cap-drop", "all", "--cap-add", "NET_ADMIN", "--security-opt", "no-new-privileges", "--security-opt", "seccomp=unconfined"],
            "sh", "-c", "grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status | tr '\\t' ' '");

        Assert.That(result.MustSucceed().Lines, Is.EqualTo((string[])["CapEff: 0000000000001000", "NoNewPrivs: 1", "Seccomp: 0"]));
    }

    [Test, CancelAfter(30_000)]
    public void A_privileged_container_may_mount()
    {
        using var podman = new PodmanHost();

        Result result = podman.RunBox(["--rm", "--privileged"], "sh", "-c", "mount -t tmpfs none /mnt && grep -c ' /mnt ' /proc/mounts");

        Assert.That(result.MustSucceed().Output, Is.EqualTo("1"));
    }

    [Test, CancelAfter(30_000)]
    public void Limits_are_in_the_containers_cgroups()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox(["--memory", "64m", "--pids-limit", "50", "--cpus", "0.5", "--cpu-shares", "512", "--cpuset-cpus", "0"], "sleep", "60");

        ContainerCgroups cgroups = CgroupLayout.Here.Of(podman.Init(id).Pid);

        Assert.That(cgroups.Read("memory", "memory.limit_in_bytes", "memory.max"), Is.EqualTo("67108864"));
        Assert.That(cgroups.Read("pids", "pids.max", "pids.max"), Is.EqualTo("50"));
        Assert.That(cgroups.Read("cpu", "cpu.cfs_quota_us", "cpu.max"), Is.EqualTo("50000").Or.EqualTo("50000 100000"));
        Assert.That(cgroups.Read("cpuset", "cpuset.cpus", "cpuset.cpus"), Is.EqualTo("0"));
    }

    [Test, CancelAfter(30_000)]
    public void User_namespaces_are_mapped()
    {
        using var podman = new PodmanHost();
        podman.ImportImage();

        Result result = podman.RunImage(["--rm", "--uidmap", "0:100000:1000", "--gidmap", "0:200000:1000"], "sh", "-c", "id -u; awk '{print $1, $2, $3}' /proc/self/uid_map /proc/self/gid_map");

        Assert.That(result.MustSucceed().Lines, Is.EqualTo((string[])["0", "0 100000 1000", "0 200000 1000"]));
    }

    [TestCase("pid")]
    [TestCase("ipc")]
    [TestCase("uts")]
    [TestCase("network", "net")]
    [CancelAfter(30_000)]
    public void A_namespace_can_be_the_hosts_or_another_containers(string option, string? kind = null)
    {
        kind ??= option;
        using var podman = new PodmanHost();
        string first = podman.StartBox(["--ipc", "shareable"], "sleep", "60");

        Result hosts = podman.RunBox(["--rm", $"--{option}=host"], "readlink", $"/proc/self/ns/{kind}");
        Result joined = podman.RunBox(["--rm", $"--{option}=container:{first}"], "readlink", $"/proc/self/ns/{kind}");

        Assert.That(hosts.MustSucceed().Output, Is.EqualTo(HostProcess.Self.Namespace(kind)));
        Assert.That(joined.MustSucceed().Output, Is.EqualTo(podman.Init(first).Namespace(kind)).And.Not.EqualTo(hosts.Output));
    }

    [Test, CancelAfter(30_000)]
    public void Descriptors_are_handed_on()
    {
        using var podman = new PodmanHost();
        podman.Command.Descriptors[3] = podman.Folder.Write("third", "");

        Result result = podman.RunBox(["--rm", "--preserve-fds", "1"], "sh", "-c", "echo through >&3; [ -e /proc/self/fd/5 ] && ls -l /proc/self/fd");

        Assert.That(File.ReadAllText(podman.Folder.File("third")), Is.EqualTo("through\n"), result.ToString());
        Assert.That(result.Output, Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Hooks_of_a_folder_are_run()
    {
        using var podman = new PodmanHost();
        string seen = podman.Folder.File("seen");
        string script = podman.Folder.Write("hook.sh", $"#!/bin/sh\ncat >{seen}\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.WriteAllText(
            Path.Combine(podman.Folder.Folder("hooks"), "hook.json"),
            $$$"""{"version": "1.0.0", "hook": {"path": "{{{script}}}"}, "when": {"always": true}, "stages": ["prestart"]}""");

        Result result = podman.Run(["--hooks-dir", podman.Folder.File("hooks"), .. podman.BoxArguments("run", ["--rm"], "true")]);

        result.MustSucceed();
        Assert.That(File.ReadAllText(seen), Does.Contain("\"pid\"").And.Contain("\"bundle\""));
    }

    [Test, CancelAfter(30_000)]
    public void The_pid_file_holds_the_init_process()
    {
        using var podman = new PodmanHost();
        string file = podman.Folder.File("pid");

        string id = podman.StartBox(["--pidfile", file], "sleep", "60");

        Assert.That(File.ReadAllText(file), Is.EqualTo(podman.Inspect(id, ".State.Pid")));
        Assert.That(podman.Init(id).Name, Is.EqualTo("sleep"));
    }

    [Test, CancelAfter(30_000)]
    public void A_container_that_fails_is_restarted_as_often_as_asked()
    {
        using var podman = new PodmanHost();
        string seen = podman.Folder.Folder("seen");

        string id = podman.StartBox(["--restart", "on-failure:2", "--volume", seen + ":/seen"], "sh", "-c", "echo x >>/seen/runs; exit 1");

        Wait.Until(() => podman.Inspect(id, ".RestartCount") == "2" && podman.Inspect(id, ".State.Status") == "exited", "two restarts");
        Assert.That(File.ReadAllLines(Path.Combine(seen, "runs")), Has.Length.EqualTo(3));
    }

    [Test, CancelAfter(30_000)]
    public void A_runtime_that_is_known_to_log_json_is_understood()
    {
        using var podman = new PodmanHost("bulkhead", "runtime_supports_json = [\"bulkhead\"]");

        Result missing = podman.RunBox(["--rm"], "nosuch");
        Result denied = podman.RunBox(["--rm"], "/etc/passwd");

        Assert.That(missing.ExitCode, Is.EqualTo(127), missing.ToString());
        Assert.That(missing.Error, Does.Contain("\"nosuch\"").And.Not.Contain("\"level\""));
        Assert.That(denied.ExitCode, Is.EqualTo(126), denied.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void Info_names_the_runtime_and_its_version()
    {
        using var podman = new PodmanHost();

        Result result = podman.Run("info", "--format", "{{.Host.OCIRuntime.Path}}\n{{.Host.OCIRuntime.Version}}");

        Assert.That(result.MustSucceed().Lines[0], Is.EqualTo(Repository.RuntimeBinary));
        Assert.That(result.Output, Does.Contain("version").And.Contain("spec:"));
    }
}
