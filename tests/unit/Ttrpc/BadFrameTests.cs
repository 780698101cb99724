using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Proto.Ttrpc;
using Bulkhead.Tests.Unit.Fuzz;
using Bulkhead.Ttrpc;
using Google.Protobuf;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Ttrpc;

/// <summary>What a peer sends that it should not.</summary>
[TestFixture]
internal sealed class BadFrameTests
{
    [TestCase(1, TtrpcCode.Ok, TestName = "a request as it should be")]
    [TestCase(2, TtrpcCode.InvalidArgument, TestName = "an even stream id")]
    [TestCase(0, TtrpcCode.InvalidArgument, TestName = "stream id zero")]
    [CancelAfter(10_000)]
    public async Task A_stream_id_is_checked(int id, TtrpcCode code)
    {
        using Served served = new();
        RawPeer peer = new(served.Connect());

        await peer.SendAsync(RawPeer.Request("Echo", "a", streamId: (uint)id));

        Assert.That(await peer.ReadCodeAsync(), Is.EqualTo(((uint)id, code)));
        Assert.That(await peer.AnswersAsync(), Is.True);
    }

    [TestCase(5u), TestCase(3u), TestCase(1u)]
    [CancelAfter(10_000)]
    public async Task A_stream_id_that_does_not_rise_is_refused(uint id)
    {
        using Served served = new();
        RawPeer peer = new(served.Connect());

        await peer.SendAsync(RawPeer.Request("Echo", "a", streamId: 5), RawPeer.Request("Echo", "a", streamId: id));

        Assert.That(await peer.ReadCodeAsync(), Is.EqualTo((5u, TtrpcCode.Ok)));
        Assert.That(await peer.ReadCodeAsync(), Is.EqualTo((id, TtrpcCode.InvalidArgument)));
        Assert.That(await peer.AnswersAsync(), Is.True);
    }

    [TestCase(Frame.MaximumLength + 1), TestCase(10_000_000), TestCase(0x0100_0000)]
    [CancelAfter(10_000)]
    public async Task A_request_that_is_too_long_is_thrown_away_and_refused(int length)
    {
        using Served served = new();
        RawPeer peer = new(served.Connect(int.MaxValue));

        await peer.SendAsync(RawPeer.Frame((uint)length, 1, 1, 0), new byte[length]);

        Assert.That(await peer.ReadCodeAsync(), Is.EqualTo((1u, TtrpcCode.ResourceExhausted)));
        Assert.That(await peer.AnswersAsync(), Is.True);
    }

    [Test, CancelAfter(10_000)]
    public async Task The_longest_request_and_response_pass()
    {
        using Served served = new();
        using TtrpcClient client = served.Client();
        string longest = new('a', Frame.MaximumLength - 100);

        Assert.That((await Served.CallAsync(client, "Echo", longest)).Id, Is.EqualTo(longest));
    }

    [Test, CancelAfter(10_000)]
    public async Task A_response_that_is_too_long_fails_the_call_and_nothing_else()
    {
        using Served served = new();
        using TtrpcClient client = served.Client();

        TtrpcException error = (await Assert.ThrowsAsync<TtrpcException>(() => Served.CallAsync(client, "Long", "4194304")))!;

        Assert.That(error.Code, Is.EqualTo(TtrpcCode.ResourceExhausted));
        Assert.That((await Served.CallAsync(client, "Echo", "a")).Id, Is.EqualTo("a"));
    }

    [Test, CancelAfter(10_000)]
    public async Task A_client_skips_a_response_that_is_too_long()
    {
        (DuplexStream near, DuplexStream far) = DuplexStream.Pair(int.MaxValue);
        using TtrpcClient client = new(near, new ManualTime());
        Task<StateResponse> call = Served.CallAsync(client, "Echo", "a");
        await far.WriteAsync(RawPeer.Frame(5_000_000, 1, 2, 0, new byte[5_000_000]));

        Assert.That((await Assert.ThrowsAsync<TtrpcException>(() => call))!.Code, Is.EqualTo(TtrpcCode.ResourceExhausted));

        call = Served.CallAsync(client, "Echo", "b");
        await far.WriteAsync(RawPeer.Of(3, 2, 0, new Response { Payload = new StateResponse { Id = "b" }.ToByteString() }));
        Assert.That((await call).Id, Is.EqualTo("b"));
    }

