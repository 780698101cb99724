using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>Which cgroups the container's processes are in, and what holds there.</summary>
[TestFixture]
internal sealed class CgroupTests
{
    [TestCase("/{0}-dir/inner", "/{0}-dir/inner"), TestCase("{0}-dir/inner", "/{0}-dir/inner"), TestCase(null, "/{0}")]
    [CancelAfter(30_000)]
    public void Every_hierarchy_has_the_containers_processes_where_runc_puts_them(string? path, string ending)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("cat", "/proc/self/cgroup"));
        string own = string.Format(System.Globalization.CultureInfo.InvariantCulture, path ?? "{0}", container.Id);
        if (path is not null)
        {
            container.Bundle.Set("linux.cgroupsPath", own);
            container.Bundle.Save();
        }

        string[] expected = Host.RunWithRunc(container).MustSucceed().Output.Replace("-runc", "", StringComparison.Ordinal).Split('\n');
        string[] actual = container.Run().MustSucceed().Lines;

        // What is above its own directory neither runtime removes: others may have put theirs there.
        foreach (string above in CgroupLayout.Here.Of(Environment.ProcessId).Directories.Values.Concat(CgroupLayout.Here.MountPoints).Select(place => Path.Combine(place, container.Id + "-dir")).Where(Directory.Exists))
        {
            Directory.Delete(above);
        }

        // runc leaves version 2 of a hybrid layout alone; so may we, or use it the same way.
        Assert.That(actual.Where(line => !line.StartsWith("0:", StringComparison.Ordinal)), Is.EqualTo(expected.Where(line => !line.StartsWith("0:", StringComparison.Ordinal))));
        Assert.That(actual.Where(line => !line.EndsWith(":/", StringComparison.Ordinal)), Is.All.EndsWith(string.Format(System.Globalization.CultureInfo.InvariantCulture, ending, container.Id)));
    }

    [Test, CancelAfter(30_000)]
    public void An_exec_is_in_the_same_cgroups()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        Result result = container.Exec("cat", "/proc/self/cgroup");

        Assert.That(result.Output, Is.EqualTo(container.Init.Read("cgroup").TrimEnd('\n')));
    }

    [Test, CancelAfter(30_000)]
    public void Every_limit_stands_in_the_kernels_file()
    {
        Machine.NeedsCgroups(CgroupKind.V1, CgroupKind.Hybrid);
        using var container = TestContainer.Started(bundle =>
        {
            bundle.Set("linux.resources.memory", new JsonObject { ["limit"] = 64 << 20, ["reservation"] = 32 << 20, ["disableOOMKiller"] = false });
            bundle.Set("linux.resources.cpu", new JsonObject { ["shares"] = 512, ["quota"] = 40_000, ["period"] = 80_000, ["cpus"] = "0", ["mems"] = "0" });
            bundle.Set("linux.resources.pids", new JsonObject { ["limit"] = 37 });
            bundle.Process.Args("sleep", "60");
        });

        IReadOnlyDictionary<string, string> directories = container.Cgroups.Directories;

        Assert.That(Read(directories, "memory", "memory.limit_in_bytes"), Is.EqualTo("67108864"));
        Assert.That(Read(directories, "memory", "memory.soft_limit_in_bytes"), Is.EqualTo("33554432"));
        Assert.That(Read(directories, "cpu", "cpu.shares"), Is.EqualTo("512"));
        Assert.That(Read(directories, "cpu", "cpu.cfs_quota_us"), Is.EqualTo("40000"));
        Assert.That(Read(directories, "cpu", "cpu.cfs_period_us"), Is.EqualTo("80000"));
        Assert.That(Read(directories, "cpuset", "cpuset.cpus"), Is.EqualTo("0"));
        Assert.That(Read(directories, "cpuset", "cpuset.mems"), Is.EqualTo("0"));
        Assert.That(Read(directories, "pids", "pids.max"), Is.EqualTo("37"));
        Assert.That(container.Init.Status("Cpus_allowed_list"), Is.EqualTo("0"));
    }

    [Test, CancelAfter(30_000)]
    public void Memory_and_swap_together_are_limited_where_the_kernel_counts_swap()
    {
        Machine.NeedsCgroups(CgroupKind.V1, CgroupKind.Hybrid);
        using var container = TestContainer.From(bundle =>
        {
            bundle.Set("linux.resources.memory", new JsonObject { ["limit"] = 64 << 20, ["swap"] = 96 << 20 });
            bundle.Process.Args("sleep", "60");
        });
        container.Create().MustSucceed();
        container.Start().MustSucceed();

        string directory = container.Cgroups.Directories["memory"];

        if (!File.Exists(directory + "/memory.memsw.limit_in_bytes"))
        {
            Assert.Ignore("the kernel does not count swap");
        }

        Assert.That(File.ReadAllText(directory + "/memory.memsw.limit_in_bytes").Trim(), Is.EqualTo("100663296"));
    }

    [Test, CancelAfter(30_000)]
    public void Huge_pages_of_version_2_beside_version_1_are_limited()
    {
        Machine.NeedsCgroups(CgroupKind.Hybrid);
        using var container = TestContainer.From(bundle =>
        {
            bundle.Set("linux.resources.hugepageLimits", new JsonArray(new JsonObject { ["pageSize"] = "2MB", ["limit"] = 4 << 20 }));
            bundle.Process.Args("sleep", "60");
        });
        container.Create().MustSucceed();
        container.Start().MustSucceed();

        string directory = container.Cgroups.Directories[""];

        Assert.That(directory, Does.EndWith(container.Id));
        Assert.That(File.ReadAllText(directory + "/hugetlb.2MB.max").Trim(), Is.EqualTo("4194304"));
    }

    [Test, CancelAfter(30_000)]
    public void More_processes_than_allowed_can_not_be_made()
    {
        using var container = TestContainer.From(bundle => bundle.Set("linux.resources.pids", new JsonObject { ["limit"] = 4 }).Process.Shell("for i in 1 2 3 4 5 6; do sleep 5 & done; echo all"));

        Result result = container.Run();

        Assert.That(result.Error, Does.Contain("can't fork"), result.ToString());
        Assert.That(result.Output, Does.Not.Contain("all"));
    }

    [Test, CancelAfter(30_000)]
    public void More_memory_than_allowed_kills()
    {
        using var container = TestContainer.From(bundle => bundle.Set("linux.resources.memory", new JsonObject { ["limit"] = 16 << 20, ["swap"] = 16 << 20 }).Process.Shell("exec dd if=/dev/zero of=/dev/shm/file bs=1M count=48"));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(137), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_cpu_quota_slows_down()
    {
        using var container = TestContainer.Started(bundle => bundle.Set("linux.resources.cpu", new JsonObject { ["quota"] = 5_000, ["period"] = 100_000 }).Process.Shell("while :; do :; done"));

        Wait.Until(() => Throttled(container) > 2, "the kernel to throttle");

        Assert.That(container.Init.IsAlive, Is.True);
    }

    [Test, CancelAfter(30_000)]
    public void Delete_removes_the_cgroups_and_those_made_inside()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        string[] directories = container.Cgroups.Directories.Values.Where(directory => directory.Contains(container.Id, StringComparison.Ordinal)).ToArray();
        foreach (string directory in directories)
        {
            Directory.CreateDirectory(directory + "/below/deeper");
        }

        container.Delete("--force").MustSucceed();

        Assert.That(directories, Is.Not.Empty);
        Assert.That(directories.Where(Directory.Exists), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Run_removes_the_cgroups_when_the_container_has_ended()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("true"));

        container.Run().MustSucceed();

        Assert.That(CgroupLayout.Here.MountPoints.Select(mount => Path.Combine(mount, container.Id)).Where(Directory.Exists), Is.Empty);
    }

    private static int Throttled(TestContainer container) => int.Parse(
        container.Cgroups.Read("cpu", "cpu.stat", "cpu.stat").Split('\n').Single(line => line.StartsWith("nr_throttled ", StringComparison.Ordinal)).Split(' ')[1],
        System.Globalization.CultureInfo.InvariantCulture);

    private static string Read(IReadOnlyDictionary<string, string> directories, string controller, string file) =>
        File.ReadAllText(Path.Combine(directories[controller], file)).Trim();
}
