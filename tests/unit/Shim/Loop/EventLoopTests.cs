using Bulkhead.Linux.Files;
using Bulkhead.Shim.Loop;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Shim.Loop;

[TestFixture, CancelAfter(20_000)]
internal sealed class EventLoopTests
{
    [Test]
    public void Everything_that_is_awaited_continues_on_the_loop()
    {
        using EventLoop loop = new();
        List<int> threads = [];
        loop.Run(async () =>
        {
            threads.Add(Environment.CurrentManagedThreadId);
            await Task.Yield();
            threads.Add(Environment.CurrentManagedThreadId);
            await Task.Delay(TimeSpan.FromMilliseconds(2), loop.Time);
            threads.Add(Environment.CurrentManagedThreadId);
        });

        Assert.That(threads, Is.All.EqualTo(Environment.CurrentManagedThreadId));
        Assert.That(threads, Has.Count.EqualTo(3));
    }

    [Test]
    public void A_megabyte_goes_through_a_pipe_that_neither_end_blocks_on()
    {
        using EventLoop loop = new();
        byte[] sent = new byte[1 << 20];
        new Random(1).NextBytes(sent);
        using MemoryStream received = new();
        loop.Run(async () =>
        {
            (FileDescriptor read, FileDescriptor write) = Pipe.CreateNonBlocking("test");
            using LoopStream reader = new(loop, read);
            Task writing = Write(new LoopStream(loop, write));
            byte[] buffer = new byte[10_000];
            while (await reader.ReadAsync(buffer) is > 0 and var count)
            {
                received.Write(buffer, 0, count);
            }

            await writing;

            async Task Write(LoopStream writer)
            {
                await writer.WriteAsync(sent);
                writer.Dispose();
            }
        });

        Assert.That(received.ToArray(), Is.EqualTo(sent));
    }

    [Test]
    public void A_read_ends_when_it_is_cancelled_and_when_its_stream_is_disposed()
    {
        using EventLoop loop = new();
        loop.Run(async () =>
        {
            (FileDescriptor read, FileDescriptor write) = Pipe.CreateNonBlocking("test");
            using FileDescriptor other = write;
            using LoopStream reader = new(loop, read);
            using CancellationTokenSource cancellation = new(TimeSpan.FromMilliseconds(5), loop.Time);
            Assert.That(await ErrorOf(reader.ReadAsync(new byte[1], cancellation.Token)), Is.InstanceOf<OperationCanceledException>());

            ValueTask<int> reading = reader.ReadAsync(new byte[1]);
            reader.Dispose();
            Assert.That(await ErrorOf(reading), Is.TypeOf<ObjectDisposedException>());
        });
    }

    [Test]
    public void Timers_fire_in_their_order_and_not_when_taken_back()
    {
        using EventLoop loop = new();
        List<string> fired = [];
        loop.Run(async () =>
        {
            using ITimer late = loop.Time.CreateTimer(_ => fired.Add("late"), null, TimeSpan.FromMilliseconds(20), Timeout.InfiniteTimeSpan);
            using ITimer early = loop.Time.CreateTimer(_ => fired.Add("early"), null, TimeSpan.FromMilliseconds(2), Timeout.InfiniteTimeSpan);
            using ITimer never = loop.Time.CreateTimer(_ => fired.Add("never"), null, TimeSpan.FromMilliseconds(10), Timeout.InfiniteTimeSpan);
            never.Dispose();
            await Task.Delay(TimeSpan.FromMilliseconds(30), loop.Time);
        });

        Assert.That(fired, Is.EqualTo(new[] { "early", "late" }));
    }

    [Test]
    public void Timers_that_are_late_fire_in_the_order_in_which_they_were_due()
    {
        using EventLoop loop = new();
        List<string> fired = [];
        loop.Run(async () =>
        {
            using ITimer second = loop.Time.CreateTimer(_ => fired.Add("second"), null, TimeSpan.FromMilliseconds(2), Timeout.InfiniteTimeSpan);
            using ITimer third = loop.Time.CreateTimer(_ => fired.Add("third"), null, TimeSpan.FromMilliseconds(3), Timeout.InfiniteTimeSpan);
            using ITimer first = loop.Time.CreateTimer(_ => fired.Add("first"), null, TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
            Task after = Task.Delay(TimeSpan.FromMilliseconds(4), loop.Time);
            Polling.Pause(TimeSpan.FromMilliseconds(10));
            await after;
        });

        Assert.That(fired, Is.EqualTo(new[] { "first", "second", "third" }));
    }

    [Test]
    public void Who_always_has_more_to_do_keeps_nobody_waiting()
    {
        using EventLoop loop = new();
        loop.Run(async () =>
        {
            (FileDescriptor read, FileDescriptor write) = Pipe.CreateNonBlocking("test");
            using FileDescriptor other = write;
            using LoopStream reader = new(loop, read);
            bool isRead = false;
            Task reading = Read();
            write.Write("x"u8);
            while (!isRead)
            {
                await Task.Yield();
            }

            await reading;

            async Task Read()
            {
                isRead = await reader.ReadAsync(new byte[2]) == 1;
            }
        });
    }

    [Test]
    public void What_the_first_task_throws_comes_out()
    {
        using EventLoop loop = new();

        Assert.That(() => loop.Run(static async () =>
        {
            await Task.Yield();
            throw new InvalidOperationException("seen");
        }), Throws.InvalidOperationException.With.Message.EqualTo("seen"));
    }

    private static async Task<Exception?> ErrorOf(ValueTask<int> reading)
    {
        try
        {
            await reading;
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }
}
