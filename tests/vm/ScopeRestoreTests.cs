using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Vm;

/// <summary>Containers that systemd has the cgroup of, written to disk and made anew.</summary>
[TestFixture]
internal sealed class ScopeRestoreTests
{
    [SetUp]
    public void NeedCriu() => Criu.Needed();

    [Test, CancelAfter(120_000)]
    public void A_restored_container_is_in_a_scope_with_its_limits()
    {
        using TestContainer container = Sleeping();
        string[] images = ["--image-path", container.Folder.File("images")];

        container.Runtime.Run(["checkpoint", .. images, container.Id]).MustSucceed();
        bool wasLoaded = Unit.Of(container).IsLoaded;
        container.Runtime.Run(["restore", "--detach", .. images, "--bundle", container.Bundle.Path, container.Id]).MustSucceed();

        Unit unit = Unit.Of(container);
        Assert.That(wasLoaded, Is.False);
        Assert.That(unit.Show("ActiveState", "TasksMax"), Is.EquivalentTo(new[] { "ActiveState=active", "TasksMax=33" }));
        Assert.That(container.Init.Read("cgroup").TrimEnd().Split('\n'), Has.All.EndsWith($":/system.slice/{unit.Name}"));
        container.Delete("--force").MustSucceed();
        Assert.That(unit.IsLoaded, Is.False);
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(120_000)]
    public void A_container_of_files_can_be_restored_into_a_scope_of_another_name()
    {
        using TestContainer container = Sleeping(bySystemd: false);
        string there = $"{container.Id}-there";
        string[] images = ["--image-path", container.Folder.File("images"), "--manage-cgroups-mode", "ignore"];

        container.Runtime.Run(["checkpoint", .. images, container.Id]).MustSucceed();
        container.Runtime.GlobalOptions.AddRange(Repository.RuntimeOptions);
        container.Runtime.Run(["restore", "--detach", .. images, "--bundle", container.Bundle.Path, there]).MustSucceed();

        Unit unit = new(container, $"bulkhead-{there}.scope");
        string state = unit["ActiveState"];
        container.Runtime.Run("delete", "--force", there).MustSucceed();
        Assert.That(state, Is.EqualTo("active"));
        Assert.That(unit.IsLoaded, Is.False);
    }

    [Test, CancelAfter(120_000)]
    public void A_restore_that_is_killed_leaves_a_unit_that_a_forced_delete_removes()
    {
        using TestContainer container = Sleeping();
        string[] images = ["--image-path", container.Folder.File("images")];
        container.Runtime.Run(["checkpoint", .. images, container.Id]).MustSucceed();
        container.Bundle.Hook("createRuntime", "/bin/sh", "sh", "-c", "kill -KILL $PPID").Save();

        Result killed = container.Runtime.Run(["restore", "--detach", .. images, "--bundle", container.Bundle.Path, container.Id]);
        container.Runtime.GlobalOptions.Clear();
        container.Delete("--force").MustSucceed();

        Assert.That(killed.ExitCode, Is.EqualTo(137));
        Assert.That(Unit.Of(container).IsLoaded, Is.False);
        Assert.That(container.Left(), Is.Empty);
    }

    private static TestContainer Sleeping(bool bySystemd = true)
    {
        var container = TestContainer.From(bundle => bundle.Writable().Set("linux.resources.pids.limit", 33).Process.Shell("exec </dev/null >/dev/null 2>&1; exec sleep 600"));
        if (!bySystemd)
        {
            container.Runtime.GlobalOptions.Clear();
        }

        container.Create().MustSucceed();
        container.Start().MustSucceed();

        // What has the test's streams, which are files, could be restored with the same alone.
        Wait.Until(() => container.Init.Name == "sleep", "the program to begin");
        return container;
    }
}
