using System.Globalization;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Vm;

/// <summary>Containers whose cgroup systemd makes, looked at with <c>systemctl</c>.</summary>
[TestFixture]
internal sealed class SystemdUnitTests
{
    [Test, CancelAfter(120_000)]
    public void A_scope_has_the_process_and_goes_with_the_container()
    {
        using TestContainer container = Sleeping();
        Unit unit = Unit.Of(container);

        string[] shown = unit.Show("Slice", "Delegate", "Description", "DefaultDependencies", "ActiveState", "MemoryAccounting", "CPUAccounting", "TasksAccounting");
        string cgroup = File.ReadAllText($"/proc/{container.Init.Pid}/cgroup");
        Result deleted = container.Delete("--force");

        Assert.That(shown, Is.SupersetOf(new[]
        {
            "Slice=system.slice", "Delegate=yes", $"Description=container {container.Id}", "DefaultDependencies=no", "ActiveState=active",
            "MemoryAccounting=yes", "CPUAccounting=yes", "TasksAccounting=yes",
        }));
        Assert.That(cgroup.TrimEnd().Split('\n'), Has.All.EndsWith($":/system.slice/{unit.Name}"));
        Assert.That((deleted.ExitCode, deleted.Error), Is.EqualTo((0, "")));
        Assert.That(unit.IsLoaded, Is.False);
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(120_000)]
    public void Limits_are_properties_and_stand_in_the_files_too()
    {
        using TestContainer container = Sleeping(bundle => bundle
            .Set("linux.resources.memory.limit", 67_108_864)
            .Set("linux.resources.pids.limit", 55)
            .Set("linux.resources.cpu.shares", 512)
            .Set("linux.resources.cpu.quota", 33_333)
            .Set("linux.resources.cpu.period", 50_000));
        bool isV2 = CgroupLayout.Here.Kind == CgroupKind.Unified;

        string[] shown = Unit.Of(container).Show(isV2 ? "MemoryMax" : "MemoryLimit", "TasksMax", isV2 ? "CPUWeight" : "CPUShares", "CPUQuotaPerSecUSec", "CPUQuotaPeriodUSec");

        Assert.That(shown, Is.EquivalentTo(new[]
        {
            isV2 ? "MemoryMax=67108864" : "MemoryLimit=67108864", "TasksMax=55", isV2 ? "CPUWeight=59" : "CPUShares=512", "CPUQuotaPerSecUSec=670ms", "CPUQuotaPeriodUSec=50ms",
        }));
        Assert.That(container.Cgroups.Read("memory", "memory.limit_in_bytes", "memory.max"), Is.EqualTo("67108864"));
        Assert.That(container.Cgroups.Read("pids", "pids.max", "pids.max"), Is.EqualTo("55"));
        Assert.That(container.Cgroups.Read("cpu", "cpu.cfs_quota_us", "cpu.max"), Is.EqualTo(isV2 ? "33333 50000" : "33333"), "exact, where systemd has whole percents");
    }

    [Test, CancelAfter(120_000)]
    public void Update_changes_properties_and_files_and_needs_no_option()
    {
        using TestContainer container = Sleeping(bundle => bundle.Set("linux.resources.cpu.period", 50_000));
        container.Runtime.GlobalOptions.Clear();

        container.Runtime.Run("update", "--memory", "64M", "--pids-limit", "33", "--cpu-quota", "25000", container.Id).MustSucceed();

        bool isV2 = CgroupLayout.Here.Kind == CgroupKind.Unified;
        string memory = isV2 ? "MemoryMax" : "MemoryLimit";
        Assert.That(Unit.Of(container).Show(memory, "TasksMax", "CPUQuotaPerSecUSec"), Is.EquivalentTo(new[] { $"{memory}=67108864", "TasksMax=33", "CPUQuotaPerSecUSec=500ms" }));
        Assert.That(container.Cgroups.Read("memory", "memory.limit_in_bytes", "memory.max"), Is.EqualTo("67108864"));
        Assert.That(container.Cgroups.Read("cpu", "cpu.cfs_quota_us", "cpu.max"), Is.EqualTo(isV2 ? "25000 50000" : "25000"));
    }

