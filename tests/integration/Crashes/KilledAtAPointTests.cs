using System.Globalization;
using System.Text.Json.Nodes;
using Bulkhead.Tests.Integration.Lifecycle;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Crashes;

/// <summary>The runtime is killed at a known point of <c>create</c>: while a hook runs.</summary>
[TestFixture]
internal sealed class KilledAtAPointTests
{
    [TestCase("create", "prestart")]
    [TestCase("create", "createRuntime")]
    [TestCase("run", "createRuntime")]
    [TestCase("run", "poststart")]
    [CancelAfter(60_000)]
    public void A_hook_that_kills_the_runtime_leaves_a_container_that_can_be_deleted(string command, string kind)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        container.Bundle.Hook(kind, "/bin/sh", "sh", "-c", "kill -KILL $PPID").Save();

        Result killed = container.Runtime.Run(command, "--bundle", container.Bundle.Path, container.Id);
        string status = container.Status;
        Result deleted = container.Delete("--force");

        Assert.That(killed.ExitCode, Is.EqualTo(137));
        Assert.That(status, Is.EqualTo(kind == "poststart" ? "running" : "stopped"));
        Assert.That((deleted.ExitCode, deleted.Error), Is.EqualTo((0, "")));
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void The_init_process_ends_with_the_create_that_is_killed_while_a_hook_of_the_runtime_runs()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        using RunningCommand create = CreateUntilHook(container, "createRuntime");
        var init = new HostProcess((int)JsonNode.Parse(File.ReadAllText(container.Folder.File("state.seen")))!["pid"]!);
        bool lived = init.IsAlive;

        create.Signal("KILL");

        Wait.Until(() => !init.IsAlive, "the init process to end");
        Assert.That(lived, Is.True);
        EndHook(container);
    }

    [TestCase(true, TestName = "{m}(with a PID namespace)")]
    [TestCase(false, TestName = "{m}(without a PID namespace)")]
    [CancelAfter(60_000)]
    public void The_init_process_ends_with_the_create_that_is_killed_while_a_hook_of_its_own_runs(bool pidNamespace)
    {
        using var container = TestContainer.From(bundle =>
        {
            _ = pidNamespace ? bundle : bundle.WithoutNamespace("pid");
            bundle.Process.Args("sleep", "60");
        });
        using RunningCommand create = CreateUntilHook(container, "createContainer");
        var init = new HostProcess(new HostProcess(create.Pid).Children.Single());

        create.Signal("KILL");

        Wait.Until(() => !init.IsAlive, "the init process to end");
        EndHook(container);
        container.Delete("--force").MustSucceed();
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void A_container_under_creation_is_creating_and_delete_by_force_waits_for_it()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        using RunningCommand create = CreateUntilHook(container, "createRuntime");
        string status = container.Status;

        using RunningCommand delete = container.Runtime.Start("delete", "--force", container.Id);
        Wait.Try(() => delete.HasEnded, TimeSpan.FromMilliseconds(300));
        bool waited = !delete.HasEnded;
        EndHook(container);

        Assert.That(status, Is.EqualTo("creating"));
        Assert.That(waited, Is.True);
        Assert.That(create.Wait().ExitCode, Is.Zero);
        Assert.That(delete.Wait().ExitCode, Is.Zero);
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void A_start_that_was_killed_before_it_took_its_fifo_away_has_started_the_container()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        Wait.Until(() => container.Init.Name == "sleep", "the program to begin");
        HostShell.Run(container.Folder, $"mkfifo {Path.Combine(container.Runtime.Root, container.Id, "exec.fifo")}").MustSucceed();

        string status = container.Status;
        Result again = container.Start();

        Assert.That(status, Is.EqualTo("running"));
        Assert.That(again.Error, Does.Contain("it is running"));
    }

    [Test, CancelAfter(60_000)]
    public void A_started_container_has_no_signal_waiting_for_its_parents_end()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        using RunningCommand run = container.RunInBackground();
        container.WaitUntil("running");
        Wait.Until(() => container.Init.Name == "sleep", "the program to begin");
        HostProcess init = container.Init;

        run.Signal("KILL");
        run.Wait();
        container.Exec("true").MustSucceed();

        Assert.That(init.IsAlive, Is.True);
    }

    private static RunningCommand CreateUntilHook(TestContainer container, string kind)
    {
        string folder = container.Folder.Path;
        container.Bundle.Hook(kind, "/bin/sh", "sh", "-c", "cat > $0/state.seen; echo $$ > $0/hook.new; mv $0/hook.new $0/hook; while [ ! -e $0/go ]; do sleep 0.02; done", folder).Save();
        RunningCommand create = container.Runtime.Start("create", "--bundle", container.Bundle.Path, container.Id);
        Wait.Until(() => File.Exists(Path.Combine(folder, "hook")), "the hook to run");
        return create;
    }

    private static void EndHook(TestContainer container) =>
        container.Folder.Write("go", DateTime.UtcNow.ToString(CultureInfo.InvariantCulture));
}
