using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary>The standard streams that a container has from its caller.</summary>
[TestFixture]
internal sealed class StreamTests
{
    private const int Large = 8 << 20;

    [Test, CancelAfter(60_000)]
    public void Run_passes_on_large_data_in_both_directions()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("cat"));
        container.Runtime.Input = new string('x', Large);

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.Output, Has.Length.EqualTo(Large));
    }

    [Test, CancelAfter(60_000)]
    public void Exec_passes_on_large_data_in_both_directions()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        container.Runtime.Input = new string('x', Large);

        Result result = container.Exec("cat");

        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.Output, Has.Length.EqualTo(Large));
    }

    [Test, CancelAfter(30_000)]
    public void A_created_container_has_the_streams_of_create_and_not_of_start()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("cat; echo err >&2"));
        container.Runtime.Input = "for create";
        container.Create().MustSucceed();
        container.Runtime.Input = "for start";

        Result start = container.Start();
        container.WaitUntilStopped();

        Assert.That((start.Output, start.Error), Is.EqualTo(("", "")));
        Assert.That(container.Output, Is.EqualTo("for create"));
        Assert.That(container.Error, Is.EqualTo("err"));
    }

    [Test, CancelAfter(30_000)]
    public void The_program_sees_the_end_of_its_callers_input()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("while read line; do echo \"got $line\"; done; echo end"));
        using RunningCommand run = container.Runtime.StartInteractive("run", "--bundle", container.Bundle.Path, container.Id);

        run.Input.Write("one\n");
        run.Input.Flush();
        Wait.Until(() => run.Output.Contains("got one", StringComparison.Ordinal), "the first line");
        run.Input.Close();

        Assert.That(run.Wait().Lines, Is.EqualTo(new[] { "got one", "end" }));
    }

    [TestCase("0<&-", "err", TestName = "{m}(closed stdin)")]
    [TestCase("1>&-", "err", TestName = "{m}(closed stdout)")]
    [TestCase("0<&- 1>&-", "err", TestName = "{m}(closed stdin and stdout)")]
    [TestCase("0<&- 1>&- 2>&-", "", TestName = "{m}(all closed)")]
    [CancelAfter(30_000)]
    public void A_stream_that_the_caller_has_closed_leads_to_nothing_of_the_hosts(string closed, string error)
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.Process.User(1000, 1000).Shell("ls -l /proc/self/fd >/tmp/seen 2>/dev/null; echo err >&2; exit 7");
            bundle.Mount("/tmp", "bind", bundle.Path, "rbind");
        });
        Directory.CreateDirectory(container.Runtime.Root);
        File.SetUnixFileMode(container.Bundle.Path, (UnixFileMode)0b111_111_111);

        Result result = HostShell.Run(container.Folder, $"{HostShell.Quote(Repository.RuntimeBinary)} --root {HostShell.Quote(container.Runtime.Root)} run --bundle {HostShell.Quote(container.Bundle.Path)} {container.Id} {closed}");
        string[] seen = File.ReadAllLines(Path.Combine(container.Bundle.Path, "seen"));

        Assert.That(result.ExitCode, Is.EqualTo(7), $"{result}");
        Assert.That(result.Error, Is.EqualTo(error));
        Assert.That(seen, Has.Some.Contains(" 0 -> ").And.Some.Contains(" 1 -> ").And.Some.Contains(" 2 -> "));
        Assert.That(seen.Where(line => line.Contains(container.Runtime.Root, StringComparison.Ordinal)), Is.Empty, string.Join('\n', seen));

        // Giving the streams to the container's user must not have given it something of the host's.
        Assert.That(HostShell.Run(container.Folder, $"stat -c %u {HostShell.Quote(container.Runtime.Root)} /proc /sys/fs/cgroup {HostShell.Quote(container.Bundle.Path)} {HostShell.Quote(container.Bundle.Rootfs)}").Lines, Is.All.EqualTo("0"));
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void The_program_gets_the_broken_pipe_of_a_reader_that_has_gone()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("yes"));

        Result result = HostShell.Run(container.Folder, $"{{ {HostShell.Quote(Repository.RuntimeBinary)} --root {HostShell.Quote(container.Runtime.Root)} run --bundle {HostShell.Quote(container.Bundle.Path)} {container.Id}; echo \"code $?\" >&2; }} | head -n 1");

        Assert.That(result.Output, Is.EqualTo("y"));
        Assert.That(result.Error, Does.EndWith("code 1").Or.EndsWith("code 141"), $"{result}");
        Assert.That(container.Left(), Is.Empty);
    }
}
