using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary>Where <c>exec --cgroup</c> puts a process.</summary>
[TestFixture]
internal sealed class ExecCgroupTests
{
    private static TestContainer Sleeping => TestContainer.Started(bundle => bundle.WithoutNamespace("cgroup").Process.Args("sleep", "60"));

    [Test, CancelAfter(30_000)]
    public void A_path_is_below_the_containers_own_cgroup()
    {
        using var container = Sleeping;
        foreach (string directory in container.Cgroups.Directories.Values)
        {
            MakeBelow(directory);
        }

        string[] lines = container.ExecWith(["--cgroup", "sub"], "cat", "/proc/self/cgroup").MustSucceed().Lines;

        Assert.That(lines.Where(line => !line.Contains(container.Id, StringComparison.Ordinal)), Is.All.EndsWith(":/"));
        Assert.That(lines.Where(line => line.Contains(container.Id, StringComparison.Ordinal)), Is.Not.Empty.And.All.EndsWith($"{container.Id}/sub"));
    }

    [Test, CancelAfter(30_000)]
    public void The_root_is_the_containers_own_cgroup()
    {
        using var container = Sleeping;

        string[] lines = container.ExecWith(["--cgroup", "/"], "cat", "/proc/self/cgroup").MustSucceed().Lines;

        Assert.That(lines, Is.EqualTo(container.Exec("cat", "/proc/1/cgroup").Lines));
    }

    [Test, CancelAfter(30_000)]
    public void Controllers_of_version_1_have_places_of_their_own()
    {
        Machine.NeedsCgroups(CgroupKind.V1, CgroupKind.Hybrid);
        using var container = Sleeping;
        Directory.CreateDirectory(Path.Combine(container.Cgroups.Directories["pids"], "p"));
        Directory.CreateDirectory(Path.Combine(container.Cgroups.Directories["memory"], "m"));

        string[] lines = container.ExecWith(["--cgroup", "pids:p", "--cgroup", "memory:/m"], "cat", "/proc/self/cgroup").MustSucceed().Lines;

        Assert.That(lines.Where(line => line.Contains(":pids:", StringComparison.Ordinal)), Is.All.EndsWith($"/{container.Id}/p"));
        Assert.That(lines.Where(line => line.Contains(":memory:", StringComparison.Ordinal)), Is.All.EndsWith($"/{container.Id}/m"));
        Assert.That(lines.Where(line => line.Contains(":freezer:", StringComparison.Ordinal)), Is.All.EndsWith($"/{container.Id}"));
    }

    [TestCase("..", "not below the container's cgroup")]
    [TestCase("a/../../b", "not below the container's cgroup")]
    [TestCase("/../x", "not below the container's cgroup")]
    [TestCase("none/such", "No such file or directory")]
    [TestCase("nonsense:/", "nonsense")]
    [TestCase(":/", "empty")]
    [CancelAfter(30_000)]
    public void A_place_is_refused(string place, string cause)
    {
        using var container = Sleeping;

        Result result = container.ExecWith(["--cgroup", place], "true");

        Assert.That(result.ExitCode, Is.EqualTo(255));
        Assert.That(result.Error, Does.Contain(cause));
    }

    [TestCase("a", "b")]
    [TestCase("pids:a", "b")]
    [TestCase("pids:a", "memory,pids:b")]
    [CancelAfter(30_000)]
    public void Two_places_are_refused_that_contradict_each_other(string first, string second)
    {
        using var container = Sleeping;

        Result result = container.ExecWith(["--cgroup", first, "--cgroup", second], "true");

        Assert.That(result.ExitCode, Is.EqualTo(255));
        Assert.That(result.Error, Does.Contain("--cgroup"));
    }

    [Test, CancelAfter(30_000)]
    public void A_container_that_divides_its_own_cgroup_can_be_entered()
    {
        // As systemd in a container does: cgroup v2 has no processes beside cgroups that controllers were passed on to.
        Machine.NeedsCgroups(CgroupKind.Unified);
        using var container = TestContainer.Started(bundle => bundle.Namespace("cgroup")
            .Set("mounts.6.options", new System.Text.Json.Nodes.JsonArray("nosuid", "noexec", "nodev", "relatime", "rw"))
            .Process.Shell("mkdir /sys/fs/cgroup/init && echo 1 > /sys/fs/cgroup/init/cgroup.procs && echo +pids > /sys/fs/cgroup/cgroup.subtree_control && echo ready; exec sleep 60"));
        container.WaitForOutput("ready");

        Result implied = container.Exec("cat", "/proc/self/cgroup");
        Result asked = container.ExecWith(["--cgroup", "/"], "true");

        Assert.That(implied.Output, Is.EqualTo("0::/init"), $"{implied}");
        Assert.That(asked.ExitCode, Is.EqualTo(255));
    }

    private static void MakeBelow(string directory)
    {
        string below = Directory.CreateDirectory(Path.Combine(directory, "sub")).FullName;
        foreach (string file in (string[])["cpuset.cpus", "cpuset.mems"])
        {
            // A cpuset of version 1 is born without CPUs and memory, and takes no process then.
            string path = Path.Combine(below, file);
            if (File.Exists(path) && File.ReadAllText(path).Trim().Length == 0)
            {
                File.WriteAllText(path, File.ReadAllText(Path.Combine(directory, file)));
            }
        }
    }
}
