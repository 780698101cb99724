using System.ComponentModel;
using System.Diagnostics;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Crashes;

/// <summary>The runtime is killed at any moment of any command; then <c>delete --force</c> succeeds and leaves nothing.</summary>
[TestFixture]
internal sealed class KilledCommandTests
{
    private const int NoSuchProcess = 3; // ESRCH

    [Test, CancelAfter(300_000)]
    public void Create_may_be_killed_at_any_moment()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));

        foreach (TimeSpan moment in Moments(container, 200))
        {
            KillAfter(moment, container, "create", "--bundle", container.Bundle.Path, container.Id);

            Assert.That(container.Status, Is.AnyOf("absent", "creating", "created", "stopped"), $"{moment}");
            MustBeDeletable(container, moment);
        }
    }

    [Test, CancelAfter(300_000)]
    public void Create_with_a_terminal_hooks_and_a_user_namespace_may_be_killed_at_any_moment()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.UserNamespace().Namespace("cgroup").Process.Args("sleep", "60");
            bundle.Hook("createRuntime", "/bin/true").Hook("createContainer", "/bin/true").Hook("poststop", "/bin/true");
        });

        foreach (TimeSpan moment in Moments(container, 100))
        {
            KillAfter(moment, container, "create", "--bundle", container.Bundle.Path, container.Id);

            MustBeDeletable(container, moment);
        }
    }

    [Test, CancelAfter(300_000)]
    public void Run_may_be_killed_at_any_moment()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));

        foreach (TimeSpan moment in Moments(container, 200))
        {
            KillAfter(moment, container, "run", "--bundle", container.Bundle.Path, container.Id);

            MustBeDeletable(container, moment);
        }
    }

    [Test, CancelAfter(300_000)]
    public void Run_of_a_short_program_may_be_killed_at_any_moment()
    {
        using var container = TestContainer.From(bundle => bundle.WithoutNamespace("pid").Process.Args("true"));

        foreach (TimeSpan moment in Moments(container, 100))
        {
            KillAfter(moment, container, "run", "--bundle", container.Bundle.Path, container.Id);

            MustBeDeletable(container, moment);
        }
    }

    [TestCase("TERM", 143)]
    [TestCase("INT", 130)]
    [TestCase("HUP", 129)]
    [CancelAfter(300_000)]
    public void Run_may_be_told_to_end_at_any_moment_and_leaves_nothing(string signal, int exitCode)
    {
        // Without a PID namespace: the first process of one would be spared what it has no handler for.
        using var container = TestContainer.From(bundle => bundle.WithoutNamespace("pid").Process.Args("sleep", "60"));

        foreach (TimeSpan moment in Moments(container, 300))
        {
            Result result = SignalAfter(moment, signal, container, "run", "--bundle", container.Bundle.Path, container.Id);

            Assert.That(result.ExitCode, Is.EqualTo(exitCode), $"{signal} after {moment}: {result}");
            Assert.That(container.Left(), Is.Empty, $"{signal} after {moment}: {result}");
        }
    }

    [Test, CancelAfter(300_000)]
    public void Create_that_is_told_to_end_at_any_moment_makes_the_container_or_nothing()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));

        foreach (TimeSpan moment in Moments(container, 200))
        {
            Result result = SignalAfter(moment, "TERM", container, "create", "--bundle", container.Bundle.Path, container.Id);

            Assert.That((result.ExitCode, container.Status), Is.AnyOf((0, "created"), (143, "absent")), $"TERM after {moment}: {result}");
            MustBeDeletable(container, moment);
        }
    }

    [Test, CancelAfter(300_000)]
    public void Start_may_be_killed_at_any_moment_and_the_container_is_created_or_running()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));

        foreach (TimeSpan moment in Moments(container, 100))
        {
            container.Create().MustSucceed();
            KillAfter(moment, container, "start", container.Id);

            HostProcess init = container.Init;
            string status = container.Status;
            if (status == "created")
            {
                container.Start().MustSucceed();
            }
            else
            {
                Assert.That(status, Is.EqualTo("running"), $"{moment}");
            }

            Wait.Until(() => init.Name == "sleep", $"the program to begin after a start that was killed at {moment}");
            MustBeDeletable(container, moment);
        }
    }

    [TestCase(true, TestName = "{m}(with a PID namespace)")]
    [TestCase(false, TestName = "{m}(without a PID namespace)")]
    [CancelAfter(300_000)]
    public void Exec_may_be_killed_at_any_moment_and_the_container_goes_on(bool pidNamespace)
    {
        using var container = TestContainer.Started(bundle =>
        {
            _ = pidNamespace ? bundle : bundle.WithoutNamespace("pid");
            bundle.Process.Args("sleep", "60");
        });

        foreach (TimeSpan moment in Moments(container, 100))
        {
            KillAfter(moment, container, "exec", container.Id, "sleep", "0.01");
        }

        Assert.That(container.Status, Is.EqualTo("running"));
        Wait.Until(() => container.Runtime.Run("ps", "--format", "json", container.Id).Output == $"[{container.Init.Pid}]", "all processes of execs to end");
        MustBeDeletable(container, default);
    }

    [Test, CancelAfter(300_000)]
    public void Delete_may_be_killed_at_any_moment()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));

        foreach (TimeSpan moment in Moments(container, 100))
        {
            container.Create().MustSucceed();
            container.Start().MustSucceed();
            KillAfter(moment, container, "delete", "--force", container.Id);

            MustBeDeletable(container, moment);
        }
    }

    [Test, CancelAfter(300_000)]
    public void Pause_and_resume_may_be_killed_at_any_moment()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        foreach (TimeSpan moment in Moments(container, 50))
        {
            KillAfter(moment, container, "pause", container.Id);
            KillAfter(moment, container, "resume", container.Id);
        }

        Assert.That(container.Status, Is.AnyOf("running", "paused"));
        MustBeDeletable(container, default);
    }

    // From the beginning to where a create, the longest of the commands, is over, in steps that are finer than any phase of it.
    private static IEnumerable<TimeSpan> Moments(TestContainer container, int rounds)
    {
        string id = container.Id + "-whole";
        var clock = Stopwatch.StartNew();
        container.Runtime.Run("create", "--bundle", container.Bundle.Path, id).MustSucceed();
        TimeSpan whole = clock.Elapsed;
        container.Runtime.Run("delete", "--force", id).MustSucceed();
        for (int round = 0; round < rounds; round++)
        {
            yield return whole * 1.25 * round / rounds;
        }
    }

    private static void KillAfter(TimeSpan moment, TestContainer container, params string[] command) => SignalAfter(moment, "KILL", container, command);

    private static Result SignalAfter(TimeSpan moment, string signal, TestContainer container, params string[] command)
    {
        using RunningCommand running = container.Runtime.Start(command);
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < moment && !running.HasEnded)
        {
            Thread.SpinWait(10);
        }

        try
        {
            running.Signal(signal);
        }
        catch (Win32Exception error) when (error.NativeErrorCode == NoSuchProcess)
        {
            // It was quicker.
        }

        return running.Wait();
    }

    private static void MustBeDeletable(TestContainer container, TimeSpan moment)
    {
        Result result = container.Delete("--force");

        Assert.That(result.ExitCode, Is.Zero, $"killed after {moment}: {result}");
        Assert.That(container.Left(), Is.Empty, $"killed after {moment}: {result}");
    }
}
