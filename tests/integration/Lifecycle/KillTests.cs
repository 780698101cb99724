using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary><c>kill</c>.</summary>
[TestFixture]
internal sealed class KillTests
{
    private const string Traps = "for s in HUP INT QUIT USR1 USR2 ALRM TERM WINCH 37 64; do trap \"echo got $s\" $s; done; echo ready; while :; do sleep 0.05; done";

    [TestCase("15", "TERM", TestName = "{m}(a number)")]
    [TestCase("HUP", "HUP", TestName = "{m}(a name)")]
    [TestCase("SIGUSR1", "USR1", TestName = "{m}(a name with SIG)")]
    [TestCase("sigusr2", "USR2", TestName = "{m}(lower case)")]
    [TestCase("RTMIN+3", "37", TestName = "{m}(RTMIN+3)")]
    [TestCase("SIGRTMIN+3", "37", TestName = "{m}(SIGRTMIN+3)")]
    [TestCase("RTMAX", "64", TestName = "{m}(RTMAX)")]
    [TestCase(null, "TERM", TestName = "{m}(none is TERM)")]
    [CancelAfter(30_000)]
    public void Kill_sends_the_signal_that_is_named_by(string? signal, string received)
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Shell(Traps));
        container.WaitForOutput("ready");

        (signal is null ? container.Runtime.Run("kill", container.Id) : container.Kill(signal)).MustSucceed();

        container.WaitForOutput($"got {received}");
        Assert.That(container.Status, Is.EqualTo("running"));
    }

    [Test, CancelAfter(30_000)]
    public void Kill_with_signal_0_only_asks_whether_the_container_lives()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        Result alive = container.Kill("0");
        container.Kill("KILL").MustSucceed();
        container.WaitUntilStopped();
        Result ended = container.Kill("0");

        Assert.That(alive.ExitCode, Is.Zero, $"{alive}");
        Assert.That(ended.ExitCode, Is.EqualTo(1));
    }

    [Test, CancelAfter(30_000)]
    public void Kill_reaches_init_alone_and_kill_all_everyone()
    {
        using var container = TestContainer.Started(bundle =>
            bundle.Process.Shell("(trap 'echo child got it' USR1; echo child ready; while :; do sleep 0.05; done) & trap 'echo init got it' USR1; echo init ready; while :; do sleep 0.05; done"));
        container.WaitForOutput("child ready");
        container.WaitForOutput("init ready");

        container.Kill("USR1").MustSucceed();
        container.WaitForOutput("init got it");
        bool childWasSpared = !container.Output.Contains("child got it", StringComparison.Ordinal);
        container.Kill("USR1", "--all").MustSucceed();

        container.WaitForOutput("child got it");
        Assert.That(childWasSpared, Is.True);
    }

    [Test, CancelAfter(30_000)]
    public void Kill_all_ends_what_is_left_of_a_container_whose_init_has_ended()
    {
        using var container = TestContainer.From(bundle => bundle.WithoutNamespace("pid").Process.Shell("sleep 60 & echo $!"));
        container.Create().MustSucceed();
        container.Start().MustSucceed();
        container.WaitUntilStopped();
        var orphan = new HostProcess(int.Parse(container.Output, System.Globalization.CultureInfo.InvariantCulture));
        bool livedOn = orphan.IsAlive;

        container.Kill("KILL", "-a").MustSucceed();

        Wait.Until(() => !orphan.IsAlive, "the orphan to end");
        Assert.That(livedOn, Is.True);
    }

    [Test, CancelAfter(30_000)]
    public void Kill_of_a_stopped_container_fails_and_kill_all_does_not()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("true"));
        container.WaitUntilStopped();

        Result one = container.Kill("TERM");
        Result all = container.Kill("KILL", "--all");

        Assert.That(one.ExitCode, Is.EqualTo(1));
        Assert.That(one.Error, Does.Contain("container not running").And.Contain(container.Id));
        Assert.That(all.ExitCode, Is.Zero, $"{all}");
    }

    [Test, CancelAfter(30_000)]
    public void Kill_ends_a_created_container()
    {
        using var container = TestContainer.Created(bundle => bundle.Process.Shell("echo begun"));

        container.Kill("KILL").MustSucceed();

        container.WaitUntilStopped();
        Assert.That(container.Output, Is.Empty);
    }
}