    [Test, CancelAfter(120_000)]
    public void Later_commands_need_no_option()
    {
        using TestContainer container = Sleeping();
        container.Runtime.GlobalOptions.Clear();

        string inside = container.Exec("cat", "/proc/self/cgroup").MustSucceed().Output;
        container.Runtime.Run("pause", container.Id).MustSucceed();
        string paused = container.Status;
        container.Runtime.Run("resume", container.Id).MustSucceed();
        string events = container.Runtime.Run("events", "--stats", container.Id).MustSucceed().Output;
        container.Kill("KILL", "--all").MustSucceed();
        container.WaitUntilStopped();
        container.Delete().MustSucceed();

        Assert.That(inside, Does.Not.Contain("run-in-vm"));
        Assert.That(paused, Is.EqualTo("paused"));
        Assert.That(events, Does.Contain("\"pids\":{\"current\":1"));
        Assert.That(Unit.Of(container).IsLoaded, Is.False);
    }

    [TestCase("ID-b.slice:p:ID", "p-ID.scope", "/ID.slice/ID-b.slice/p-ID.scope")]
    [TestCase(":p:ID", "p-ID.scope", "/system.slice/p-ID.scope")]
    [TestCase("-:p:ID", "p-ID.scope", "/p-ID.scope")]
    [TestCase("::ID", "-ID.scope", "/system.slice/-ID.scope")]
    [TestCase("ID.slice:p:ID-b.slice", "ID-b.slice", "/ID.slice/ID-b.slice")]
    [CancelAfter(120_000)]
    public void The_path_of_the_document_is_slice_prefix_and_name(string path, string name, string place)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));

        // A dash in a slice's name leads into another slice, and a container's id has some.
        string mark = container.Id.Replace("-", "", StringComparison.Ordinal);
        container.Bundle.Set("linux.cgroupsPath", path.Replace("ID", mark, StringComparison.Ordinal)).Save();
        container.Create().MustSucceed();
        Unit unit = new(container, name.Replace("ID", mark, StringComparison.Ordinal));

        string cgroup = File.ReadAllText($"/proc/{container.Init.Pid}/cgroup");
        bool wasLoaded = unit.IsLoaded;
        container.Delete("--force").MustSucceed();

        Assert.That(cgroup.TrimEnd().Split('\n'), Has.All.EndsWith(":" + place.Replace("ID", mark, StringComparison.Ordinal)));
        Assert.That(wasLoaded, Is.True);
        Assert.That(unit["ActiveState"], Is.Not.EqualTo("active"));
        _ = new HostCommand(container.Folder, "systemctl", "stop", $"{mark}.slice").Run();
    }

    [Test, CancelAfter(120_000)]
    public void Annotations_are_properties()
    {
        using TestContainer container = Sleeping(bundle => bundle.Set("annotations", new System.Text.Json.Nodes.JsonObject
        {
            ["org.systemd.property.TimeoutStopSec"] = "uint64 5",
            ["org.systemd.property.CollectMode"] = "'inactive-or-failed'",
            ["org.systemd.property.DefaultDependencies"] = "true",
            ["org.systemd.property.After"] = "['foo.service']",
        }));

        Assert.That(
            Unit.Of(container).Show("TimeoutStopUSec", "CollectMode", "DefaultDependencies"),
            Is.EquivalentTo(new[] { "TimeoutStopUSec=5s", "CollectMode=inactive-or-failed", "DefaultDependencies=yes" }));
        Assert.That(Unit.Of(container)["After"], Does.Contain("foo.service"));
    }

    [TestCase("linux.cgroupsPath", "/a/b", "linux.cgroupsPath: \"/a/b\" is not slice:prefix:name")]
    [TestCase("linux.cgroupsPath", "bad:p:x", "linux.cgroupsPath: \"bad\" is no name of a slice")]
    [TestCase("linux.cgroupsPath", ":p q:x", "linux.cgroupsPath: \"p q-x.scope\" can't be the name of a unit")]
    [TestCase("annotations", "NoSuchThing=true", "Cannot set property NoSuchThing, or unknown property (org.freedesktop.DBus.Error.PropertyReadOnly)")]
    [TestCase("annotations", "TasksMax='many'", "scope\": Failed to set unit properties: ")]
    [TestCase("annotations", "TasksMax=uint65 5", "annotations[\"org.systemd.property.TasksMax\"]: uint65 5")]
    [CancelAfter(120_000)]
    public void What_systemd_can_not_do_is_refused_in_one_line_and_nothing_is_left(string property, string value, string message)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        string[] pair = value.Split('=');
        container.Bundle.Set(property, property == "annotations"
            ? new System.Text.Json.Nodes.JsonObject { [$"org.systemd.property.{pair[0]}"] = pair[1] }
            : System.Text.Json.Nodes.JsonValue.Create(value)).Save();

        Result created = container.Create();

        Assert.That(created.ExitCode, Is.EqualTo(1));
        Assert.That(created.Error.Replace("\\\"", "\"", StringComparison.Ordinal), Does.Contain(message));
        Assert.That(created.Error, Does.Not.Contain("\n"));
        Assert.That(container.Left(), Is.Empty);
        Assert.That(Unit.Of(container).IsLoaded, Is.False);
    }

    [Test, CancelAfter(120_000)]
    public void A_failed_unit_of_the_same_name_is_forgotten()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        Unit unit = Unit.Of(container);
        _ = new HostCommand(container.Folder, "systemd-run", "--scope", "--unit", unit.Name, "--property", "RuntimeMaxSec=1", "sleep", "30").Run();
        Assert.That(unit["ActiveState"], Is.EqualTo("failed"));

        container.Create().MustSucceed();

        Assert.That(unit["ActiveState"], Is.EqualTo("active"));
    }

    [Test, CancelAfter(120_000)]
    public void A_unit_that_runs_is_left_alone()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        Unit unit = Unit.Of(container);
        using RunningCommand other = new HostCommand(container.Folder, "systemd-run", "--scope", "--unit", unit.Name, "sleep", "60").Start();
        Wait.Until(() => unit["ActiveState"] == "active", "the other scope");

        Result created = container.Create();
        string state = unit["ActiveState"];
        other.Signal("KILL");

        Assert.That(created.ExitCode, Is.EqualTo(1));
        Assert.That(created.Error, Does.Contain(unit.Name));
        Assert.That(state, Is.EqualTo("active"));
        Wait.Until(() => !unit.IsLoaded, "the other scope to end");
    }

    [Test, CancelAfter(120_000)]
    public void A_create_that_is_killed_leaves_a_unit_that_a_forced_delete_removes()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        container.Bundle.Hook("createRuntime", "/bin/sh", "sh", "-c", "kill -KILL $PPID").Save();

        Result killed = container.Create();
        container.Runtime.GlobalOptions.Clear();
        Result deleted = container.Delete("--force");

        Assert.That(killed.ExitCode, Is.EqualTo(137));
        Assert.That((deleted.ExitCode, deleted.Error), Is.EqualTo((0, "")));
        Assert.That(Unit.Of(container).IsLoaded, Is.False);
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(120_000)]
    public void The_devices_are_still_there_after_systemd_has_reloaded()
    {
        using TestContainer container = Sleeping();

        new HostCommand(container.Folder, "systemctl", "daemon-reload").Run().MustSucceed();

        Assert.That(Unit.Of(container)["DevicePolicy"], Is.EqualTo("strict"));
        container.Exec("sh", "-c", "echo > /dev/null && head -c 1 /dev/zero > /dev/null").MustSucceed();
    }

    [Test, CancelAfter(120_000)]
    public void The_message_bus_will_do_as_well()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        container.Runtime.Environment["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=/run/dbus/system_bus_socket";

        container.Create().MustSucceed();
        string state = Unit.Of(container)["ActiveState"];
        container.Delete("--force").MustSucceed();

        Assert.That(state, Is.EqualTo("active"));
        Assert.That(Unit.Of(container).IsLoaded, Is.False);
    }

    [Test, CancelAfter(120_000)]
    public void Without_a_bus_there_is_one_line()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        container.Runtime.Environment["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=/nowhere/bus;unix:abstract=nobody";

        Result created = container.Create();

        Assert.That(created.ExitCode, Is.EqualTo(1));
        Assert.That(created.Error, Does.Contain("systemd can't be reached: connect /nowhere/bus: No such file or directory (ENOENT); connect @nobody: ").And.Not.Contain("\n"));
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(120_000)]
    public void Root_of_a_user_namespace_is_in_the_scope()
    {
        using TestContainer container = Sleeping(bundle => bundle.UserNamespace());

        string cgroup = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{container.Init.Pid}/cgroup"));

        Assert.That(cgroup.TrimEnd().Split('\n'), Has.All.EndsWith($":/system.slice/{Unit.Of(container).Name}"));
    }

    private static TestContainer Sleeping(Action<TestBundle>? change = null) => TestContainer.Started(bundle =>
    {
        bundle.Process.Args("sleep", "600");
        change?.Invoke(bundle);
    });
}
