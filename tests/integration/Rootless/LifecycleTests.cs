using System.Text.Json.Nodes;
using Bulkhead.Tests.Integration.Inside;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Rootless;

/// <summary>The commands, run by a user without privileges.</summary>
[TestFixture]
internal sealed class LifecycleTests
{
    [Test, CancelAfter(60_000)]
    public void The_document_that_spec_prints_for_a_user_runs()
    {
        using TestContainer container = User.Container();
        File.Delete(container.Bundle.ConfigPath);

        container.Runtime.Run("spec", "--rootless", "--bundle", container.Bundle.Path).MustSucceed();
        JsonNode document = JsonNode.Parse(File.ReadAllText(container.Bundle.ConfigPath))!;
        document["process"]!["terminal"] = false;
        document["process"]!["args"] = new JsonArray("id", "-u");
        File.WriteAllText(container.Bundle.ConfigPath, document.ToJsonString());

        Assert.That(container.Run().MustSucceed().Output, Is.EqualTo("0"));
    }

    [Test, CancelAfter(60_000)]
    public void Each_command_of_a_containers_life_works()
    {
        using TestContainer container = User.Container(bundle => bundle.Process.Args("sleep", "60"));

        container.Create().MustSucceed();
        Assert.That(container.Status, Is.EqualTo("created"));
        container.Start().MustSucceed();
        Assert.That(container.Status, Is.EqualTo("running"));
        Assert.That(container.Runtime.Run("list", "--quiet").MustSucceed().Output, Is.EqualTo(container.Id));
        Assert.That(container.Exec("sh", "-c", "id -u; exit 7").ExitCode, Is.EqualTo(7));
        container.Kill("KILL").MustSucceed();
        container.WaitUntilStopped();
        container.Delete().MustSucceed();

        Assert.That(container.Status, Is.EqualTo("absent"));
    }

    [Test, CancelAfter(60_000)]
    public void Root_inside_is_the_user_outside_and_can_not_change_groups()
    {
        using TestContainer container = User.Started(bundle => bundle.Process.Args("sleep", "60"));

        HostProcess init = container.Init;

        Assert.That(init.Status("Uid").Split('\t'), Is.All.EqualTo($"{User.Id}"));
        Assert.That(init.Status("Gid").Split('\t'), Is.All.EqualTo($"{User.Id}"));
        Assert.That(init.Status("Groups"), Is.Empty);
        Assert.That(init.Read("setgroups").Trim(), Is.EqualTo("deny"));
        Assert.That(init.Namespace("user"), Is.Not.EqualTo(HostProcess.Self.Namespace("user")));
    }

    [Test, CancelAfter(60_000)]
    public void An_exec_is_in_all_of_the_containers_namespaces()
    {
        using TestContainer container = User.Started(bundle => bundle.Process.Args("sleep", "60"));

        Result result = container.Exec("sh", "-c", "id -u; for n in user mnt pid uts ipc; do readlink /proc/self/ns/$n; done; cat /proc/self/setgroups; grep CapEff /proc/self/status");

        string[] namespaces = ((string[])["user", "mnt", "pid", "uts", "ipc"]).Select(container.Init.Namespace).ToArray();
        Assert.That(result.Lines, Is.EqualTo((string[])["0", .. namespaces, "deny", "CapEff:\t0000000020000420"]), result.ToString());
    }

    [Test, CancelAfter(60_000)]
    public void A_detached_exec_announces_the_process_that_is_the_program()
    {
        using TestContainer container = User.Started(bundle => bundle.Process.Args("sleep", "60"));
        string pidFile = container.Folder.File("exec.pid");

        container.ExecWith(["--detach", "--pid-file", pidFile], "sleep", "61").MustSucceed();

        HostProcess exec = new(int.Parse(File.ReadAllText(pidFile), System.Globalization.CultureInfo.InvariantCulture));
        Assert.That(exec.CommandLine, Is.EqualTo(new[] { "sleep", "61" }));
        Assert.That(exec.Namespace("pid"), Is.EqualTo(container.Init.Namespace("pid")));
    }

    [Test, CancelAfter(60_000)]
    public void An_exec_waits_for_the_start()
    {
        using TestContainer container = User.Container(bundle => bundle.Process.Args("sleep", "60"));
        container.Create().MustSucceed();

        Result result = container.Exec("true");

        Assert.That(result.ExitCode, Is.EqualTo(255));
        Assert.That(result.Error, Does.Contain("it is created, and only root can enter it before it is started"));
    }

