using Bulkhead.Shim.Stdio;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Shim.Stdio;

[TestFixture, CancelAfter(60_000)]
internal sealed class FileTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(200);

    [Test]
    public void Both_streams_are_appended_to_one_file_in_their_order()
    {
        using StdioHarness harness = new();
        string path = harness.PathOf("new/folder/out.log");
        for (int i = 0; i < 2; i++)
        {
            using StdioHarness each = new();
            each.Run(async () =>
            {
                await using ProcessStdio stdio = await each.OpenAsync(stdout: $"file://{path}", stderr: $"file://{path}");
                TestProcess process = each.Shell(stdio, "echo a; echo b >&2; echo c");
                await stdio.StartAsync(CancellationToken.None);
                await process.EndAsync();
                await stdio.DrainAsync(Grace);
            });
        }

        Assert.That(File.ReadAllText(path), Is.EqualTo("a\nb\nc\na\nb\nc\n"));
        Assert.That(File.GetUnixFileMode(path) & ~UnixFileMode.GroupRead & ~UnixFileMode.OtherRead, Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void A_disk_that_is_full_is_reported_once_and_the_process_goes_on()
    {
        using StdioHarness harness = new();
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(stdout: "file:///dev/full");
            TestProcess process = harness.Shell(stdio, "seq 1000000; exit 5");
            await stdio.StartAsync(CancellationToken.None);
            Assert.That(await process.EndAsync(), Is.EqualTo(5));
            await stdio.DrainAsync(Grace);
        });

        Assert.That(harness.Reports, Is.EqualTo(new[] { "write /dev/full: No space left on device (ENOSPC); further output is thrown away" }));
    }

    [Test]
    public void A_fifo_that_nobody_reads_is_refused_as_a_file()
    {
        using StdioHarness harness = new();
        string fifo = harness.Fifo("fifo");
        harness.Run(async () =>
        {
            string message = "";
            try
            {
                await harness.OpenAsync(stdout: $"file://{fifo}");
            }
            catch (IOException error)
            {
                message = error.Message;
            }

            Assert.That(message, Does.StartWith($"open {fifo}: ").And.EndWith("(ENXIO)"));
        });
    }
}
