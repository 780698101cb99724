using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary><c>update</c>, read back from the kernel's own files.</summary>
[TestFixture]
internal sealed class UpdateTests
{
    private static IEnumerable<TestCaseData> Options()
    {
        yield return Case(["--pids-limit", "17"], "pids", "pids.max", "pids.max", "17");
        yield return Case(["--pids-limit", "-1"], "pids", "pids.max", "pids.max", "max");
        yield return Case(["--memory", "64M"], "memory", "memory.limit_in_bytes", "memory.max", "67108864");
        yield return Case(["--memory", "67108864"], "memory", "memory.limit_in_bytes", "memory.max", "67108864");
        yield return Case(["--memory-reservation", "32M"], "memory", "memory.soft_limit_in_bytes", "memory.low", "33554432");
        yield return Case(["--cpu-quota", "5000", "--cpu-period", "20000"], "cpu", "cpu.cfs_quota_us", "cpu.max", CgroupLayout.Here.Kind == CgroupKind.Unified ? "5000 20000" : "5000");
        yield return Case(["--cpu-share", "512"], "cpu", "cpu.shares", "cpu.weight", CgroupLayout.Here.Kind == CgroupKind.Unified ? "59" : "512");
        yield return Case(["--cpu-burst", "1000", "--cpu-quota", "5000"], "cpu", "cpu.cfs_burst_us", "cpu.max.burst", "1000");
        yield return Case(["--cpu-idle", "1"], "cpu", "cpu.idle", "cpu.idle", "1");
        yield return Case(["--cpuset-cpus", "0"], "cpuset", "cpuset.cpus", "cpuset.cpus", "0");
        yield return Case(["--cpuset-mems", "0"], "cpuset", "cpuset.mems", "cpuset.mems", "0");
    }

    [TestCaseSource(nameof(Options))]
    [CancelAfter(30_000)]
    public void Update_sets(string[] options, string controller, string v1, string v2, string expected)
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        container.Runtime.Run(["update", .. options, container.Id]).MustSucceed();

