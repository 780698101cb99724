using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Vm;

/// <summary>Processes that are born twice, as a new time namespace needs, where systemd moves the one it was told of into the scope.</summary>
[TestFixture]
internal sealed class TimeNamespaceTests
{
    [Test, CancelAfter(120_000)]
    public void Init_and_exec_are_in_the_scope_and_in_the_namespace()
    {
        using var container = TestContainer.Started(InNamespace);

        string[] places = container.Exec("sh", "-c", "cat /proc/self/cgroup; cut -d. -f1 /proc/uptime").MustSucceed().Lines;

        Unit unit = Unit.Of(container);
        Assert.That(container.Init.Read("cgroup").TrimEnd(), Does.EndWith($":/system.slice/{unit.Name}"));
        Assert.That(container.Init.Namespace("time"), Is.Not.EqualTo(HostProcess.Self.Namespace("time")));
        Assert.That(places[0], Does.EndWith($"{unit.Name}"));
        Assert.That(int.Parse(places[1], System.Globalization.CultureInfo.InvariantCulture), Is.GreaterThan(1_000_000));
        container.Delete("--force").MustSucceed();
        Assert.That(unit.IsLoaded, Is.False);
        Assert.That(container.Left(), Is.Empty);
    }

    [TestCase("createRuntime"), TestCase("createContainer")]
    [CancelAfter(120_000)]
    public void A_create_that_is_killed_leaves_nothing_that_a_forced_delete_does_not_remove(string kind)
    {
        using var container = TestContainer.From(InNamespace);
        string folder = container.Folder.Path;
        container.Bundle.Hook(kind, "/bin/sh", "sh", "-c", $"echo >{folder}/hooked; while [ ! -e {folder}/go ]; do sleep 0.02; done").Save();
        using RunningCommand create = container.Runtime.Start("create", "--bundle", container.Bundle.Path, container.Id);
        Wait.Until(() => File.Exists(Path.Combine(folder, "hooked")), "the hook to run");

        create.Signal("KILL");
        Result killed = create.Wait();
        container.Folder.Write("go", "");
        Result deleted = container.Delete("--force");

        Assert.That(killed.ExitCode, Is.EqualTo(137), killed.ToString());
        Assert.That((deleted.ExitCode, deleted.Error), Is.EqualTo((0, "")));
        Assert.That(Unit.Of(container).IsLoaded, Is.False);
        Assert.That(container.Left(), Is.Empty);
    }

    private static void InNamespace(TestBundle bundle) => bundle.Namespace("time")
        .Set("linux.timeOffsets", new JsonObject { ["boottime"] = new JsonObject { ["secs"] = 1_000_000 } })
        .Process.Args("sleep", "600");
}
