using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.BadInput;

/// <summary>Cgroups that can't be made, limits that the kernel does not take, and cgroups that are somebody else's.</summary>
[TestFixture]
internal sealed class CgroupTests
{
    private static IEnumerable<TestCaseData> Limits()
    {
        yield return Case("linux.resources.cpu.cpus", "4095");
        yield return Case("linux.resources.cpu.cpus", "a-b");
        yield return Case("linux.resources.cpu.mems", "99");
        yield return Case("linux.resources.cpu.quota", 5);
        yield return Case("linux.resources.cpu.period", 5);
        yield return Case("linux.resources.memory.limit", -5);
        yield return Case("linux.resources.unified", new JsonObject { ["../escape.max"] = "1" });
        yield return Case("linux.resources.hugepageLimits", new JsonArray(new JsonObject { ["pageSize"] = "3MB", ["limit"] = 0 }));
        yield return Case("linux.resources.devices", new JsonArray(new JsonObject { ["allow"] = true, ["type"] = "x", ["access"] = "rwm" }));
        yield return Case("linux.resources.devices", new JsonArray(new JsonObject { ["allow"] = true, ["type"] = "c", ["access"] = "rwz" }));
    }

    [TestCaseSource(nameof(Limits))]
    [CancelAfter(60_000)]
    public void A_limit_is_refused_by_its_path(string path, JsonNode value) => Refusal.OfBundle(bundle => bundle.Set(path, value.DeepClone()), path);

    [Test, CancelAfter(60_000)]
    public void A_limit_of_memory_and_swap_below_that_of_memory_is_refused() =>
        Refusal.OfBundle(bundle => bundle.Set("linux.resources.memory", new JsonObject { ["limit"] = 64 << 20, ["swap"] = 32 << 20 }), "linux.resources.memory.swap");

    [Test, CancelAfter(60_000)]
    public void A_cgroup_whose_name_is_too_long_is_refused()
    {
        using var container = TestContainer.From();
        container.Bundle.Set("linux.cgroupsPath", $"/{container.Id}/{new string('x', 5000)}").Save();

        Refusal.Check(container, container.Runtime, ["create", "--bundle", container.Bundle.Path, container.Id], "name too long");
    }

    [TestCase("/")]
    [TestCase("/..")]
    [TestCase("/a/..")]
    [CancelAfter(60_000)]
    public void The_root_of_the_hierarchies_is_refused(string path) => Refusal.OfBundle(bundle => bundle.Set("linux.cgroupsPath", path), "linux.cgroupsPath");

    [Test, CancelAfter(60_000)]
    public void A_path_with_dots_does_not_lead_out_of_the_hierarchy()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        container.Bundle.Set("linux.cgroupsPath", $"/../../../{container.Id}/x/../y").Save();

        container.Create().MustSucceed();
        string[] lines = File.ReadAllLines($"/proc/{container.Init.Pid}/cgroup");
        container.Delete("--force").MustSucceed();

        Assert.That(lines, Has.Some.EndsWith($":/{container.Id}/y"));
        RemoveParents(container.Id);
    }

    [Test, CancelAfter(60_000)]
    public void A_failed_create_takes_back_the_cgroups_above_its_own()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("no-such-program"));
        container.Bundle.Set("linux.cgroupsPath", $"/{container.Id}/a/b").Save();

        Refusal.Check(container, container.Runtime, ["create", "--bundle", container.Bundle.Path, container.Id], "no-such-program");
    }

    [Test, CancelAfter(60_000)]
    public void A_cgroup_with_processes_of_another_container_is_refused_and_they_live_on()
    {
        using var first = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        using var second = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        first.Bundle.Set("linux.cgroupsPath", $"/{first.Id}").Save();
        second.Bundle.Set("linux.cgroupsPath", $"/{first.Id}").Save();
        first.Create().MustSucceed();
        first.Start().MustSucceed();
        HostProcess init = first.Init;

        Refusal.Check(second, second.Runtime, ["create", "--bundle", second.Bundle.Path, second.Id], "cgroup", first.Id);

        Assert.That(init.IsAlive, Is.True);
        Assert.That(first.Status, Is.EqualTo("running"));
    }

    [Test, CancelAfter(60_000)]
    public void A_frozen_cgroup_is_refused_and_not_waited_in()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("true"));
        Machine.NeedsCgroups(CgroupKind.V1, CgroupKind.Hybrid);
        container.Bundle.Set("linux.cgroupsPath", $"/{container.Id}").Save();
        string freezer = MountEntry.Read("self").First(mount => mount.Type == "cgroup" && mount.SuperOptions.Contains("freezer")).MountPoint;
        string directory = Directory.CreateDirectory(Path.Combine(freezer, container.Id)).FullName;
        File.WriteAllText(Path.Combine(directory, "freezer.state"), "FROZEN");

        Result result = container.Create();
        File.WriteAllText(Path.Combine(directory, "freezer.state"), "THAWED");
        Directory.Delete(directory);

        Assert.That(result.ExitCode, Is.EqualTo(1), $"{result}");
        Assert.That(result.Error, Does.Contain("frozen").And.Contain(container.Id));
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void A_limit_of_memory_that_is_too_low_for_the_runtime_itself_is_named()
    {
        using var container = TestContainer.From(bundle => bundle.Set("linux.resources.memory.limit", 40_000).Process.Args("true"));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1), $"{result}");
        Assert.That(result.Error, Does.Contain("linux.resources.memory.limit"));
        Assert.That(container.Left(), Is.Empty);
    }

    // Cgroups above a container's own stay, as they do with runc: they may be others' by now.
    private static void RemoveParents(string id)
    {
        foreach (string path in CgroupLayout.Here.MountPoints.Select(mount => Path.Combine(mount, id)).Where(Directory.Exists))
        {
            Directory.Delete(path);
        }
    }

    private static TestCaseData Case(string path, JsonNode value) => new TestCaseData(path, value).SetArgDisplayNames($"{path} {value.ToJsonString()}");
}
