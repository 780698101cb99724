using System.Text;
using Bulkhead.Shim.Stdio;
using Bulkhead.Shim.Stdio.Attach;
using Bulkhead.Shim.Stdio.Logs;
using Bulkhead.Tests.Unit.Shim.Stdio.Logs;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Shim.Stdio.Attach;

[TestFixture, CancelAfter(60_000)]
internal sealed class AttachTests
{
    [Test]
    public void Everyone_sees_what_he_asked_for_from_then_on()
    {
        Run(LogKind.None, async (harness, sink) =>
        {
            await sink.WriteAsync(OutputStream.Stdout, "before"u8.ToArray());
            using AttachTestClient all = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "oe");
            using AttachTestClient errors = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "e");
            await sink.WriteAsync(OutputStream.Stdout, "out"u8.ToArray());
            await sink.WriteAsync(OutputStream.Stderr, "error"u8.ToArray());
            await sink.EndAsync(OutputStream.Stdout);
            await sink.EndAsync(OutputStream.Stderr);
            await sink.DisposeAsync();

            Equal(await all.FramesAsync(), "Stdout out", "Stderr error", "StreamEnd \u0001", "StreamEnd \u0002", "End");
            Equal(await errors.FramesAsync(), "Stderr error", "StreamEnd \u0002", "End");
        });
    }

    [Test]
    public void Only_its_owner_may_connect_and_at_the_end_the_socket_is_gone()
    {
        using LogHarness harness = new();
        harness.Loop.Run(async () =>
        {
            LogSink sink = harness.Open(LogKind.None, attach: true);
            UnixFileMode mode = File.GetUnixFileMode(harness.Socket);
            await sink.DisposeAsync();
            Check(mode == (UnixFileMode.UserRead | UnixFileMode.UserWrite), "mode");
            Check(!File.Exists(harness.Socket), "gone");
        });
    }

    [Test]
    public void One_client_types_and_another_when_it_has_left()
    {
        Run(LogKind.None, async (harness, sink) =>
        {
            AttachInput input = sink.Attach!.OpenInput();
            AttachTestClient first = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "io");
            using AttachTestClient refused = await AttachTestClient.HelloAsync(harness.Loop, harness.Socket, "i");
            Equal(await refused.FramesAsync(), "Refused another client is typing");

            byte[] buffer = new byte[4];
            Task<int> read = ReadAsync(input, buffer);
            await first.SendAsync(AttachFrameKind.Stdin, "typed"u8.ToArray());
            Check(await read == 4 && await ReadAsync(input, buffer.AsMemory(0, 1)) == 1, "in pieces");
            read = ReadAsync(input, buffer);
            first.Dispose();

            AttachTestClient second = await UntilAsync(async () =>
            {
                AttachTestClient next = await AttachTestClient.HelloAsync(harness.Loop, harness.Socket, "i");
                if ((await next.ReadAsync()).Kind is AttachFrameKind.Accepted)
                {
                    return next;
                }

                next.Dispose();
                return null;
            });
            await second.SendAsync(AttachFrameKind.Stdin, "more"u8.ToArray());
            Check(await read == 4 && Encoding.ASCII.GetString(buffer) == "more", "more");
            await second.SendAsync(AttachFrameKind.StdinEnd, []);
            Check(await ReadAsync(input, buffer) == 0, "the end");

            using AttachTestClient late = await AttachTestClient.HelloAsync(harness.Loop, harness.Socket, "i");
            Equal(await late.FramesAsync(), "Refused the process's input has ended");
            second.Dispose();
        });
    }

    [Test]
    public void A_megabyte_that_is_typed_comes_whole()
    {
        byte[] typed = new byte[1 << 20];
        new Random(1).NextBytes(typed);
        Run(LogKind.None, async (harness, sink) =>
        {
            AttachInput input = sink.Attach!.OpenInput();
            using AttachTestClient client = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "i");
            Task typing = TypeAsync();
            using MemoryStream read = new();
            byte[] buffer = new byte[5000];
            while (await ReadAsync(input, buffer) is > 0 and var count)
            {
                read.Write(buffer, 0, count);
            }

            await typing;
            Check(read.ToArray().AsSpan().SequenceEqual(typed), "whole");

            async Task TypeAsync()
            {
                for (int i = 0; i < typed.Length; i += 64 << 10)
                {
                    await client.SendAsync(AttachFrameKind.Stdin, typed[i..(i + (64 << 10))]);
                }

                await client.SendAsync(AttachFrameKind.StdinEnd, []);
            }
        });
    }

    [Test]
    public void Without_an_input_nobody_types()
    {
        Run(LogKind.None, async (harness, _) =>
        {
            using AttachTestClient client = await AttachTestClient.HelloAsync(harness.Loop, harness.Socket, "io");

            Equal(await client.FramesAsync(), "Refused the process has no input that is typed here");
        });
    }

    [Test]
    public void A_typist_that_was_killed_while_nobody_read_makes_room_for_another_and_what_is_halfway_is_read()
    {
        Run(LogKind.None, async (harness, sink) =>
        {
            AttachInput input = sink.Attach!.OpenInput();
            AttachTestClient killed = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "i");
            await killed.SendAsync(AttachFrameKind.Stdin, "typed "u8.ToArray());
            await killed.SendAsync(AttachFrameKind.Stdin, "lost"u8.ToArray());
            await Task.Delay(TimeSpan.FromMilliseconds(1), harness.Loop.Time);
            killed.Dispose();

            using AttachTestClient next = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "i");
            await next.SendAsync(AttachFrameKind.Stdin, "kept"u8.ToArray());
            byte[] buffer = new byte[100];
            int count = await ReadAsync(input, buffer);
            count += await ReadAsync(input, buffer.AsMemory(count));
            Check(Encoding.ASCII.GetString(buffer, 0, count) == "typed kept", "kept");
        });
    }

    [Test]
    public void What_is_typed_after_the_process_has_closed_its_input_is_thrown_away()
    {
        Run(LogKind.None, async (harness, sink) =>
        {
            AttachInput input = sink.Attach!.OpenInput();
            using AttachTestClient client = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "io");
            input.Dispose();
            for (int i = 0; i < 20; i++)
            {
                await client.SendAsync(AttachFrameKind.Stdin, new byte[64 << 10]);
            }

            await sink.WriteAsync(OutputStream.Stdout, "still here"u8.ToArray());
            (_, byte[] content) = await client.ReadAsync();
            Check(Encoding.ASCII.GetString(content) == "still here", "still here");
        });
    }

    [Test]
    public void A_sixty_fifth_client_is_refused()
    {
        Run(LogKind.None, async (harness, _) =>
        {
            List<AttachTestClient> clients = [];
            for (int i = 0; i < 64; i++)
            {
                clients.Add(await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "o"));
            }

            using AttachTestClient last = AttachTestClient.Connect(harness.Loop, harness.Socket);
            Equal(await last.FramesAsync(), "Refused 64 clients are attached already");
            clients[5].Dispose();
            using AttachTestClient next = await UntilAsync(async () =>
            {
                AttachTestClient again = await AttachTestClient.HelloAsync(harness.Loop, harness.Socket, "o");
                if ((await again.ReadAsync()).Kind is AttachFrameKind.Accepted)
                {
                    return again;
                }

                again.Dispose();
                return null;
            });
            clients.ForEach(client => client.Dispose());
        });
    }

    private static IEnumerable<TestCaseData> Rubbish()
    {
        yield return new TestCaseData(new byte[] { 16, 0, 0, 0, 255, 255, 255, 255 }, "Refused no frame begins like this, or it is longer than 65536 bytes").SetName("A giant length");
        yield return new TestCaseData("GET / HTTP/1.1\r\n\r\n"u8.ToArray(), "Refused no frame begins like this, or it is longer than 65536 bytes").SetName("Another protocol");
        yield return new TestCaseData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 1, 65 }, "Refused the first frame is no hello").SetName("Input before the hello");
        yield return new TestCaseData(new byte[] { 16, 0, 0, 0, 0, 0, 0, 4, 1, 2, 0, 0 }, "Refused the first frame is no hello").SetName("A long hello");
        yield return new TestCaseData(new byte[] { 16, 0, 0, 0, 0, 0, 0, 3, 2, 2, 0 }, "Refused version 2 of the protocol is unknown").SetName("Another version");
        yield return new TestCaseData(new byte[] { 16, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0 }, "Refused 0 stands for no streams").SetName("No streams");
        yield return new TestCaseData(new byte[] { 16, 0, 0, 0, 0, 0, 0, 3, 1, 8, 0 }, "Refused 8 stands for no streams").SetName("Unknown streams");
        yield return new TestCaseData(new byte[] { 16, 0, 0, 0, 0, 0, 0, 3, 1, 2, 2 }, "Refused 2 stands for no beginning").SetName("Unknown beginning");
        yield return new TestCaseData(
            new byte[] { 16, 0, 0, 0, 0, 0, 0, 3, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 65 }, "Accepted|CutOff a frame of kind 0 with 1 bytes has no place here").SetName("Input of one who may not type");
        yield return new TestCaseData(
            new byte[] { 16, 0, 0, 0, 0, 0, 0, 3, 1, 2, 0, 99, 0, 0, 0, 0, 0, 0, 0 }, "Accepted|CutOff a frame of kind 99 with 0 bytes has no place here").SetName("An unknown kind");
    }

    [TestCaseSource(nameof(Rubbish))]
    public void Rubbish_ends_its_connection_and_nothing_else(byte[] bytes, string expected)
    {
        Run(LogKind.None, async (harness, sink) =>
        {
            using AttachTestClient good = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "o");
            using AttachTestClient bad = AttachTestClient.Connect(harness.Loop, harness.Socket);
            await bad.RawAsync(bytes);
            Equal(await bad.FramesAsync(), expected.Split('|'));

            await sink.WriteAsync(OutputStream.Stdout, "on"u8.ToArray());
            Check((await good.ReadAsync()).Content.AsSpan().SequenceEqual("on"u8), "the others go on");
        });
    }

    [Test]
    public void Half_a_hello_is_waited_for_ten_seconds()
    {
        Run(LogKind.None, async (harness, _) =>
        {
            using AttachTestClient client = AttachTestClient.Connect(harness.Loop, harness.Socket);
            await client.RawAsync([16, 0, 0]);
            Task<List<string>> frames = client.FramesAsync();
            await UntilAsync(() => Task.FromResult(harness.Time.Timers > 0 ? "" : null));
            harness.Time.Advance(TimeSpan.FromSeconds(11));
            Equal(await frames);
        });
    }

    [Test]
    public void Clients_that_die_at_any_byte_leave_nothing()
    {
        byte[] frames = [16, 0, 0, 0, 0, 0, 0, 3, 1, 7, 1, 0, 0, 0, 0, 0, 0, 0, 5, 65, 65, 65, 65, 65, 17, 0, 0, 0, 0, 0, 0, 0];
        Run(LogKind.Cri, async (harness, sink) =>
        {
            AttachInput input = sink.Attach!.OpenInput();
            Task<int> reading = ReadAsync(input, new byte[100]);
            using AttachTestClient good = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "o");
            int before = LogHarness.Descriptors();
            for (int length = 0; length < frames.Length; length++)
            {
                using (AttachTestClient client = AttachTestClient.Connect(harness.Loop, harness.Socket))
                {
                    await client.RawAsync(frames[..length]);
                    await sink.WriteAsync(OutputStream.Stdout, "line\n"u8.ToArray());
                }

                if (reading.IsCompleted)
                {
                    _ = await reading;
                    reading = ReadAsync(input, new byte[100]);
                }
            }

            await UntilAsync(() => Task.FromResult(LogHarness.Descriptors() == before ? "" : null));
            (byte[] output, _, _) = await good.OutputAsync(most: 5 * frames.Length);
            Check(output.Length == 5 * frames.Length, "the others have seen everything");
        });
    }

    [Test]
    public void One_that_does_not_read_is_waited_for_ten_seconds_and_told_so_and_the_others_go_on()
    {
        Run(LogKind.None, async (harness, sink) =>
        {
            using AttachTestClient slow = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "o");
            using AttachTestClient good = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "o");
            long sent = 0;
            byte[] piece = new byte[50_000];
            ValueTask writing = default;
            while (writing.IsCompleted)
            {
                writing = sink.WriteAsync(OutputStream.Stdout, piece);
                sent += piece.Length;
                (byte[] seen, _, _) = await good.OutputAsync(most: piece.Length);
                Check(seen.Length == piece.Length, "others see it at once");
            }

            Check(sent is > 256 << 10 and < 2 << 20, "what is kept for one client is bounded");
            harness.Time.Advance(TimeSpan.FromSeconds(9));
            await Task.Yield();
            Check(!writing.IsCompleted, "it is waited for");
            harness.Time.Advance(TimeSpan.FromSeconds(1));
            await writing;
            await sink.WriteAsync(OutputStream.Stdout, piece);

            (byte[] output, AttachFrameKind last, string text) = await slow.OutputAsync();
            Check(last is AttachFrameKind.CutOff && text == "nothing was read for 10 s while the process was waiting", "told so");
            Check(output.Length == sent - piece.Length, "it had all up to then");
        });
    }

    [Test]
    public void One_that_reads_slowly_holds_the_process_up_and_misses_nothing()
    {
        byte[] output = new byte[3 << 20];
        new Random(1).NextBytes(output);
        Run(LogKind.None, async (harness, sink) =>
        {
            using AttachTestClient client = await AttachTestClient.AttachAsync(harness.Loop, harness.Socket, "o");
            Task writing = WriteAsync();
            Task<(byte[] Output, AttachFrameKind Last, string Text)> reading = client.OutputAsync();
            await writing;
            await sink.DisposeAsync();
            Check((await reading).Output.AsSpan().SequenceEqual(output), "all of it");
            Check((await reading).Last is AttachFrameKind.End, "to the end");

            async Task WriteAsync()
            {
                for (int i = 0; i < output.Length; i += 1 << 16)
                {
                    await sink.WriteAsync(OutputStream.Stdout, output.AsMemory(i, 1 << 16));
                }
            }
        });
    }

    private static async Task<int> ReadAsync(AttachInput input, Memory<byte> buffer)
    {
        int count;
        while ((count = input.TryRead(buffer.Span)) < 0)
        {
            await input.Input();
        }

        return count;
    }

    /// <summary>Waits for a condition; the test's own time limit is the limit.</summary>
    internal static async Task<T> UntilAsync<T>(Func<Task<T?>> attempt)
        where T : class
    {
        while (true)
        {
            if (await attempt() is { } value)
            {
                return value;
            }

            await Task.Yield();
        }
    }

    internal static void Run(LogKind kind, Func<LogHarness, LogSink, Task> test, long maxSize = 0, int maxFiles = 1)
    {
        using LogHarness harness = new();
        harness.Loop.Run(async () =>
        {
            await using LogSink sink = harness.Open(kind, maxSize, maxFiles, attach: true);
            await test(harness, sink);
        });
    }

    internal static void Check(bool condition, string what) => Assert.That(condition, Is.True, what);

    private static void Equal(List<string> frames, params string[] expected) => Assert.That(frames, Is.EqualTo(expected));
}
