using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Proto.Ttrpc;
using Bulkhead.Ttrpc;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Ttrpc;

/// <summary>Calls with one request and one response.</summary>
[TestFixture]
internal sealed class CallTests
{
    private static readonly StateResponse s_any = new() { Id = "a" };

    [Test, CancelAfter(10_000)]
    public async Task A_call_is_answered()
    {
        using Served served = new();
        using TtrpcClient client = served.Client();

        Assert.That(await Served.CallAsync(client, "Echo", "a"), Is.EqualTo(s_any));
    }

    [Test, CancelAfter(10_000)]
    public async Task Calls_run_beside_each_other_and_are_answered_as_they_end(CancellationToken cancellation)
    {
        using Served served = new();
        using TtrpcClient client = served.Client();

        Task<StateResponse>[] blocked = [.. Enumerable.Range(0, 50).Select(i => Served.CallAsync(client, "Block", $"{i}", default, cancellation))];
        StateResponse later = await Served.CallAsync(client, "Echo", "later", default, cancellation);
        bool anyEnded = blocked.Any(call => call.IsCompleted);
        served.Release.SetResult();
        StateResponse[] earlier = await Task.WhenAll(blocked);

        Assert.That(later.Id, Is.EqualTo("later"));
        Assert.That(anyEnded, Is.False);
        Assert.That(earlier.Select(response => response.Id), Is.EqualTo(Enumerable.Range(0, 50).Select(i => $"{i}")));
    }

    [Test, CancelAfter(30_000)]
    public async Task Calls_come_from_many_threads(CancellationToken cancellation)
    {
        using Served served = new();
        using TtrpcClient client = served.Client();

        await Parallel.ForAsync(0, 2000, cancellation, async (i, token) =>
            Assert.That((await Served.CallAsync(client, "Echo", $"{i}", default, token)).Id, Is.EqualTo($"{i}")));
    }

    [Test, CancelAfter(10_000)]
    public async Task A_service_has_several_names()
    {
        using Served served = new();
        TtrpcService service = new TtrpcService().Add("Echo", StateRequest.Parser, (request, call) => Task.FromResult(new StateResponse { Id = call.Service }));
        served.Server.Add("one", service);
        served.Server.Add("two", service);
        using TtrpcClient client = served.Client();

        Assert.That((await client.CallAsync("one", "Echo", Served.Request(""), StateResponse.Parser)).Id, Is.EqualTo("one"));
        Assert.That((await client.CallAsync("two", "Echo", Served.Request(""), StateResponse.Parser)).Id, Is.EqualTo("two"));
    }

    [TestCase("NotFound", TtrpcCode.NotFound, "as asked")]
    [TestCase("FailedPrecondition", TtrpcCode.FailedPrecondition, "as asked")]
    [TestCase("unknown", TtrpcCode.Unknown, "broken")]
    [TestCase("cancelled", TtrpcCode.Cancelled, "not wanted any more")]
    [CancelAfter(10_000)]
    public async Task A_failure_has_the_code_and_the_words_of_the_handler(string id, TtrpcCode code, string message)
    {
        using Served served = new();
        using TtrpcClient client = served.Client();

        TtrpcException error = (await Assert.ThrowsAsync<TtrpcException>(() => Served.CallAsync(client, "Fail", id)))!;

        Assert.That((error.Code, error.Message), Is.EqualTo((code, message)));
    }

    [TestCase("nobody", "Echo", "service \"nobody\"")]
    [TestCase(Served.Service, "Nothing", "method \"Nothing\" of service \"test.v1.Service\"")]
    [CancelAfter(10_000)]
    public async Task What_is_not_there_is_unimplemented(string service, string method, string message)
    {
        using Served served = new();
        using TtrpcClient client = served.Client();

        TtrpcException error = (await Assert.ThrowsAsync<TtrpcException>(() => client.CallAsync(service, method, Served.Request(""), StateResponse.Parser)))!;

        Assert.That((error.Code, error.Message), Is.EqualTo((TtrpcCode.Unimplemented, message)));
    }

    [Test, CancelAfter(10_000)]
    public async Task Metadata_reach_the_handler()
    {
        using Served served = new();
        using TtrpcClient client = served.Client();
        TtrpcCallOptions options = new(Metadata: [new KeyValue { Key = "other", Value = "x" }, new KeyValue { Key = "namespace", Value = "k8s.io" }]);

        Assert.That((await Served.CallAsync(client, "Metadata", "namespace", options)).Id, Is.EqualTo("k8s.io"));
        Assert.That((await Served.CallAsync(client, "Metadata", "nothing", options)).Id, Is.Empty);
    }
}
