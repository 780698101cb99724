using Bulkhead.Linux.Files;
using Bulkhead.Linux.Sockets;
using Bulkhead.Linux.Terminals;
using Bulkhead.Shim.Loop;
using Bulkhead.Shim.Stdio;
using NUnit.Framework;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Tests.Unit.Shim.Stdio;

[TestFixture, CancelAfter(60_000)]
internal sealed class TerminalTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(200);

    [Test]
    public void What_is_typed_and_shown_goes_through_the_terminal_until_its_end()
    {
        using StdioHarness harness = new();
        string input = harness.Fifo("stdin");
        string output = harness.Fifo("stdout");
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(input, output, terminal: true);
            using LoopStream reader = harness.Reader(output);
            stdio.Resize(new WindowSize(33, 44));
            string socket = stdio.ConsoleSocket!;
            TestProcess process = Start(harness, socket, "until [ \"$(stty size)\" = '33 44' ]; do sleep 0.01; done; stty size; read x; echo got $x; read y; echo got $y");
            await stdio.StartAsync(CancellationToken.None);
            Assert.That(File.Exists(socket), Is.False);
            Assert.That(stdio.ConsoleSocket, Is.Null);

            Assert.That(await StdioHarness.TextUntil(reader, "\r\n"), Is.EqualTo("33 44\r\n"));
            using (LoopStream client = harness.Writer(input))
            {
                await client.WriteAsync("one\n"u8.ToArray());
                Assert.That(await StdioHarness.TextUntil(reader, "got one\r\n"), Is.EqualTo("one\r\ngot one\r\n"));
            }

            // That client's going has closed nothing.
            using (LoopStream client = harness.Writer(input))
            {
                await client.WriteAsync("two\n"u8.ToArray());
            }

            await process.EndAsync();
            await stdio.DrainAsync(Grace);
            Assert.That(await StdioHarness.TextOf(reader), Is.EqualTo("two\r\ngot two\r\n"));
            Assert.That(harness.Reports, Is.Empty);
        });
    }

    [Test]
    public void The_tail_of_a_terminal_s_output_arrives()
    {
        using StdioHarness harness = new();
        string output = harness.Fifo("stdout");
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(stdout: output, terminal: true);
            using LoopStream reader = harness.Reader(output);
            TestProcess process = Start(harness, stdio.ConsoleSocket!, "seq 50000");
            await stdio.StartAsync(CancellationToken.None);
            Task<string> reading = StdioHarness.TextOf(reader);
            await process.EndAsync();
            await stdio.DrainAsync(Grace);

            Assert.That(await reading, Is.EqualTo(string.Concat(Enumerable.Range(1, 50_000).Select(static i => $"{i}\r\n"))));
        });
    }

    [Test]
    public void Another_process_that_keeps_the_terminal_open_does_not_hold_up_the_end()
    {
        using StdioHarness harness = new();
        string output = harness.Fifo("stdout");
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(stdout: output, terminal: true);
            using LoopStream reader = harness.Reader(output);
            TestProcess process = Start(harness, stdio.ConsoleSocket!, "trap '' HUP; sleep 60 & echo $! > $DIR/pid; echo last");
            await stdio.StartAsync(CancellationToken.None);
            await process.EndAsync();
            await stdio.DrainAsync(TimeSpan.FromMilliseconds(20));

            Assert.That(await StdioHarness.TextOf(reader), Is.EqualTo("last\r\n"));
            new TestProcess(harness.Loop, null, int.Parse(File.ReadAllText(harness.PathOf("pid")))).Kill();
        });
    }

    [Test]
    public void A_terminal_without_a_client_holds_nobody_up()
    {
        using StdioHarness harness = new();
        string output = harness.Fifo("stdout");
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(stdout: output, terminal: true);
            TestProcess process = Start(harness, stdio.ConsoleSocket!, "seq 400000");
            await stdio.StartAsync(CancellationToken.None);
            await process.EndAsync();
        });
    }

    [Test]
    public void What_is_sent_in_place_of_a_terminal_is_refused()
    {
        using StdioHarness harness = new();
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(terminal: true);
            using (FileDescriptor file = FileDescriptor.Open("/dev/null", FileMode.ReadWrite))
            using (UnixSocket socket = UnixSocket.Connect(stdio.ConsoleSocket!))
            {
                socket.Send("/dev/null"u8, file);
            }

            string message = "";
            try
            {
                await stdio.StartAsync(CancellationToken.None);
            }
            catch (StdioException error)
            {
                message = error.Message;
            }

            Assert.That(message, Is.EqualTo("what the runtime has sent is no terminal"));
        });
    }

    [Test]
    public void A_runtime_that_sends_no_terminal_is_waited_for_until_it_is_cancelled()
    {
        using StdioHarness harness = new();
        harness.Run(async () =>
        {
            await using ProcessStdio stdio = await harness.OpenAsync(terminal: true);
            string path = stdio.ConsoleSocket!;
            using CancellationTokenSource cancellation = new(TimeSpan.FromMilliseconds(20), harness.Loop.Time);
            bool isCancelled = false;
            try
            {
                await stdio.StartAsync(cancellation.Token);
            }
            catch (OperationCanceledException)
            {
                isCancelled = true;
            }

            await stdio.DisposeAsync();
            Assert.That(isCancelled, Is.True);
            Assert.That(File.Exists(path), Is.False);
        });
    }

    // As a runtime does it: the terminal's one end goes to the process, the other into the socket.
    private static TestProcess Start(StdioHarness harness, string consoleSocket, string command)
    {
        using PseudoTerminal terminal = PseudoTerminal.Create(FileDescriptor.Open("/dev/ptmx", FileMode.ReadWrite));
        using UnixSocket socket = UnixSocket.Connect(consoleSocket);
        socket.Send("/dev/pts/0"u8, terminal.Master);
        return harness.Shell(command, terminal.Slave, terminal.Slave, terminal.Slave);
    }
}
