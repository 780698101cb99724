using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary><c>pause</c> and <c>resume</c>.</summary>
[TestFixture]
internal sealed class PauseTests
{
    private const string Counting = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.01; done";

    [Test, CancelAfter(30_000)]
    public void Pause_stops_every_process_until_resume()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Shell(Counting));
        container.WaitForOutput("3");

        container.Runtime.Run("pause", container.Id).MustSucceed();
        string status = container.Status;
        string frozen = FreezerState(container);
        string first = container.Output;
        Result exec = container.Exec("true");
        string second = container.Output;
        container.Runtime.Run("resume", container.Id).MustSucceed();

        Assert.That(status, Is.EqualTo("paused"));
        Assert.That(frozen, Is.EqualTo("FROZEN").Or.EqualTo("1"));
        Assert.That(second, Is.EqualTo(first));
        Assert.That(exec.ExitCode, Is.EqualTo(255));
        Assert.That(exec.Error, Does.Contain("paused"));
        Assert.That(container.Status, Is.EqualTo("running"));
        Assert.That(FreezerState(container), Is.EqualTo("THAWED").Or.EqualTo("0"));
        Wait.Until(() => container.Output.Length > second.Length, "the container to go on");
    }

    [Test, CancelAfter(30_000)]
    public void Kill_by_KILL_ends_a_paused_container()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        container.Runtime.Run("pause", container.Id).MustSucceed();

        container.Kill("KILL").MustSucceed();

        container.WaitUntilStopped();
        container.Delete().MustSucceed();
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Kill_all_by_KILL_ends_a_paused_container()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Shell("sleep 61 & sleep 62"));
        container.Runtime.Run("pause", container.Id).MustSucceed();

        container.Kill("KILL", "--all").MustSucceed();

        container.WaitUntilStopped();
    }

    [Test, CancelAfter(30_000)]
    public void A_signal_to_a_paused_container_comes_in_after_resume()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Shell("trap 'echo got it' TERM; echo ready; while :; do sleep 0.05; done"));
        container.WaitForOutput("ready");
        container.Runtime.Run("pause", container.Id).MustSucceed();

        container.Kill("TERM").MustSucceed();
        string status = container.Status;
        container.Runtime.Run("resume", container.Id).MustSucceed();

        Assert.That(status, Is.EqualTo("paused"));
        container.WaitForOutput("got it");
    }

    [Test, CancelAfter(30_000)]
    public void Delete_by_force_ends_a_paused_container()
    {
        using var container = TestContainer.Started(bundle => bundle.WithoutNamespace("pid").Process.Shell("sleep 61 & sleep 62"));
        container.Runtime.Run("pause", container.Id).MustSucceed();

        container.Delete("--force").MustSucceed();

        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Delete_without_force_of_a_paused_container_is_refused()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        container.Runtime.Run("pause", container.Id).MustSucceed();

        Result result = container.Delete();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(container.Status, Is.EqualTo("paused"));
    }

    [Test, CancelAfter(30_000)]
    public void Exec_with_ignore_paused_waits_for_the_resume()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        container.Runtime.Run("pause", container.Id).MustSucceed();

        using RunningCommand exec = container.ExecInBackground(["--ignore-paused"], "echo", "thawed");
        container.Runtime.Run("resume", container.Id).MustSucceed();

        Assert.That(exec.Wait().Output, Is.EqualTo("thawed"));
    }

    private static string FreezerState(TestContainer container) => container.Cgroups.Read("freezer", "freezer.state", "cgroup.freeze");
}
