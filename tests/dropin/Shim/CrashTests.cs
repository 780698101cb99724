using System.Globalization;
using Bulkhead.Tests.DropIn.Containerd;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Shim;

/// <summary>SIGKILL: to containerd while containers run and end, and to a shim.</summary>
[TestFixture(ShimKind.Named, ContainerdRelease.Here)]
[TestFixture(ShimKind.Named, ContainerdRelease.Trixie)]
[TestFixture(ShimKind.Version3, ContainerdRelease.Sid)]
internal sealed class CrashTests(ShimKind shim, string release)
{
    private const int Containers = 20;
    private const int Ending = 5;

    // Ends with the number that it is told, answers each line of its input, and writes when asked to.
    private const string Program = "id=$1; while :; do [ -e /tmp/end-$id ] && exit $(cat /tmp/end-$id); [ -e /tmp/say-$id ] && { echo told $id; rm -f /tmp/say-$id; }; usleep 20000; done";

    private ContainerdHost _host = null!;

    [SetUp]
    public void Start()
    {
        _host = new ContainerdHost(shim, release: release);
        _host.ImportImage();
    }

    [TearDown]
    public void Stop() => _host?.Dispose();

    [Test, CancelAfter(120_000)]
    public void Containerd_finds_after_a_crash_what_has_become_of_its_containers()
    {
        string[] ids = [.. Enumerable.Range(0, Containers).Select(_ => StartOne())];
        int[] inits = [.. ids.Select(id => _host.Init(id).Pid)];
        int[] shims = [.. _host.Shims.Select(shim => shim.Pid).Order()];

        _host.Crash();
        for (int i = 0; i < Ending; i++)
        {
            End(ids[i], 40 + i);
        }

        Wait.Until(() => inits[..Ending].All(pid => !Directory.Exists($"/proc/{pid}")), "the containers to end, and to be reaped");
        _host.StartAgain();

        Dictionary<string, string> statuses = _host.Statuses();
        Assert.That(ids.Select(id => statuses.GetValueOrDefault(id)), Is.EqualTo(Enumerable.Range(0, Containers).Select(i => i < Ending ? "STOPPED" : "RUNNING")));
        Assert.That(inits[Ending..].Select(pid => new HostProcess(pid).IsAlive), Is.All.True);
        Assert.That(_host.Shims.Select(shim => shim.Pid).Order(), Is.EqualTo(shims), "the same shims");

        // The exit codes are those of the ends that nobody was there for.
        Assert.That(ids[..Ending].Select(id => _host.DeleteTask(id)).ToArray(), Is.EqualTo(Enumerable.Range(40, Ending)));

        // The output's way is open, execs and signals work, and an end is told of.
        string seen = ids[Ending], killed = ids[Ending + 1], ended = ids[Ending + 2];
        using RunningCommand attach = _host.Ctr.Start("tasks", "attach", seen);
        Wait.Until(
            () =>
            {
                File.WriteAllText(Path.Combine(_host.Rootfs, "tmp", "say-" + seen), "");
                return Wait.Try(() => attach.Output.Contains($"told {seen}", StringComparison.Ordinal), TimeSpan.FromSeconds(1));
            },
            "what the container writes");
        Result exec = _host.Exec(seen, [], "sh", "-c", "echo inside; exit 3");
        Assert.That((exec.Output, exec.ExitCode), Is.EqualTo(("inside", 3)), exec.ToString());
        _host.Run("tasks", "kill", "--signal", "KILL", killed).MustSucceed();
        End(ended, 7);
        Wait.Until(() => _host.Status(killed) == "STOPPED" && _host.Status(ended) == "STOPPED", "two ends");
        Assert.That(_host.DeleteTask(killed), Is.EqualTo(137));
        Assert.That(_host.DeleteTask(ended), Is.EqualTo(7));

        _host.MustBeEmpty();
    }

