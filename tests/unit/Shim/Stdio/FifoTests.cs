using System.Security.Cryptography;
using Bulkhead.Linux;
using Bulkhead.Shim.Loop;
using Bulkhead.Shim.Stdio;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Shim.Stdio;

[TestFixture, CancelAfter(60_000)]
internal sealed class FifoTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(200);

    [TestCase(true, TestName = "Each stream goes into its fifo when the client is there first")]
    [TestCase(false, TestName = "Each stream goes into its fifo when the shim is there first")]
    public void Output(bool clientFirst)
    {
        using StdioHarness harness = new();
        string output = harness.Fifo("stdout");
        string error = harness.Fifo("stderr");
        harness.Run(async () =>
        {
            using LoopStream? early = clientFirst ? harness.Reader(output) : null;
            await using ProcessStdio stdio = await harness.OpenAsync(stdout: output, stderr: error);
            using LoopStream outputReader = early ?? harness.Reader(output);
            using LoopStream errorReader = harness.Reader(error);
            TestProcess process = harness.Shell(stdio, "echo out; echo err >&2");
            await stdio.StartAsync(CancellationToken.None);
            await process.EndAsync();
            await stdio.DrainAsync(Grace);

            Assert.That(await StdioHarness.TextOf(outputReader), Is.EqualTo("out\n"));
            Assert.That(await StdioHarness.TextOf(errorReader), Is.EqualTo("err\n"));
            Assert.That(harness.Reports, Is.Empty);
        });
    }

    [Test]
    public void A_hundred_megabytes_arrive_as_they_were_sent_when_the_client_is_slow()
    {
        using StdioHarness harness = new();
        string output = harness.Fifo("stdout");
        byte[] data = new byte[100_000_000];
        new Random(1).NextBytes(data);
        File.WriteAllBytes(harness.PathOf("data"), data);
        byte[] hash = [];
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(stdout: output);
            using LoopStream reader = harness.Reader(output);
            TestProcess process = harness.Shell(stdio, "exec cat $DIR/data");
            await stdio.StartAsync(CancellationToken.None);
            Task<byte[]> reading = HashOf(reader, harness.Loop);
            await process.EndAsync();
            await stdio.DrainAsync(Grace);
            hash = await reading;
        });

        Assert.That(hash, Is.EqualTo(SHA256.HashData(data)));
    }

    [Test]
    public void A_process_whose_client_never_came_is_not_held_up_and_the_newest_output_is_kept()
    {
        using StdioHarness harness = new();
        string input = harness.Fifo("stdin");
        string output = harness.Fifo("stdout");
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(input, output);
            TestProcess process = harness.Shell(stdio, "seq 1000000; touch $DIR/written; read x; echo end");
            await stdio.StartAsync(CancellationToken.None);
            while (!File.Exists(harness.PathOf("written")))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), harness.Loop.Time);
            }

            using LoopStream reader = harness.Reader(output);
            string kept = await StdioHarness.TextUntil(reader, "\n1000000\n");
            using LoopStream writer = harness.Writer(input);
            await writer.WriteAsync("go\n"u8.ToArray());
            string rest = await StdioHarness.TextUntil(reader, "end\n");
            await process.EndAsync();

            string[] lines = kept.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.That(kept, Has.Length.InRange(FifoSink.MostKept - (80 << 10), FifoSink.MostKept));
            Assert.That(lines[1..].Select(int.Parse), Is.EqualTo(Enumerable.Range(1_000_000 - lines.Length + 2, lines.Length - 1)));
            Assert.That(rest, Is.EqualTo("end\n"));
        });
    }

    [Test]
    public void A_process_goes_on_when_the_client_that_holds_it_up_leaves()
    {
        using StdioHarness harness = new();
        string output = harness.Fifo("stdout");
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(stdout: output);
            LoopStream reader = harness.Reader(output);
            TestProcess process = harness.Shell(stdio, "head -c 5000000 /dev/zero; touch $DIR/written");
            await stdio.StartAsync(CancellationToken.None);
            await Task.Delay(TimeSpan.FromMilliseconds(100), harness.Loop.Time);
            Assert.That(File.Exists(harness.PathOf("written")), Is.False);

            reader.Dispose();
            await process.EndAsync();
            Assert.That(File.Exists(harness.PathOf("written")), Is.True);
        });
    }

    [Test]
    public void A_client_that_comes_back_finds_what_was_written_meanwhile()
    {
        using StdioHarness harness = new();
        string input = harness.Fifo("stdin");
        string output = harness.Fifo("stdout");
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(input, output);
            TestProcess process = harness.Shell(stdio, "exec cat");
            await stdio.StartAsync(CancellationToken.None);
            for (int i = 0; i < 5; i++)
            {
                using LoopStream writer = harness.Writer(input);
                await writer.WriteAsync("absent\n"u8.ToArray());
                await Task.Delay(TimeSpan.FromMilliseconds(10), harness.Loop.Time);
                using LoopStream reader = harness.Reader(output);
                await writer.WriteAsync("here\n"u8.ToArray());

                Assert.That(await StdioHarness.TextUntil(reader, "here\n"), Is.EqualTo("absent\nhere\n"));
            }

            stdio.CloseInput();
            Assert.That(await process.EndAsync(), Is.Zero);
        });
    }

    [Test]
    public void A_client_that_comes_after_the_process_has_ended_finds_its_output_and_the_end()
    {
        using StdioHarness harness = new();
        string output = harness.Fifo("stdout");
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(stdout: output);
            TestProcess process = harness.Shell(stdio, "echo nobody is here");
            await stdio.StartAsync(CancellationToken.None);
            await process.EndAsync();
            await stdio.DrainAsync(Grace);

            using LoopStream reader = harness.Reader(output);
            Assert.That(await StdioHarness.TextOf(reader), Is.EqualTo("nobody is here\n"));
        });
    }

    [Test]
    public void Output_that_nobody_ever_reads_is_thrown_away_in_the_end()
    {
        using StdioHarness harness = new();
        string output = harness.Fifo("stdout");
        harness.Run(async () =>
        {
            await using (ProcessStdio stdio = await harness.OpenAsync(stdout: output))
            {
                TestProcess process = harness.Shell(stdio, "echo nobody is here");
                await stdio.StartAsync(CancellationToken.None);
                await process.EndAsync();
                await stdio.DrainAsync(Grace);
            }

            using LoopStream reader = harness.Reader(output);
            Assert.That(await reader.ReadAsync(new byte[1]), Is.Zero);
        });
    }

    [Test]
    public void Input_ends_when_it_is_closed_and_not_before()
    {
        using StdioHarness harness = new();
        string input = harness.Fifo("stdin");
        string output = harness.Fifo("stdout");
        byte[] data = new byte[300_000];
        new Random(2).NextBytes(data);
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(input, output);
            using LoopStream reader = harness.Reader(output);
            TestProcess process = harness.Shell(stdio, "sha256sum; echo over");
            LoopStream client = harness.Writer(input);
            await stdio.StartAsync(CancellationToken.None);
            await client.WriteAsync(data.AsMemory(0, 100_000));
            client.Dispose();
            using LoopStream next = harness.Writer(input);
            await next.WriteAsync(data.AsMemory(100_000));

            // The client still has the fifo open, as containerd's own when it asks for this.
            stdio.CloseInput();
            await process.EndAsync();
            await stdio.DrainAsync(Grace);
            Assert.That(await StdioHarness.TextOf(reader), Is.EqualTo($"{Convert.ToHexStringLower(SHA256.HashData(data))}  -\nover\n"));
        });
    }

    [Test]
    public void Input_that_was_closed_before_the_start_is_still_passed_on()
    {
        using StdioHarness harness = new();
        string input = harness.Fifo("stdin");
        string output = harness.Fifo("stdout");
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(input, output);
            using LoopStream reader = harness.Reader(output);
            using (LoopStream client = harness.Writer(input))
            {
                await client.WriteAsync("early"u8.ToArray());
            }

            stdio.CloseInput();
            TestProcess process = harness.Shell(stdio, "exec cat");
            await stdio.StartAsync(CancellationToken.None);
            await process.EndAsync();
            await stdio.DrainAsync(Grace);
            Assert.That(await StdioHarness.TextOf(reader), Is.EqualTo("early"));
        });
    }

    [Test]
    public void A_process_that_reads_no_input_is_no_error()
    {
        using StdioHarness harness = new();
        string input = harness.Fifo("stdin");
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(input);
            using LoopStream client = harness.Writer(input);
            TestProcess process = harness.Shell(stdio, "exec <&-; sleep 0.05");
            await stdio.StartAsync(CancellationToken.None);
            await client.WriteAsync("nobody reads this"u8.ToArray());
            await process.EndAsync();
            await stdio.DrainAsync(Grace);

            Assert.That(harness.Reports, Is.Empty);
        });
    }

    [Test]
    public void Output_is_whole_when_another_process_keeps_the_pipe_open()
    {
        using StdioHarness harness = new();
        string output = harness.Fifo("stdout");
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(stdout: output);
            using LoopStream reader = harness.Reader(output);
            TestProcess process = harness.Shell(stdio, "sleep 60 & echo $! > $DIR/pid; seq 100000");
            await stdio.StartAsync(CancellationToken.None);
            Task<string> reading = StdioHarness.TextOf(reader);
            await process.EndAsync();
            await stdio.DrainAsync(TimeSpan.FromMilliseconds(20));

            Assert.That(await reading, Does.StartWith("1\n2\n").And.EndsWith("\n99999\n100000\n"));
            new TestProcess(harness.Loop, null, int.Parse(File.ReadAllText(harness.PathOf("pid")))).Kill();
        });
    }

    [Test]
    public void Draining_ends_when_another_process_writes_for_ever()
    {
        using StdioHarness harness = new();
        string output = harness.Fifo("stdout");
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(stdout: output);
            using LoopStream reader = harness.Reader(output);
            TestProcess process = harness.Shell(stdio, "echo first; yes & echo $! > $DIR/pid");
            await stdio.StartAsync(CancellationToken.None);
            Task<string> reading = StdioHarness.TextOf(reader);
            await process.EndAsync();
            await stdio.DrainAsync(TimeSpan.FromMilliseconds(20));

            Assert.That(await reading, Does.StartWith("first\n").Or.StartWith("y\n"));
            new TestProcess(harness.Loop, null, int.Parse(File.ReadAllText(harness.PathOf("pid")))).Kill();
        });
    }

    [Test]
    public void A_client_that_reads_nothing_holds_up_neither_the_draining_nor_the_disposal()
    {
        using StdioHarness harness = new();
        string output = harness.Fifo("stdout");
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(stdout: output);
            using LoopStream reader = harness.Reader(output);
            TestProcess process = harness.Shell(stdio, "head -c 120000 /dev/zero");
            await stdio.StartAsync(CancellationToken.None);
            await process.EndAsync();
            await stdio.DrainAsync(TimeSpan.FromMilliseconds(20));

            // It has not lost anything so far.
            byte[] buffer = new byte[120_000];
            await FillAsync(reader, buffer);
            Assert.That(await reader.ReadAsync(buffer), Is.Zero);
        });
    }

    [Test]
    public void One_fifo_for_both_streams_has_them_in_their_order()
    {
        using StdioHarness harness = new();
        string output = harness.Fifo("both");
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(stdout: output, stderr: output);
            using LoopStream reader = harness.Reader(output);
            TestProcess process = harness.Shell(stdio, "for i in $(seq 500); do echo $i; echo $i >&2; done");
            await stdio.StartAsync(CancellationToken.None);
            Task<string> reading = StdioHarness.TextOf(reader);
            await process.EndAsync();
            await stdio.DrainAsync(Grace);

            Assert.That(await reading, Is.EqualTo(string.Concat(Enumerable.Range(1, 500).Select(static i => $"{i}\n{i}\n"))));
        });
    }

    [Test]
    public void What_is_no_fifo_is_refused_by_its_path()
    {
        using StdioHarness harness = new();
        string good = harness.Fifo("good");
        string file = harness.PathOf("file");
        File.WriteAllText(file, "untouched");
        string missing = harness.PathOf("missing");
        harness.Run(async () =>
        {
            Assert.That(await ErrorOf(harness.OpenAsync(good, missing)), Is.TypeOf<LinuxException>().With.Message.EqualTo($"open {missing}: No such file or directory (ENOENT)"));
            Assert.That(await ErrorOf(harness.OpenAsync(missing, good)), Is.TypeOf<LinuxException>().With.Property("Error").EqualTo(Errno.ENOENT));
            Assert.That(await ErrorOf(harness.OpenAsync(good, good, file)), Is.TypeOf<StdioException>().With.Message.EqualTo($"\"{file}\" is not a fifo"));
            Assert.That(await ErrorOf(harness.OpenAsync("/dev/null", good)), Is.TypeOf<StdioException>());
            Assert.That(await ErrorOf(harness.OpenAsync("file:///x", good)), Is.TypeOf<StdioException>());
        });

        Assert.That(File.ReadAllText(file), Is.EqualTo("untouched"));
    }

    [Test]
    public void Nothing_is_left_of_a_process_that_was_never_made()
    {
        using StdioHarness harness = new();
        string input = harness.Fifo("stdin");
        string output = harness.Fifo("stdout");
        harness.Run(async () =>
        {
            using LoopStream reader = harness.Reader(output);
            await using (ProcessStdio stdio = await harness.OpenAsync(input, output, output))
            {
                Assert.That(stdio.Input, Is.Not.Null);
            }

            Assert.That(await reader.ReadAsync(new byte[1]), Is.Zero);
        });
    }

    [Test]
    public void Without_addresses_there_are_no_ends()
    {
        using StdioHarness harness = new();
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync();
            Assert.That(new object?[] { stdio.Input, stdio.Output, stdio.Error, stdio.ConsoleSocket }, Is.All.Null);
            await stdio.StartAsync(CancellationToken.None);
            await stdio.DrainAsync(Grace);
        });
    }

    [Test]
    public void Copying_allocates_nothing_for_what_it_copies()
    {
        using StdioHarness harness = new();
        string output = harness.Fifo("stdout");
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(stdout: output);
            using LoopStream reader = harness.Reader(output);
            TestProcess process = harness.Shell(stdio, "exec head -c 200000000 /dev/zero");
            await stdio.StartAsync(CancellationToken.None);
            byte[] buffer = new byte[1 << 20];
            await FillAsync(reader, buffer);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
            {
                await FillAsync(reader, buffer);
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            await TestContext.Out.WriteLineAsync($"{allocated} bytes for 100 MiB");
            reader.Dispose();
            await process.EndAsync();
            Assert.That(allocated, Is.LessThan(4_000_000));
        });
    }

    private static async Task<byte[]> HashOf(LoopStream stream, EventLoop loop)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[50_000];
        for (int i = 0; await stream.ReadAsync(buffer) is > 0 and var count; i++)
        {
            hash.AppendData(buffer, 0, count);
            if (i % 100 == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(2), loop.Time);
            }
        }

        return hash.GetHashAndReset();
    }

    private static async Task FillAsync(LoopStream stream, Memory<byte> buffer)
    {
        while (!buffer.IsEmpty && await stream.ReadAsync(buffer) is > 0 and var count)
        {
            buffer = buffer[count..];
        }
    }

    private static async Task<Exception?> ErrorOf(Task<ProcessStdio> opening)
    {
        try
        {
            await (await opening).DisposeAsync();
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }
}
