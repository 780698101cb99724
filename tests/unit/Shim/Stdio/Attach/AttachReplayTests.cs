using System.Text;
using Bulkhead.Shim.Stdio;
using Bulkhead.Shim.Stdio.Attach;
using Bulkhead.Shim.Stdio.Logs;
using Bulkhead.Tests.Unit.Fuzz;
using Bulkhead.Tests.Unit.Shim.Stdio.Logs;
using NUnit.Framework;
using static Bulkhead.Tests.Unit.Shim.Stdio.Attach.AttachTests;

namespace Bulkhead.Tests.Unit.Shim.Stdio.Attach;

/// <summary>From the start of the kept log to the live output, without a gap or a repetition.</summary>
[TestFixture, CancelAfter(60_000)]
internal sealed class AttachReplayTests
{
    [TestCase(LogKind.JsonFile)]
    [TestCase(LogKind.Cri)]
    public void What_is_kept_comes_first_then_the_begun_line_then_what_is_live(LogKind kind)
    {
        Run(kind, maxSize: 200, maxFiles: 100, test: async (harness, sink) =>
        {
            StringBuilder expected = new();
            for (int i = 0; i < 50; i++)
            {
                expected.Append("line \"").Append(i).Append("\"\n");
                await sink.WriteAsync(OutputStream.Stdout, Encoding.ASCII.GetBytes($"line \"{i}\"\n"));
            }

            await sink.WriteAsync(OutputStream.Stdout, "a line that "u8.ToArray());
            using AttachTestClient client = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "o", fromStart: true);
            await sink.WriteAsync(OutputStream.Stdout, "ends later\n"u8.ToArray());
            await sink.EndAsync(OutputStream.Stdout);
            await sink.DisposeAsync();

            (byte[] output, AttachFrameKind last, _) = await client.OutputAsync();
            Check(Encoding.ASCII.GetString(output) == expected + "a line that ends later\n", "all, in order");
            Check(last is AttachFrameKind.End, "to the end");
        });
    }

    [Test]
    public void One_who_comes_when_all_has_ended_sees_what_is_kept()
    {
        Run(LogKind.Cri, async (harness, sink) =>
        {
            await sink.WriteAsync(OutputStream.Stdout, "out\n"u8.ToArray());
            await sink.WriteAsync(OutputStream.Stderr, "error\n"u8.ToArray());
            await sink.EndAsync(OutputStream.Stdout);
            await sink.EndAsync(OutputStream.Stderr);
            using AttachTestClient client = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "oe", fromStart: true);
            Task<List<string>> frames = client.FramesAsync();
            await UntilAsync(() => Task.FromResult(harness.Time.Timers == 1 ? "" : null));
            await sink.DisposeAsync();

            Assert.That(await frames, Is.EqualTo(new[] { "Stdout out\n", "Stderr error\n", "StreamEnd \u0001", "StreamEnd \u0002", "End" }));
        });
    }

    [TestCase(LogKind.JsonFile)]
    [TestCase(LogKind.Cri)]
    public void While_the_process_writes_and_the_log_is_rotated_nothing_is_missing_or_twice(LogKind kind) => AnySeed.Holds(random =>
    {
        using MemoryStream stdout = new();
        using MemoryStream stderr = new();
        List<(byte[] Output, AttachFrameKind Last)> seen = [];
        bool ofErrors = random.Next(2) == 0;
        Run(kind, maxSize: random.Pick(0, 1000, 20_000), maxFiles: random.Pick(1000), test: async (harness, sink) =>
        {
            List<Task> clients = [];
            int pieces = random.Next(10, 60);
            for (int i = 0; i < pieces; i++)
            {
                if (clients.Count < 4 && random.Next(15) == 0)
                {
                    clients.Add(ClientAsync(harness));
                }

                OutputStream stream = random.Pick(OutputStream.Stdout, OutputStream.Stderr);
                string line = $"{stream} {i} {new string('x', random.Pick(0, 10, 1000, 20_000))}";
                byte[] piece = Encoding.ASCII.GetBytes(random.Next(3) == 0 ? line : line + "\n");
                (stream is OutputStream.Stdout ? stdout : stderr).Write(piece);
                await sink.WriteAsync(stream, piece);
                if (random.Next(3) == 0)
                {
                    await Task.Yield();
                }
            }

            clients.Add(ClientAsync(harness));
            await UntilAsync(() => Task.FromResult(clients.TrueForAll(client => client.IsCompleted) || seen.Count == clients.Count ? "" : null));
            await sink.EndAsync(OutputStream.Stdout);
            await sink.EndAsync(OutputStream.Stderr);
            await sink.DisposeAsync();
            await Task.WhenAll(clients);
        });

        byte[] expected = (ofErrors ? stderr : stdout).ToArray();
        return seen.TrueForAll(client => client.Last is AttachFrameKind.End && client.Output.AsSpan().SequenceEqual(expected));

        async Task ClientAsync(LogHarness harness)
        {
            using AttachTestClient client = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "oe", fromStart: true);
            int index = seen.Count;
            seen.Add(default);
            (byte[] output, AttachFrameKind last, _) = await client.OutputAsync(ofErrors ? AttachFrameKind.Stderr : AttachFrameKind.Stdout);
            seen[index] = (output, last);
        }
    }, tests: 20);

    [TestCase(true, TestName = "A replay that falls behind what is kept holds the process up until it goes on, and misses nothing")]
    [TestCase(false, TestName = "A replay that falls behind what is kept and does not go on is cut off")]
    public void Falling_behind(bool goesOn)
    {
        Run(LogKind.Cri, maxSize: 20_000, maxFiles: 50, test: async (harness, sink) =>
        {
            byte[] line = [.. Enumerable.Repeat((byte)'y', 9_999), (byte)'\n'];
            int written = 0;
            for (; written < 90; written++)
            {
                await sink.WriteAsync(OutputStream.Stdout, line);
            }

            using AttachTestClient slow = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "o", fromStart: true);
            ValueTask writing = default;
            while (writing.IsCompleted && written < 1000)
            {
                writing = sink.WriteAsync(OutputStream.Stdout, line);
                written++;
                await Task.Yield();
            }

            Check(written is > 110 and < 200, $"it is waited for after {written} lines");
            Check(LogHarness.Descriptors() < 100, "what is kept open is bounded");
            if (!goesOn)
            {
                harness.Time.Advance(TimeSpan.FromSeconds(10));
                await writing;
                Check((await slow.OutputAsync()).Last is AttachFrameKind.CutOff, "cut off");
                return;
            }

            Task<(byte[] Output, AttachFrameKind Last, string Text)> reading = slow.OutputAsync();
            await writing;
            await sink.DisposeAsync();
            Check((await reading).Output.Length == written * line.Length && (await reading).Last is AttachFrameKind.End, "all of it");
        });
    }

    [Test]
    public void What_is_no_record_is_passed_over_whatever_its_length()
    {
        using LogHarness harness = new();
        File.WriteAllText(harness.Log, new string('#', 500_000) + "\n2026-01-02T03:04:05Z stdout F old\n" + new string('#', 131_072) + "\n\n\0\nbroken");
        harness.Loop.Run(async () =>
        {
            await using LogSink sink = harness.Open(LogKind.Cri, attach: true);
            await sink.WriteAsync(OutputStream.Stdout, "new\n"u8.ToArray());
            using AttachTestClient client = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "o", fromStart: true);
            (byte[] output, _, _) = await client.OutputAsync(most: 8);
            Check(Encoding.ASCII.GetString(output) == "old\nnew\n", "what is a record");
        });
    }

    [Test]
    public void Without_a_log_the_start_is_now()
    {
        Run(LogKind.None, async (harness, sink) =>
        {
            await sink.WriteAsync(OutputStream.Stdout, "before"u8.ToArray());
            using AttachTestClient client = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "o", fromStart: true);
            await sink.WriteAsync(OutputStream.Stdout, "after"u8.ToArray());
            (byte[] output, _, _) = await client.OutputAsync(most: 5);
            Check(Encoding.ASCII.GetString(output) == "after", "after");
        });
    }
}
