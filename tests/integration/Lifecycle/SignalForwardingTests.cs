using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary>Signals to a <c>run</c> or <c>exec</c> in the foreground, which are meant for the process in the container.</summary>
[TestFixture]
internal sealed class SignalForwardingTests
{
    private static readonly string[] s_signals = ["HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "TERM", "CONT", "WINCH", "TSTP", "TTIN", "TTOU", "XCPU", "VTALRM", "PROF", "IO", "PWR"];

    private static readonly string[] s_realTime = ["35", "37", "50", "64"];

    private static string Traps => $"for s in {string.Join(' ', [.. s_signals, .. s_realTime])}; do trap \"echo got $s\" $s; done; echo ready; while :; do sleep 0.02; done";

    [Test, CancelAfter(60_000)]
    public void Run_passes_every_signal_on()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell(Traps));
        using RunningCommand run = container.RunInBackground();
        container.WaitForOutput("ready");

        foreach (string signal in s_signals)
        {
            run.Signal(signal);
            container.WaitForOutput($"got {signal}");
        }

        Assert.That(run.HasEnded, Is.False);
        container.Kill("KILL").MustSucceed();
        Assert.That(run.Wait().ExitCode, Is.EqualTo(137));
    }

    [Test, CancelAfter(60_000)]
    public void Run_passes_real_time_signals_on()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell(Traps));
        using RunningCommand run = container.RunInBackground();
        container.WaitForOutput("ready");

        foreach (string signal in s_realTime)
        {
            run.Signal(signal);
            container.WaitForOutput($"got {signal}");
        }

        Assert.That(run.HasEnded, Is.False);
    }

    [TestCase("--block-signal=URG", TestName = "Signals are passed on where the caller blocks URG")]
    [TestCase("--block-signal=URG,TERM,IO,PWR", TestName = "Signals are passed on where the caller blocks one of them")]
    [TestCase("--block-signal", TestName = "Signals are passed on where the caller blocks all")]
    [CancelAfter(60_000)]
    public void Signals_that_the_caller_blocks(string blocked)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell(Traps));
        container.Runtime.Prefix.AddRange(["env", blocked]);
        using RunningCommand run = container.RunInBackground();
        container.WaitForOutput("ready");

        foreach (string signal in (string[])["TERM", "USR1", "64"])
        {
            run.Signal(signal);
            container.WaitForOutput($"got {signal}");
        }

        Assert.That(run.HasEnded, Is.False);
    }

    [Test, CancelAfter(60_000)]
    public void Exec_passes_signals_on()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        using RunningCommand exec = container.ExecInBackground([], "sh", "-c", Traps);
        Wait.Until(() => exec.Output.Contains("ready", StringComparison.Ordinal), "the process to be ready");

        exec.Signal("TERM");
        exec.Signal("USR1");

        Wait.Until(() => exec.Output.Contains("got TERM", StringComparison.Ordinal) && exec.Output.Contains("got USR1", StringComparison.Ordinal), "both signals");
        Assert.That(container.Init.IsAlive, Is.True);
    }

    [Test, CancelAfter(60_000)]
    public void A_signal_that_ends_the_process_of_exec_becomes_its_exit_code()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        using RunningCommand exec = container.ExecInBackground([], "sh", "-c", "echo ready; exec sleep 60");
        Wait.Until(() => exec.Output.Contains("ready", StringComparison.Ordinal), "the process to be ready");

        exec.Signal("TERM");

        Assert.That(exec.Wait().ExitCode, Is.EqualTo(143));
    }

    [Test, CancelAfter(60_000)]
    public void A_signal_that_comes_before_the_program_has_begun_is_passed_on_to_it()
    {
        using var container = TestContainer.From(bundle =>
            bundle.WithoutNamespace("pid").Hook("createRuntime", "/bin/sh", "sh", "-c", "kill -TERM $PPID").Process.Args("sleep", "60"));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(143), $"{result}");
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void A_signal_that_comes_after_the_programs_end_does_not_keep_run_from_cleaning_up()
    {
        using var container = TestContainer.From(bundle => bundle.Hook("poststop", "/bin/sh", "sh", "-c", "kill -TERM $PPID; kill -USR1 $PPID").Process.Shell("exit 7"));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(7), $"{result}");
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void A_burst_of_signals_is_survived()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("trap 'n=1' USR1; trap 'echo enough; exit 5' TERM; echo ready; while :; do sleep 0.02; done"));
        using RunningCommand run = container.RunInBackground();
        container.WaitForOutput("ready");

        for (int i = 0; i < 2000; i++)
        {
            run.Signal("USR1");
        }

        run.Signal("TERM");

        Assert.That(run.Wait().ExitCode, Is.EqualTo(5));
        Assert.That(container.Left(), Is.Empty);
    }
}
