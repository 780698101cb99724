using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary><c>run</c>, in the foreground and detached.</summary>
[TestFixture]
internal sealed class RunTests
{
    [Test, CancelAfter(30_000)]
    public void The_command_line_that_ps_shows_is_the_callers()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        using RunningCommand run = container.Runtime.Start("run", "--bundle", container.Bundle.Path, container.Id);
        Wait.Until(() => container.Status == "running", "the container to run");

        Assert.That(new HostProcess(run.Pid).CommandLine.TakeLast(4), Is.EqualTo(new[] { "run", "--bundle", container.Bundle.Path, container.Id }));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(7)]
    [TestCase(127)]
    [TestCase(255)]
    [CancelAfter(30_000)]
    public void Run_passes_on_the_exit_code(int code)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell($"exit {code}"));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(code));
        Assert.That(result.Error, Is.Empty);
        Assert.That(container.Left(), Is.Empty);
    }

    [TestCase("KILL", 137)]
    [TestCase("SEGV", 139)]
    [TestCase("TERM", 143)]
    [TestCase("64", 192)]
    [CancelAfter(30_000)]
    public void Run_turns_the_signal_that_killed_the_container_into_128_and_its_number(string signal, int code)
    {
        // Without a PID namespace of its own: the first process of one ignores what it does not handle.
        using var container = TestContainer.From(bundle => bundle.WithoutNamespace("pid").Process.Shell($"kill -{signal} $$; sleep 60"));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(code));
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Run_reports_that_the_container_was_killed_from_outside()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        using RunningCommand run = container.RunInBackground();
        container.WaitUntil("running");

        container.Kill("KILL").MustSucceed();

        Assert.That(run.Wait().ExitCode, Is.EqualTo(137));
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Run_detached_returns_when_the_program_has_begun()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        string file = container.Folder.File("pid");

        Result result = container.Run("--detach", "--pid-file", file);

        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(container.Status, Is.EqualTo("running"));
        Assert.That(container.Init.Name, Is.EqualTo("sleep"));
        Assert.That(File.ReadAllText(file), Is.EqualTo($"{container.Init.Pid}"));
    }

    [Test, CancelAfter(30_000)]
    public void Run_detached_leaves_no_process_of_the_runtime()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));

        container.Run("-d").MustSucceed();

        Assert.That(container.Init.Children, Is.Empty);
        Assert.That(container.Init.Status("PPid"), Is.Not.EqualTo("0"));
        Assert.That(new HostProcess(int.Parse(container.Init.Status("PPid"), System.Globalization.CultureInfo.InvariantCulture)).Name, Is.Not.EqualTo("runtime"));
    }

    [Test, CancelAfter(30_000)]
    public void Run_with_keep_leaves_the_stopped_container_for_delete()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("exit 3"));

        Result result = container.Run("--keep");

        Assert.That(result.ExitCode, Is.EqualTo(3));
        Assert.That(container.Status, Is.EqualTo("stopped"));
        container.Delete().MustSucceed();
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Run_writes_the_pid_file_before_the_program_begins()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("cat /shared/pid"));
        container.Bundle.Mount("/shared", "bind", container.Folder.Folder("shared"), "rbind").Save();

        Result result = container.Run("--pid-file", container.Folder.File("shared/pid"));

        Assert.That(result.Output, Does.Match("^[0-9]+$"), $"{result}");
    }

    [Test, CancelAfter(30_000)]
    public void Run_deletes_what_the_container_leaves_running_without_a_pid_namespace()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.WithoutNamespace("pid");
            bundle.Process.Shell("sleep 60 & echo begun");
        });

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.Zero, $"{result}");
        Assert.That(result.Output, Is.EqualTo("begun"));
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void A_container_goes_on_when_its_foreground_run_is_killed()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        using RunningCommand run = container.RunInBackground();
        container.WaitUntil("running");
        HostProcess init = container.Init;

        run.Signal("KILL");
        run.Wait();

        Assert.That(init.IsAlive, Is.True);
        Assert.That(container.Status, Is.EqualTo("running"));
    }
}
