using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Processes;

internal sealed class SpawnTests
{
    [TestCase("exit 0", 0)]
    [TestCase("exit 7", 7)]
    [TestCase("kill -9 $$", 137)]
    [CancelAfter(20_000)]
    public void The_exit_code_comes_back(string script, int code)
    {
        WaitStatus status = Spawn.Start(Shell(script)).Wait(null);

        Assert.That(status.ExitCode, Is.EqualTo(code));
    }

    [Test, CancelAfter(20_000)]
    public void Arguments_environment_and_streams_are_handed_over()
    {
        (FileDescriptor source, FileDescriptor feed) = Pipe.Create("input");
        (FileDescriptor result, FileDescriptor output) = Pipe.Create("output");
        Spawned child;
        using (source)
        using (output)
        {
            child = Spawn.Start(Shell("cat; echo \"$0|$VARIABLE\"; echo error >&2", "a b") with { Environment = ["VARIABLE=x=ü"], Input = source, Output = output, Error = output });
        }

        using (feed)
        {
            feed.Write("state\n");
        }

        using FileDescriptor reading = result;
        string text = Encoding.UTF8.GetString(reading.ReadToEnd(1024));

        Assert.That(child.Wait(TimeSpan.FromSeconds(10)).IsSuccess, Is.True);
        Assert.That(text, Is.EqualTo("state\na b|x=ü\nerror\n"));
    }

    [Test, CancelAfter(20_000)]
    public void No_signal_is_blocked_and_a_broken_pipe_kills()
    {
        (FileDescriptor result, FileDescriptor output) = Pipe.Create("output");
        Spawned child;
        using (output)
        {
            child = Spawn.Start(Shell("grep -E '^Sig(Blk|Ign)' /proc/self/status") with { Output = output });
        }

        using FileDescriptor reading = result;
        string[] lines = Encoding.UTF8.GetString(reading.ReadToEnd(1024)).Split('\n');
        child.Wait(null);

        Assert.That(lines[0], Does.EndWith("0000000000000000"));
        Assert.That(Convert.ToUInt64(lines[1].Split('\t')[1], 16) & (1UL << (Signal.Pipe.Number - 1)), Is.Zero);
    }

    [Test, CancelAfter(20_000)]
    public void One_that_takes_too_long_is_killed()
    {
        Spawned child = Spawn.Start(Shell("sleep 60"));

        WaitStatus status = child.Wait(TimeSpan.FromMilliseconds(50));

        Assert.That(child.TimedOut, Is.True);
        Assert.That(status.SignalNumber, Is.EqualTo(Signal.Kill.Number));
    }

    [Test]
    public void A_program_that_is_not_there_is_named() =>
        Assert.That(
            () => Spawn.Start(Shell("") with { Program = "/no/such/program" }),
            Throws.TypeOf<LinuxException>().With.Message.EqualTo("execve /no/such/program: No such file or directory (ENOENT)"));

    [Test]
    public void A_zero_in_an_argument_is_refused() =>
        Assert.That(() => Spawn.Start(Shell("true\0; rm")), Throws.ArgumentException);

    private static SpawnPlan Shell(string script, params string[] arguments) => new()
    {
        Program = "/bin/sh",
        Arguments = ["sh", "-c", script, .. arguments],
        Environment = ["PATH=/usr/bin:/bin"],
    };
}