    [Test, CancelAfter(60_000)]
    public void The_namespaces_of_another_container_are_joined()
    {
        using TestContainer first = User.Started(bundle => bundle.Process.Args("sleep", "60"));
        HostProcess init = first.Init;

        using TestContainer second = User.Container(bundle =>
        {
            foreach ((string type, string link) in ((string, string)[])[("user", "user"), ("pid", "pid"), ("ipc", "ipc"), ("uts", "uts")])
            {
                bundle.Namespace(type, $"/proc/{init.Pid}/ns/{link}");
            }

            bundle.Remove("linux.uidMappings").Remove("linux.gidMappings").Remove("hostname");
            bundle.Process.Shell("for n in user pid ipc uts; do readlink /proc/self/ns/$n; done; ps -o comm | grep sleep");
        });
        Result result = second.Run();

        Assert.That(result.Lines, Is.EqualTo((string[])[.. ((string[])["user", "pid", "ipc", "uts"]).Select(init.Namespace), "sleep"]), result.ToString());
    }

    [Test, CancelAfter(60_000)]
    public void A_time_namespace_has_its_offsets()
    {
        using TestContainer container = User.Container(bundle =>
        {
            bundle.Namespace("time").Object("linux.timeOffsets")["boottime"] = new JsonObject { ["secs"] = 1_000_000_000 };
            bundle.Process.Shell("cut -d. -f1 /proc/uptime");
        });

        Result result = container.Run();

        Assert.That(long.Parse(result.Output, System.Globalization.CultureInfo.InvariantCulture), Is.GreaterThan(1_000_000_000));
    }

    [Test, CancelAfter(60_000)]
    public void A_terminal_is_handed_over()
    {
        using TestContainer container = User.Container(bundle => bundle.Process.Terminal().Shell("tty; stat -c %u /dev/pts/0; echo to console >/dev/console"));
        using var socket = new ConsoleSocket(container.Folder.File("console.sock"));
        Host.Give(socket.Path, User.Id);

        container.Create("--console-socket", socket.Path).MustSucceed();
        using Terminal terminal = socket.Accept();
        container.Start().MustSucceed();

        Assert.That(terminal.ReadToEnd(), Does.Contain("/dev/pts/0").And.Contain("0").And.Contain("to console"));
    }

    [Test, CancelAfter(60_000)]
    public void Hooks_are_run_as_the_user()
    {
        using TestContainer container = User.Container(bundle => bundle.Process.Args("true"));
        string seen = container.Folder.File("bundle/seen");
        foreach (string kind in (string[])["createRuntime", "createContainer", "poststart", "poststop"])
        {
            container.Bundle.Hook(kind, "/bin/sh", "sh", "-c", $"echo {kind} $(id -u) >>{seen}");
        }

        container.Bundle.Save();

        container.Run().MustSucceed();

        // In the new user namespace the user is root.
        Assert.That(File.ReadAllLines(seen), Is.EqualTo((string[])[$"createRuntime {User.Id}", "createContainer 0", $"poststart {User.Id}", $"poststop {User.Id}"]));
    }

    [Test, CancelAfter(60_000)]
    public void Descriptors_are_handed_over()
    {
        using TestContainer container = User.Container(bundle => bundle.Process.Shell("cat <&3"));
        container.Runtime.Descriptors[3] = container.Folder.Write("handed", "over");

        Assert.That(container.Run("--preserve-fds", "1").Output, Is.EqualTo("over"));
    }

    [TestCase(true), TestCase(false)]
    [CancelAfter(60_000)]
    public void A_filter_of_system_calls_is_loaded(bool noNewPrivileges)
    {
        using TestContainer container = User.Container(bundle =>
        {
            bundle.Set("linux.seccomp", new JsonObject
            {
                ["defaultAction"] = "SCMP_ACT_ALLOW",
                ["syscalls"] = new JsonArray(new JsonObject { ["names"] = new JsonArray("mkdir", "mkdirat"), ["action"] = "SCMP_ACT_ERRNO", ["errnoRet"] = 38 }),
            });
            bundle.Process.NoNewPrivileges(noNewPrivileges).Shell("mkdir /dev/shm/x; grep Seccomp: /proc/self/status");
        });

        Result result = container.Run();

        Assert.That(result.Error, Does.Contain("Function not implemented"));
        Assert.That(result.Output, Is.EqualTo("Seccomp:\t2"));
    }

    [Test, CancelAfter(60_000)]
    public void The_state_is_in_a_folder_of_the_users_that_stays()
    {
        using TestContainer container = User.Container(bundle => bundle.Process.Args("true"));
        string folder = container.Folder.Folder("user");
        Host.Give(folder, User.Id);

        Result result = Host.Run("env", ["-u", "USER", $"XDG_RUNTIME_DIR={folder}", .. User.Launcher, Repository.RuntimeBinary, "run", "--bundle", container.Bundle.Path, container.Id]);

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(Host.Shell($"stat -c '%a %u' {folder}/bulkhead/runtime"), Is.EqualTo($"1700 {User.Id}"));
    }

    [Test, CancelAfter(60_000)]
    public void Without_a_folder_for_the_state_the_error_says_what_to_set()
    {
        User.Need();

        Result result = Host.Run("env", ["-u", "XDG_RUNTIME_DIR", .. User.Launcher, Repository.RuntimeBinary, "list"]);

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("set XDG_RUNTIME_DIR, or use --root"));
    }
}