    [Test, CancelAfter(60_000)]
    public void Containerd_that_crashes_again_and_again_loses_no_exit()
    {
        string id = StartOne();
        HostProcess init = _host.Init(id);
        for (int i = 0; i < 3; i++)
        {
            _host.Crash();
            _host.StartAgain();
            Assert.That(_host.Status(id), Is.EqualTo("RUNNING"));
        }

        _host.Crash();
        End(id, 9);
        Wait.Until(() => !init.IsAlive, "the end");
        _host.StartAgain();
        _host.Crash();
        _host.StartAgain();

        Assert.That(_host.Status(id), Is.EqualTo("STOPPED"));
        Assert.That(_host.DeleteTask(id), Is.EqualTo(9));
        _host.MustBeEmpty();
    }

    [Test, CancelAfter(60_000)]
    public void Of_a_shim_that_is_killed_nothing_is_left_and_the_exit_is_137()
    {
        // An image's container, so that the shim has mounted something.
        string id = _host.NewId();
        _host.Run(["run", "--detach", .. _host.RuntimeOptions(), "--snapshotter", "native", ContainerdHost.Image, id, "sh", "-c", "sleep 1000 & sleep 1000 & wait"]).MustSucceed();
        string processes = Path.Combine(_host.CgroupParent, id, "cgroup.procs");
        Wait.Until(() => File.ReadAllLines(processes).Length == 3, "three processes");
        _host.Exec(id, ["--detach"], "sleep", "1001").MustSucceed();
        int[] all = [.. File.ReadAllLines(processes).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
        Assert.That((all.Length, _host.Mounts().Length, _host.Sockets().Length), Is.EqualTo((4, 1, 1)));
        using RunningCommand events = _host.Ctr.Start("events");
        WaitForListener(events);

        HostProcess.Signal(_host.Shims.Single().Pid, "KILL");

        Wait.Until(() => events.Output.Contains("/tasks/delete", StringComparison.Ordinal), "containerd to clean up");
        Assert.That(
            events.Output.Split('\n').Single(line => line.Contains("/tasks/exit", StringComparison.Ordinal) && line.Contains($"\"{id}\"", StringComparison.Ordinal)),
            Does.Contain("\"exit_status\":137"));
        Assert.That(all.Where(pid => new HostProcess(pid).IsAlive), Is.Empty);
        Assert.That(_host.Status(id), Is.Null);
        Assert.That(Directory.Exists(Path.Combine(_host.CgroupParent, id)), Is.False);
        Assert.That(_host.Mounts(), Is.Empty);
        Assert.That(_host.Sockets(), Is.Empty);
        Assert.That(Directory.Exists(_host.Bundle(id)), Is.False);
        _host.Run("containers", "delete", id).MustSucceed();
        _host.MustBeEmpty();
    }

    [Test, CancelAfter(60_000)]
    public void Shims_that_are_killed_while_containerd_is_dead_are_cleaned_up_when_it_comes_back()
    {
        string id = StartOne(), other = StartOne();
        HostProcess init = _host.Init(id);
        int shim = int.Parse(init.Status("PPid"), CultureInfo.InvariantCulture);

        _host.Crash();
        HostProcess.Signal(shim, "KILL");
        _host.StartAgain();

        Wait.Until(() => !init.IsAlive, "the container to end");
        Wait.Until(() => _host.Status(id) is null, "the task to go");
        Assert.That(_host.Status(other), Is.EqualTo("RUNNING"));
        Assert.That(_host.Sockets(), Has.Length.EqualTo(1));
        _host.MustBeEmpty();
    }

    private string StartOne()
    {
        string id = _host.NewId();
        _host.Run(_host.BoxArguments(["--detach"], id, "sh", "-c", Program, "sh", id)).MustSucceed();
        return id;
    }

    // Written beside and renamed, so that it is never read half.
    private void End(string id, int exitCode)
    {
        string file = Path.Combine(_host.Rootfs, "tmp", "end-" + id);
        File.WriteAllText(file + ".new", exitCode.ToString(CultureInfo.InvariantCulture));
        File.Move(file + ".new", file);
    }

    // ctr does not say when it listens.
    private void WaitForListener(RunningCommand events) => Wait.Until(
        () =>
        {
            _host.Run("namespaces", "label", _host.Folder.Name, $"seen={_host.NewId()}").MustSucceed();
            return events.Output.Contains("/namespaces/update", StringComparison.Ordinal);
        },
        "the events");
}
