using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration;

/// <summary>The life of an ordinary container, each command once. Also the example to write other tests after.</summary>
[TestFixture]
internal sealed class FirstContainerTests
{
    [Test, CancelAfter(30_000)]
    public void Run_passes_on_the_output_and_the_exit_code()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("echo out; echo err >&2; exit 7"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("out"));
        Assert.That(result.Error, Is.EqualTo("err"));
        Assert.That(result.ExitCode, Is.EqualTo(7));
        Assert.That(container.Status, Is.EqualTo("absent"));
    }

    [Test, CancelAfter(30_000)]
    public void Run_passes_on_stdin()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("cat"));
        container.Runtime.Input = "from outside";

        Assert.That(container.Run().Output, Is.EqualTo("from outside"));
    }

    [Test, CancelAfter(30_000)]
    public void A_container_is_created_started_killed_and_deleted()
    {
        using var container = TestContainer.Created(bundle => bundle.Process.Shell("echo ready; exec sleep 60"));
        Assert.That(container.Status, Is.EqualTo("created"));
        Assert.That(container.Output, Is.Empty);

        container.Start().MustSucceed();
        container.WaitForOutput("ready");
        Wait.Until(() => container.Init.Name == "sleep", "the shell to become sleep");
        Assert.That(container.Status, Is.EqualTo("running"));

        container.Kill("KILL").MustSucceed();
        container.WaitUntilStopped();
        container.Delete().MustSucceed();
        Assert.That(container.Status, Is.EqualTo("absent"));
    }

    [Test, CancelAfter(30_000)]
    public void Init_is_in_namespaces_and_cgroups_of_its_own()
    {
        using var container = TestContainer.Started(bundle =>
        {
            bundle.Process.Args("sleep", "60");
            bundle.Set("linux.resources.pids", new System.Text.Json.Nodes.JsonObject { ["limit"] = 32 });
        });

        foreach (string type in (string[])["pid", "net", "ipc", "uts", "mnt"])
        {
            Assert.That(container.Init.Namespace(type), Is.Not.EqualTo(HostProcess.Self.Namespace(type)));
        }

        Assert.That(container.Init.Namespace("user"), Is.EqualTo(HostProcess.Self.Namespace("user")));
        Assert.That(container.Cgroups.Directories.Values, Has.Some.Contains(container.Id));
        Assert.That(container.Cgroups.Read("pids", "pids.max", "pids.max"), Is.EqualTo("32"));
        Assert.That(container.Init.Mounts.Single(mount => mount.MountPoint == "/").Options, Does.Contain("ro"));
        Assert.That(container.Init.Limit("Max open files"), Is.EqualTo(("1024", "1024")));
    }

    [Test, CancelAfter(30_000)]
    public void Exec_runs_beside_init_and_passes_on_its_exit_code()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        Result result = container.Exec("sh", "-c", "hostname; exit 3");

        Assert.That(result.Output, Is.EqualTo("bulkhead"));
        Assert.That(result.ExitCode, Is.EqualTo(3));
    }

    [Test, CancelAfter(30_000)]
    public void A_terminal_is_handed_over_through_the_console_socket()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Args("sh"));
        using var socket = new ConsoleSocket(container.Folder.File("console.sock"));

        container.Create("--console-socket", socket.Path).MustSucceed();
        using Terminal terminal = socket.Accept();
        terminal.Size = (40, 132);
        container.Start().MustSucceed();
        terminal.Write("tty; stty size; exit\n");

        Assert.That(terminal.ReadToEnd(), Does.Contain("/dev/pts/0").And.Contain("40 132"));
    }

    [Test, CancelAfter(30_000)]
    public void Run_forwards_a_signal_to_the_container()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("trap 'echo got it; exit 5' TERM; echo ready; while :; do sleep 0.1; done"));
        using RunningCommand run = container.RunInBackground();
        container.WaitForOutput("ready");

        run.Signal("TERM");

        Assert.That(run.Wait().ExitCode, Is.EqualTo(5));
        Assert.That(run.Output, Does.EndWith("got it"));
    }
}
