using System.Text;
using Bulkhead.Shim.Stdio;
using Bulkhead.Shim.Stdio.Attach;
using Bulkhead.Tests.Unit.Shim.Stdio.Attach;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Shim.Stdio;

/// <summary>Processes with a log and an attach socket, as a Task request asks for them.</summary>
[TestFixture, CancelAfter(60_000)]
internal sealed class LogStdioTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(200);

    [Test]
    public void A_process_that_is_typed_to_is_seen_and_logged()
    {
        using StdioHarness harness = new();
        string socket = harness.PathOf("attach");
        string output = $"json-file://{harness.PathOf("log")}?max-size=100000&max-file=2&attach={socket}";
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync($"attach://{socket}", output, output);
            TestProcess process = harness.Shell(stdio, "while read line; do echo \"got $line\"; done; echo end >&2");
            await stdio.StartAsync(CancellationToken.None);
            using AttachTestClient client = await AttachTestClient.AttachAsync(harness.Loop, socket, "ioe", fromStart: true);
            await client.SendAsync(AttachFrameKind.Stdin, "one\ntwo\n"u8.ToArray());
            (byte[] seen, _, _) = await client.OutputAsync(most: "got one\ngot two\n".Length);
            await client.SendAsync(AttachFrameKind.StdinEnd, []);
            (byte[] error, _, _) = await client.OutputAsync(AttachFrameKind.Stderr, "end\n".Length);
            int exitCode = await process.EndAsync();
            await stdio.DrainAsync(Grace);

            Assert.That(Encoding.ASCII.GetString(seen) + Encoding.ASCII.GetString(error), Is.EqualTo("got one\ngot two\nend\n"));
            Assert.That(exitCode, Is.Zero);
        });

        string[] records = File.ReadAllLines(harness.PathOf("log"));
        Assert.That(records.Select(record => record[..record.IndexOf(",\"time\"", StringComparison.Ordinal)]), Is.EqualTo(new[]
        {
            """{"log":"got one\n","stream":"stdout" """.TrimEnd(), """{"log":"got two\n","stream":"stdout" """.TrimEnd(), """{"log":"end\n","stream":"stderr" """.TrimEnd(),
        }));
        Assert.That(harness.Reports, Is.Empty);
    }

    [Test]
    public void Input_stays_open_while_nobody_is_attached_and_ends_when_it_is_closed()
    {
        using StdioHarness harness = new();
        string socket = harness.PathOf("attach");
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync($"attach://{socket}", $"cri://{harness.PathOf("log")}?attach={socket}");
            TestProcess process = harness.Shell(stdio, "exec cat");
            await stdio.StartAsync(CancellationToken.None);
            foreach (string typed in new[] { "first\n", "second\n" })
            {
                using AttachTestClient client = await AttachTestClient.AttachAsync(harness.Loop, socket, "io");
                await client.SendAsync(AttachFrameKind.Stdin, Encoding.ASCII.GetBytes(typed));
                await client.OutputAsync(most: typed.Length);
            }

            stdio.CloseInput();
            Assert.That(await process.EndAsync(), Is.Zero);
            await stdio.DrainAsync(Grace);
        });

        Assert.That(File.ReadAllText(harness.PathOf("log")), Does.Contain(" stdout F first\n").And.EndsWith(" stdout F second\n"));
    }

    [TestCase("attach:///run/other", "none://?attach={0}", "none://?attach={0}", "no output has that attach socket")]
    [TestCase("attach:///run/other", "", "", "no output has that attach socket")]
    [TestCase("none://", "", "", "standard input comes from a fifo, an attach socket or from nowhere")]
    [TestCase("", "attach:///run/other", "", "output does not go there")]
    [TestCase("", "none://", "none://?attach={0}", "standard error has the log of standard output, or none")]
    public void What_does_not_fit_together_is_refused(string input, string output, string error, string expected)
    {
        using StdioHarness harness = new();
        string socket = harness.PathOf("attach");
        string message = "";
        harness.Run(async () =>
        {
            try
            {
                await using ProcessStdio stdio = await harness.OpenAsync(Named(input), Named(output), Named(error));
            }
            catch (StdioException refusal)
            {
                message = refusal.Message;
            }
        });

        Assert.That(message, Does.EndWith(": " + expected));
        Assert.That(File.Exists(socket), Is.False);

        string Named(string text) => text.Replace("{0}", socket, StringComparison.Ordinal);
    }
}
