using Bulkhead.Tests.Integration.Inside;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Rootless;

/// <summary>A user to whom a cgroup was delegated.</summary>
/// <remarks>The user's own process is in a cgroup below it: on v2 that with processes can't pass controllers on.</remarks>
[TestFixture]
internal sealed class DelegatedCgroupTests
{
    private List<string> _delegated = [];

    [TearDown]
    public void TakeBack()
    {
        foreach (string path in _delegated)
        {
            Wait.Until(() => Host.Run("rmdir", path + "/caller", path).ExitCode == 0, $"{path} to be free");
        }

        _delegated = [];
    }

    [Test, CancelAfter(60_000)]
    public void The_container_has_a_cgroup_with_its_limits()
    {
        using TestContainer container = User.Container(bundle =>
            bundle.Set("linux.resources.pids.limit", 33).Set("linux.resources.memory.limit", 64L << 20).Process.Args("sleep", "60"));
        Delegate(container, CgroupLayout.Here.MountPoints);
        container.Create().MustSucceed();
        container.Start().MustSucceed();

        ContainerCgroups cgroups = container.Cgroups;

        Assert.That(cgroups.Directories.Values, Has.All.Contains(container.Id));
        Assert.That(cgroups.Read("pids", "pids.max", "pids.max"), Is.EqualTo("33"));
        Assert.That(cgroups.Read("memory", "memory.limit_in_bytes", "memory.max"), Is.EqualTo($"{64L << 20}"));
    }

    [Test, CancelAfter(60_000)]
    public void Commands_that_need_a_cgroup_work()
    {
        using TestContainer container = User.Container(bundle => bundle.Process.Args("sleep", "60"));
        Delegate(container, CgroupLayout.Here.MountPoints);
        container.Create().MustSucceed();
        container.Start().MustSucceed();

        container.Runtime.Run("pause", container.Id).MustSucceed();
        Assert.That(container.Status, Is.EqualTo("paused"));
        container.Runtime.Run("resume", container.Id).MustSucceed();
        container.Runtime.Run("update", "--pids-limit", "44", container.Id).MustSucceed();
        Assert.That(container.Cgroups.Read("pids", "pids.max", "pids.max"), Is.EqualTo("44"));
        Assert.That(container.Processes(), Has.Length.EqualTo(1));
        Assert.That(container.Exec("cat", "/proc/self/cgroup").Output, Is.EqualTo(container.Init.Read("cgroup").TrimEnd('\n')));
        container.Kill("KILL", "--all").MustSucceed();
        container.WaitUntilStopped();
        container.Delete().MustSucceed();
    }

    [Test, CancelAfter(60_000)]
    public void A_limit_of_a_controller_that_was_not_delegated_is_refused_by_name()
    {
        Machine.NeedsCgroups(CgroupKind.V1, CgroupKind.Hybrid);
        using TestContainer container = User.Container(bundle => bundle.Set("linux.resources.pids.limit", 33).Set("linux.resources.memory.limit", 64L << 20));
        Delegate(container, CgroupLayout.Here.MountPoints.Where(point => point.EndsWith("/pids", StringComparison.Ordinal)));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("linux.resources.memory: the user may make no cgroup for the memory controller"));
    }

    [Test, CancelAfter(60_000)]
    public void Only_those_hierarchies_that_were_delegated_are_joined()
    {
        Machine.NeedsCgroups(CgroupKind.V1, CgroupKind.Hybrid);
        using TestContainer container = User.Container(bundle => bundle.Set("linux.resources.pids.limit", 33).Process.Args("sleep", "60"));
        Delegate(container, CgroupLayout.Here.MountPoints.Where(point => point.EndsWith("/pids", StringComparison.Ordinal)));
        container.Create().MustSucceed();
        container.Start().MustSucceed();

        ContainerCgroups cgroups = container.Cgroups;

        Assert.That(cgroups.Directories.Where(entry => entry.Value.Contains(container.Id, StringComparison.Ordinal)).Select(entry => entry.Key), Is.EqualTo(new[] { "pids" }));
        Assert.That(cgroups.Read("pids", "pids.max", "pids.max"), Is.EqualTo("33"));
    }

    private void Delegate(TestContainer container, IEnumerable<string> mountPoints)
    {
        // Not the container's id: what is left of that is the runtime's.
        string name = TemporaryFolder.Prefix + "delegated" + TestContext.CurrentContext.Test.ID;
        string moves = "";
        foreach (string mountPoint in mountPoints)
        {
            string path = Path.Combine(mountPoint, name);
            _delegated.Add(path);
            Directory.CreateDirectory(path + "/caller");
            foreach (string file in (string[])["cpuset.cpus", "cpuset.mems"])
            {
                Host.Shell($"for d in {path} {path}/caller; do test ! -f $d/{file} || cat {mountPoint}/{file} >$d/{file} 2>/dev/null || true; done");
            }

            Host.Give(path, User.Id);
            moves += $"echo 0 >{path}/caller/cgroup.procs; ";
        }

        container.Runtime.Launcher.InsertRange(0, ["sh", "-ec", moves + "exec \"$@\"", "sh"]);
    }
}