    [TestCase((byte)0), TestCase((byte)2), TestCase((byte)4), TestCase((byte)255)]
    [CancelAfter(10_000)]
    public async Task A_frame_of_another_type_is_skipped(byte type)
    {
        using Served served = new();
        RawPeer peer = new(served.Connect());

        await peer.SendAsync(RawPeer.Frame(3, 1, type, 0xff, 1, 2, 3));

        Assert.That(await peer.AnswersAsync(), Is.True);
    }

    [Test, CancelAfter(10_000)]
    public async Task A_request_that_is_no_message_is_refused()
    {
        using Served served = new();
        RawPeer peer = new(served.Connect());
        Request request = new() { Service = Served.Service, Method = "Echo", Payload = ByteString.CopyFrom(0x0a, 0xff) };

        await peer.SendAsync(RawPeer.Frame(3, 1, 1, 0, 0xff, 0xff, 0xff), RawPeer.Of(3, 1, 0, request));

        Assert.That(await peer.ReadCodeAsync(), Is.EqualTo((1u, TtrpcCode.InvalidArgument)));
        Assert.That(await peer.ReadCodeAsync(), Is.EqualTo((3u, TtrpcCode.InvalidArgument)));
        Assert.That(await peer.AnswersAsync(), Is.True);
    }

    [Test, CancelAfter(10_000)]
    public async Task A_name_of_any_length_is_refused_in_few_words()
    {
        using Served served = new();
        RawPeer peer = new(served.Connect());

        await peer.SendAsync(RawPeer.Of(1, 1, 0, new Request { Service = new string('s', 4_000_000) }));

        Frame answer = (await peer.ReadAsync())!;
        Assert.That(Response.Parser.ParseFrom(answer.Body).Status.Code, Is.EqualTo((int)TtrpcCode.Unimplemented));
        Assert.That(answer.Length, Is.LessThan(10_000));
    }

    [TestCase(5, TestName = "within the header")]
    [TestCase(12, TestName = "within the body")]
    [CancelAfter(10_000)]
    public async Task A_frame_that_is_cut_off_ends_its_connection_only(int length)
    {
        using Served served = new();
        using TtrpcClient other = served.Client();
        RawPeer peer = new(served.Connect());

        await peer.SendAsync(RawPeer.Request("Echo", "a")[..length]);
        peer.Stream.CloseWriting();
        await served.Serving;

        Assert.That(await peer.ReadAsync(), Is.Null);
        Assert.That((await Served.CallAsync(other, "Echo", "a")).Id, Is.EqualTo("a"));
    }

    [Test, CancelAfter(60_000)]
    public void Any_bytes_end_at_most_their_own_connection()
    {
        using Served served = new();
        using TtrpcClient other = served.Client();

        AnySeed.Holds(random =>
        {
            DuplexStream stream = served.Connect(int.MaxValue);
            Task serving = served.Serving;
            for (int i = random.Next(1, 8); i > 0; i--)
            {
                stream.WriteAsync(AnyFrame(random)).AsTask().Wait();
            }

            stream.CloseWriting();
            return serving.Wait(TimeSpan.FromSeconds(10)) && Served.CallAsync(other, "Echo", "a").Result.Id == "a";
        }, tests: 1000);
    }

    // From noise to a request with one byte changed.
    private static byte[] AnyFrame(Random random)
    {
        byte[] noise = new byte[random.Next(200)];
        random.NextBytes(noise);
        byte[] request = RawPeer.Request(random.Pick("Echo", "Join", "Both", "Count", "Fail"), random.Pick("", "7", "NotFound"), (byte)random.Next(8), (uint)random.Next(20), random.Pick(0, 0, -1, 1));
        byte[] changed = [.. request];
        changed[random.Next(changed.Length)] = (byte)random.Next(256);
        return random.Pick(
            noise, request, changed,
            RawPeer.Frame((uint)noise.Length, (uint)random.Next(20), (byte)random.Next(5), (byte)random.Next(8), noise));
    }
}
