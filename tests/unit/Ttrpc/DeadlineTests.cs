using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Ttrpc;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Ttrpc;

/// <summary>Time limits, giving up, and the end of the connection.</summary>
[TestFixture]
internal sealed class DeadlineTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [TestCase("Block", TestName = "a handler that heeds its token")]
    [TestCase("Deaf", TestName = "a handler that does not")]
    [CancelAfter(10_000)]
    public async Task The_server_answers_at_the_deadline(string method)
    {
        using Served served = new();
        RawPeer peer = new(served.Connect());
        await peer.SendAsync(RawPeer.Request(method, "a", timeout: 1_000_000_000));
        await served.Blocked.WaitAsync();

        served.Time.Advance(s_second);

        Assert.That(await peer.ReadCodeAsync(), Is.EqualTo((1u, TtrpcCode.DeadlineExceeded)));
        served.Release.SetResult();
        Assert.That(await peer.AnswersAsync(), Is.True, "and once only");
    }

    [Test, CancelAfter(10_000)]
    public async Task A_call_in_time_leaves_no_timer()
    {
        using Served served = new();
        using TtrpcClient client = served.Client();

        await Served.CallAsync(client, "Echo", "a", new TtrpcCallOptions(s_second));
        await Served.CallAsync(client, "Echo", "b", new TtrpcCallOptions(TimeSpan.FromDays(10_000)));
        client.Dispose();
        await served.Serving;

        Assert.That(served.Time.Timers, Is.Zero);
    }

    [TestCase(-1), TestCase(long.MinValue)]
    [CancelAfter(10_000)]
    public async Task A_time_that_is_over_is_answered_without_a_call(long timeout)
    {
        using Served served = new();
        RawPeer peer = new(served.Connect());

        await peer.SendAsync(RawPeer.Request("Block", "a", timeout: timeout));

        Assert.That(await peer.ReadCodeAsync(), Is.EqualTo((1u, TtrpcCode.DeadlineExceeded)));
        Assert.That(served.Blocked.CurrentCount, Is.Zero);
    }

    [Test, CancelAfter(10_000)]
    public async Task A_time_beyond_any_timer_is_no_limit()
    {
        using Served served = new();
        RawPeer peer = new(served.Connect());

        await peer.SendAsync(RawPeer.Request("Echo", "a", timeout: long.MaxValue));

        Assert.That(await peer.ReadCodeAsync(), Is.EqualTo((1u, TtrpcCode.Ok)));
    }

    [Test, CancelAfter(10_000)]
    public async Task The_client_does_not_wait_for_a_server_that_is_late()
    {
        ManualTime time = new();
        (DuplexStream near, DuplexStream _) = DuplexStream.Pair();
        using TtrpcClient client = new(near, time);
        Task<StateResponse> call = Served.CallAsync(client, "Echo", "a", new TtrpcCallOptions(s_second));

        time.Advance(s_second);

        Assert.That((await Assert.ThrowsAsync<TtrpcException>(() => call))!.Code, Is.EqualTo(TtrpcCode.DeadlineExceeded));
    }

    [Test, CancelAfter(10_000)]
    public async Task A_call_can_be_given_up_and_its_answer_is_skipped()
    {
        using Served served = new();
        using TtrpcClient client = served.Client();
        using CancellationTokenSource cancellation = new();
        Task<StateResponse> call = Served.CallAsync(client, "Block", "a", default, cancellation.Token);
        await served.Blocked.WaitAsync();

        await cancellation.CancelAsync();
        await Assert.ThatAsync(() => call, Throws.InstanceOf<OperationCanceledException>());
        served.Release.SetResult();

        Assert.That((await Served.CallAsync(client, "Echo", "b")).Id, Is.EqualTo("b"));
    }

    [Test, CancelAfter(10_000)]
    public async Task The_end_of_the_connection_cancels_what_runs()
    {
        using Served served = new();
        TtrpcClient client = served.Client();
        Task<StateResponse> call = Served.CallAsync(client, "Block", "a");
        await served.Blocked.WaitAsync();

        client.Dispose();
        await client.Ended;

        await served.Cancelled.WaitAsync();
        await served.Serving;
        Assert.That((await Assert.ThrowsAsync<TtrpcException>(() => call))!.Code, Is.EqualTo(TtrpcCode.Unavailable));
        Assert.That((await Assert.ThrowsAsync<TtrpcException>(() => Served.CallAsync(client, "Echo", "a")))!.Code, Is.EqualTo(TtrpcCode.Unavailable));
    }

    [Test, CancelAfter(10_000)]
    public async Task A_server_that_stops_says_so()
    {
        using Served served = new();
        using TtrpcClient client = served.Client();
        Task<StateResponse> call = Served.CallAsync(client, "Block", "a");
        await served.Blocked.WaitAsync();

        served.Stop();

        TtrpcException error = (await Assert.ThrowsAsync<TtrpcException>(() => call))!;
        Assert.That((error.Code, error.Message), Is.EqualTo((TtrpcCode.Unavailable, "the server stops")));
        await client.Ended;
        await served.Serving;
    }

    [Test, CancelAfter(10_000)]
    public async Task A_call_that_stops_the_server_is_answered()
    {
        using Served served = new();
        served.Server.Add("stop", new TtrpcService().Add("Stop", StateRequest.Parser, (_, _) =>
        {
            served.Stop();
            return Task.FromResult(new StateResponse { Id = "stopped" });
        }));
        using TtrpcClient client = served.Client();

        Assert.That((await client.CallAsync("stop", "Stop", Served.Request(""), StateResponse.Parser)).Id, Is.EqualTo("stopped"));
        await served.Serving;
    }

    [Test, CancelAfter(10_000)]
    public async Task A_server_that_stops_does_not_wait_for_ever()
    {
        using Served served = new();
        using TtrpcClient client = served.Client();
        Task<StateResponse> call = Served.CallAsync(client, "Deaf", "a");
        await served.Blocked.WaitAsync();

        served.Stop();
        while (served.Time.Timers == 0)
        {
            await Task.Yield();
        }

        served.Time.Advance(s_second);
        await served.Serving;

        Assert.That((await Assert.ThrowsAsync<TtrpcException>(() => call))!.Code, Is.EqualTo(TtrpcCode.Unavailable));
    }
}
