using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Proto.Ttrpc;
using Bulkhead.Ttrpc;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Ttrpc;

/// <summary>What a peer can make the other hold.</summary>
[TestFixture]
internal sealed class LimitTests
{
    [Test, CancelAfter(10_000)]
    public async Task One_call_too_many_is_refused()
    {
        using Served served = new(new TtrpcLimits { Calls = 2 });
        using TtrpcClient client = served.Client();
        Task<StateResponse>[] calls = [Served.CallAsync(client, "Block", "a"), Served.CallAsync(client, "Block", "b")];
        await served.Blocked.WaitAsync();
        await served.Blocked.WaitAsync();

        TtrpcException error = (await Assert.ThrowsAsync<TtrpcException>(() => Served.CallAsync(client, "Echo", "c")))!;
        served.Release.SetResult();
        await Task.WhenAll(calls);

        Assert.That(error.Code, Is.EqualTo(TtrpcCode.ResourceExhausted));
        Assert.That((await Served.CallAsync(client, "Echo", "d")).Id, Is.EqualTo("d"));
    }

    [Test, CancelAfter(10_000)]
    public async Task A_peer_that_does_not_read_loses_its_connection()
    {
        using Served served = new(new TtrpcLimits { HeldBytes = 100_000 });
        using TtrpcClient other = served.Client();
        RawPeer peer = new(served.Connect(capacity: 10_000));
        Task serving = served.Serving;

        for (uint i = 0; i < 1000 && !serving.IsCompleted && !peer.Stream.IsDisposed; i++)
        {
            try
            {
                await peer.SendAsync(RawPeer.Request("Long", "1000", streamId: (2 * i) + 1));
            }
            catch (IOException)
            {
                break;
            }
        }

        await serving;
        Assert.That((await Served.CallAsync(other, "Echo", "a")).Id, Is.EqualTo("a"));
    }

    [Test, CancelAfter(10_000)]
    public async Task A_server_stream_waits_for_its_reader()
    {
        using Served served = new(new TtrpcLimits { HeldBytes = 10_000 });
        RawPeer peer = new(served.Connect(capacity: 1000));

        await peer.SendAsync(RawPeer.Request("Count", "10000", (byte)FrameFlags.RemoteClosed));
        int read = 0;
        while ((await peer.ReadAsync())!.Flags == FrameFlags.None)
        {
            read++;
        }

        Assert.That(read, Is.EqualTo(10_000));
    }

    [TestCase(1000, TestName = "bytes")]
    [TestCase(0, TestName = "messages without any")]
    [CancelAfter(10_000)]
    public async Task A_stream_that_is_not_read_fails_alone(int length)
    {
        using Served served = new(new TtrpcLimits { HeldBytes = 100_000 });
        served.Server.Add("deaf", new TtrpcService().AddStream("Deaf", StateRequest.Parser, async stream =>
        {
            await served.Release.Task.WaitAsync(stream.Call.Cancellation);
            return null;
        }));
        RawPeer peer = new(served.Connect());

        await peer.SendAsync(RawPeer.Of(1, 1, (byte)FrameFlags.RemoteOpen, new Request { Service = "deaf", Method = "Deaf" }));
        for (int i = 0; i < 3000; i++)
        {
            await peer.SendAsync(RawPeer.Frame((uint)length, 1, 3, 0, new byte[length]));
        }

        Assert.That(await peer.ReadCodeAsync(), Is.EqualTo((1u, TtrpcCode.ResourceExhausted)));
        Assert.That(await peer.AnswersAsync(), Is.True);
    }

    [Test, CancelAfter(10_000)]
    public async Task A_client_refuses_more_than_its_server_reads()
    {
        (DuplexStream near, DuplexStream _) = DuplexStream.Pair(capacity: 1000);
        using TtrpcClient client = new(near, new ManualTime());
        string text = new('a', 1_000_000);

        Task<StateResponse>[] calls = [.. Enumerable.Range(0, 20).Select(_ => Served.CallAsync(client, "Echo", text))];

        Assert.That((await Assert.ThrowsAsync<TtrpcException>(() => calls[^1]))!.Code, Is.EqualTo(TtrpcCode.ResourceExhausted));
        Assert.That(calls[0].IsCompleted, Is.False);
    }

    [Test, CancelAfter(20_000)]
    public async Task An_idle_connection_holds_next_to_nothing()
    {
        using Served served = new();
        const int connections = 200;
        TtrpcClient[] clients = new TtrpcClient[connections];
        clients[0] = served.Client();
        await Served.CallAsync(clients[0], "Echo", new string('a', 4_000_000));
        long before = GC.GetTotalMemory(forceFullCollection: true);

        for (int i = 1; i < connections; i++)
        {
            clients[i] = served.Client();
            await Served.CallAsync(clients[i], "Echo", new string('a', 100_000));
        }

        long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / connections;
        Array.ForEach(clients, client => client.Dispose());

        // Both ends, the connection between them included.
        Assert.That(each, Is.LessThan(6000));
    }
}