        Assert.That(container.Cgroups.Read(controller, v1, v2), Is.EqualTo(expected));
    }

    [Test, CancelAfter(30_000)]
    public void Update_leaves_what_is_not_named_as_it_is()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        container.Runtime.Run("update", "--memory", "64M", "--pids-limit", "17", container.Id).MustSucceed();

        container.Runtime.Run("update", "--cpu-share", "100", container.Id).MustSucceed();

        Assert.That(container.Cgroups.Read("memory", "memory.limit_in_bytes", "memory.max"), Is.EqualTo("67108864"));
        Assert.That(container.Cgroups.Read("pids", "pids.max", "pids.max"), Is.EqualTo("17"));
    }

    [Test, CancelAfter(30_000)]
    public void Update_raises_memory_and_swap_together_and_lowers_them_again()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        string[] seen = ((string[])["64M", "256M", "32M"]).Select(size =>
        {
            container.Runtime.Run("update", "--memory", size, "--memory-swap", size, container.Id).MustSucceed();
            return container.Cgroups.Read("memory", "memory.limit_in_bytes", "memory.max");
        }).ToArray();

        Assert.That(seen, Is.EqualTo(new[] { $"{64 << 20}", $"{256 << 20}", $"{32 << 20}" }));
    }

    [Test, CancelAfter(30_000)]
    public void Update_sets_the_weight_of_block_io()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        if (container.Cgroups.Kind != CgroupKind.Unified && !File.Exists(Path.Combine(container.Cgroups.Directories["blkio"], "blkio.bfq.weight")) && !File.Exists(Path.Combine(container.Cgroups.Directories["blkio"], "blkio.weight")))
        {
            Assert.Ignore("this kernel has no weights of block I/O");
        }

        container.Runtime.Run("update", "--blkio-weight", "300", container.Id).MustSucceed();

        Assert.That(container.Cgroups.Read("blkio", "blkio.bfq.weight", "io.bfq.weight"), Does.Contain("300"));
    }

    [Test, CancelAfter(30_000)]
    public void Update_of_memory_and_swap_together_goes_with_the_memory_limit_in_force()
    {
        Machine.NeedsCgroups(CgroupKind.Unified);
        using var container = TestContainer.Started(bundle => bundle.Set("linux.resources.memory.limit", 64 << 20).Process.Args("sleep", "60"));

        container.Runtime.Run("update", "--memory-swap", "96M", container.Id).MustSucceed();

        Assert.That(File.ReadAllText(container.Cgroups.Directories[""] + "/memory.swap.max").Trim(), Is.EqualTo($"{32 << 20}"));
        Assert.That(File.ReadAllText(container.Cgroups.Directories[""] + "/memory.max").Trim(), Is.EqualTo($"{64 << 20}"));
    }

    [Test, CancelAfter(30_000)]
    public void Update_of_memory_alone_leaves_memory_and_swap_together_as_they_were_set()
    {
        Machine.NeedsCgroups(CgroupKind.Unified);
        using var container = TestContainer.Started(bundle =>
            bundle.Set("linux.resources.memory.limit", 64 << 20).Set("linux.resources.memory.swap", 128 << 20).Process.Args("sleep", "60"));
        string swap = container.Cgroups.Directories[""] + "/memory.swap.max";

        container.Runtime.Run("update", "--memory", "96M", container.Id).MustSucceed();
        string afterMemory = File.ReadAllText(swap).Trim();
        container.Runtime.Run("update", "--memory-swap", "256M", container.Id).MustSucceed();
        container.Runtime.Run("update", "--memory", "192M", container.Id).MustSucceed();
        string afterBoth = File.ReadAllText(swap).Trim();
        Result above = container.Runtime.Run("update", "--memory", "512M", container.Id);

        Assert.That((afterMemory, afterBoth), Is.EqualTo(($"{32 << 20}", $"{64 << 20}")));
        Assert.That(above.Error, Does.Contain("below the memory limit"));
    }

    [Test, CancelAfter(30_000)]
    public void Update_of_memory_alone_leaves_a_limit_of_swap_alone_as_it_is()
    {
        Machine.NeedsCgroups(CgroupKind.Unified);
        using var container = TestContainer.Started(bundle =>
            bundle.Set("linux.resources.memory.limit", 64 << 20).Set("linux.resources.unified", new JsonObject { ["memory.swap.max"] = "0" }).Process.Args("sleep", "60"));

        container.Runtime.Run("update", "--memory", "96M", container.Id).MustSucceed();

        Assert.That(File.ReadAllText(container.Cgroups.Directories[""] + "/memory.swap.max").Trim(), Is.EqualTo("0"));
    }

    [Test, CancelAfter(30_000)]
    public void Update_ends_idleness_and_gives_shares_at_once()
    {
        using var container = TestContainer.Started(bundle => bundle.Set("linux.resources.cpu.idle", 1).Process.Args("sleep", "60"));

        container.Runtime.Run("update", "--cpu-idle", "0", "--cpu-share", "512", container.Id).MustSucceed();

        Assert.That(container.Cgroups.Read("cpu", "cpu.idle", "cpu.idle"), Is.EqualTo("0"));
        Assert.That(container.Cgroups.Read("cpu", "cpu.shares", "cpu.weight"), Is.EqualTo("512").Or.EqualTo("59"));
    }

    [TestCase("-", TestName = "{m}(from stdin)")]
    [TestCase("limits.json", TestName = "{m}(from a file)")]
    [CancelAfter(30_000)]
    public void Update_takes_a_document(string source)
    {
        const string document = """{"memory": {"limit": 50331648}, "pids": {"limit": 23}, "cpu": {"shares": 256}}""";
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        container.Folder.Write("limits.json", document);
        container.Runtime.Input = source == "-" ? document : null;

        container.Runtime.Run("update", "--resources", source, container.Id).MustSucceed();

        Assert.That(container.Cgroups.Read("memory", "memory.limit_in_bytes", "memory.max"), Is.EqualTo("50331648"));
        Assert.That(container.Cgroups.Read("pids", "pids.max", "pids.max"), Is.EqualTo("23"));
        Assert.That(container.Cgroups.Read("cpu", "cpu.shares", "cpu.weight"), Is.EqualTo(container.Cgroups.Kind == CgroupKind.Unified ? "35" : "256"));
    }

    [TestCase("--l3-cache-schema", "L3:0=f")]
    [TestCase("--mem-bw-schema", "MB:0=20")]
    [CancelAfter(30_000)]
    public void Update_of_shares_that_the_container_does_not_have_changes_nothing(string option, string schema)
    {
        using var container = TestContainer.Started(bundle => bundle.Set("linux.resources.pids.limit", 33).Process.Args("sleep", "60"));

        Result result = container.Runtime.Run("update", "--pids-limit", "17", option, schema, container.Id);

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("linux.intelRdt"));
        Assert.That(container.Cgroups.Read("pids", "pids.max", "pids.max"), Is.EqualTo("33"));
    }

    [Test, CancelAfter(30_000)]
    public void Update_of_a_paused_container_keeps_it_paused()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        container.Runtime.Run("pause", container.Id).MustSucceed();

        container.Runtime.Run("update", "--pids-limit", "9", container.Id).MustSucceed();

        Assert.That(container.Status, Is.EqualTo("paused"));
        Assert.That(container.Cgroups.Read("pids", "pids.max", "pids.max"), Is.EqualTo("9"));
    }

    [Test, CancelAfter(30_000)]
    public void Update_does_not_loosen_the_rules_for_devices()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Shell("exec sleep 60"));
        Machine.NeedsCgroups(CgroupKind.V1, CgroupKind.Hybrid);
        string before = container.Cgroups.Read("devices", "devices.list", "");

        container.Runtime.Run("update", "--pids-limit", "9", container.Id).MustSucceed();

        Assert.That(container.Cgroups.Read("devices", "devices.list", ""), Is.EqualTo(before));
        Assert.That(before, Does.Not.Contain("a *:* rwm"));
    }

    private static TestCaseData Case(string[] options, string controller, string v1, string v2, string expected) =>
        new TestCaseData(options, controller, v1, v2, expected).SetArgDisplayNames(string.Join(' ', options));
}
