using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Proto.Ttrpc;
using Bulkhead.Ttrpc;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Ttrpc;

/// <summary>Calls that stream.</summary>
[TestFixture]
internal sealed class StreamTests
{
    [Test, CancelAfter(10_000)]
    public async Task A_client_sends_many_and_gets_one_result()
    {
        using Served served = new();
        using TtrpcClient client = served.Client();
        using TtrpcClientStream<StateResponse> stream = client.OpenStream(Served.Service, "Join", StateResponse.Parser);

        await stream.SendAsync(Served.Request("a"));
        await stream.SendAsync(Served.Request(""));
        await stream.CompleteAsync();

        Assert.That((await stream.ReadResultAsync()).Id, Is.EqualTo("<a><>"));
        Assert.That(await stream.ReadAsync(), Is.Null);
    }

    [Test, CancelAfter(10_000)]
    public async Task A_server_sends_many()
    {
        using Served served = new();
        using TtrpcClient client = served.Client();
        using TtrpcClientStream<StateResponse> stream = client.OpenServerStream(Served.Service, "Count", Served.Request("1000"), StateResponse.Parser);

        List<uint> read = [];
        while (await stream.ReadAsync() is { } response)
        {
            read.Add(response.Pid);
        }

        Assert.That(read, Is.EqualTo(Enumerable.Range(0, 1000).Select(i => (uint)i)));
    }

    [Test, CancelAfter(10_000)]
    public async Task Both_send_in_turn_while_other_calls_go_on()
    {
        using Served served = new();
        using TtrpcClient client = served.Client();
        using TtrpcClientStream<StateResponse> stream = client.OpenStream(Served.Service, "Both", StateResponse.Parser);

        for (int i = 0; i < 100; i++)
        {
            await stream.SendAsync(Served.Request($"{i}"));
            Assert.That((await stream.ReadAsync())!.Id, Is.EqualTo($"{i}"));
            Assert.That((await Served.CallAsync(client, "Echo", "a")).Id, Is.EqualTo("a"));
        }

        await stream.CompleteAsync();
        Assert.That(await stream.ReadAsync(), Is.Null);
    }

    [Test, CancelAfter(10_000)]
    public async Task Frames_are_as_the_specification_draws_them()
    {
        using Served served = new();
        RawPeer peer = new(served.Connect());

        await peer.SendAsync(
            RawPeer.Of(1, 1, (byte)FrameFlags.RemoteOpen, new Request { Service = Served.Service, Method = "Both" }),
            RawPeer.Of(1, 3, 0, Served.Request("a")),
            RawPeer.Of(1, 3, (byte)FrameFlags.RemoteClosed, Served.Request("b")));
        Frame[] answers = [(await peer.ReadAsync())!, (await peer.ReadAsync())!, (await peer.ReadAsync())!];

        Assert.That(answers.Select(answer => (answer.StreamId, answer.Type, answer.Flags)), Is.EqualTo(new[]
        {
            (1u, FrameType.Data, FrameFlags.None), (1u, FrameType.Data, FrameFlags.None), (1u, FrameType.Data, FrameFlags.RemoteClosed | FrameFlags.NoData),
        }));
        Assert.That(StateResponse.Parser.ParseFrom(answers[1].Body).Id, Is.EqualTo("b"));
    }

    [Test, CancelAfter(10_000)]
    public async Task A_request_without_flags_is_the_whole_of_a_stream()
    {
        using Served served = new();
        RawPeer peer = new(served.Connect());

        await peer.SendAsync(RawPeer.Request("Join", "a"));

        Frame answer = (await peer.ReadAsync())!;
        Assert.That(StateResponse.Parser.ParseFrom(Response.Parser.ParseFrom(answer.Body).Payload).Id, Is.EqualTo("<a>"));
    }

    [Test, CancelAfter(10_000)]
    public async Task Data_where_none_belong_are_refused_on_their_stream()
    {
        using Served served = new();
        RawPeer peer = new(served.Connect());
        byte open = (byte)FrameFlags.RemoteOpen;

        await peer.SendAsync(
            RawPeer.Of(1, 3, 0, Served.Request("no request")),
            RawPeer.Request("Echo", "a", open, streamId: 3),
            RawPeer.Request("Block", "a", streamId: 5),
            RawPeer.Of(5, 3, 0, Served.Request("no stream")),
            RawPeer.Request("Deaf", "a", streamId: 7),
            RawPeer.Request("Join", "a", open, streamId: 9),
            RawPeer.Frame(2, 9, 3, 0, 0xff, 0xff));

        List<(uint, TtrpcCode)> answers = [];
        for (int i = 0; i < 4; i++)
        {
            answers.Add(await peer.ReadCodeAsync());
        }

        Assert.That(answers, Is.EquivalentTo(new uint[] { 1, 3, 5, 9 }.Select(id => (id, TtrpcCode.InvalidArgument))));
        Assert.That(await peer.AnswersAsync(), Is.True);
        served.Release.SetResult();
    }

    [Test, CancelAfter(10_000)]
    public async Task Data_for_what_has_ended_are_skipped()
    {
        using Served served = new();
        RawPeer peer = new(served.Connect());

        await peer.SendAsync(RawPeer.Request("Echo", "a"));
        Assert.That(await peer.ReadCodeAsync(), Is.EqualTo((1u, TtrpcCode.Ok)));
        await peer.SendAsync(RawPeer.Of(1, 3, 0, Served.Request("late")));

        Assert.That(await peer.AnswersAsync(), Is.True);
    }

    [Test, CancelAfter(10_000)]
    public async Task A_stream_fails_as_a_call_does()
    {
        using Served served = new();
        using TtrpcClient client = served.Client();
        using TtrpcClientStream<StateResponse> stream = client.OpenStream(Served.Service, "Count", StateResponse.Parser);

        await stream.SendAsync(Served.Request("no number"));

        Assert.That((await Assert.ThrowsAsync<TtrpcException>(stream.ReadAsync))!.Code, Is.EqualTo(TtrpcCode.Unknown));
    }

    [Test, CancelAfter(10_000)]
    public async Task A_stream_has_a_deadline_and_ends_with_the_connection()
    {
        using Served served = new();
        using TtrpcClient client = served.Client();
        using TtrpcClientStream<StateResponse> limited = client.OpenStream(Served.Service, "Both", StateResponse.Parser, new TtrpcCallOptions(TimeSpan.FromSeconds(1)));
        using TtrpcClientStream<StateResponse> unlimited = client.OpenStream(Served.Service, "Both", StateResponse.Parser);
        await limited.SendAsync(Served.Request("a"));
        await limited.ReadAsync();
        await unlimited.SendAsync(Served.Request("a"));
        await unlimited.ReadAsync();

        served.Time.Advance(TimeSpan.FromSeconds(1));
        TtrpcException late = (await Assert.ThrowsAsync<TtrpcException>(limited.ReadAsync))!;
        client.Dispose();
        TtrpcException gone = (await Assert.ThrowsAsync<TtrpcException>(unlimited.ReadAsync))!;

        Assert.That((late.Code, gone.Code), Is.EqualTo((TtrpcCode.DeadlineExceeded, TtrpcCode.Unavailable)));
        await served.Serving;
    }
}
