using NUnit.Framework;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Bulkhead.Tests.Conformance.Grpc;

/// <summary>gRPC's client for node, calling our server: <c>peer/client.js</c>.</summary>
internal sealed class ClientTests
{
    [TestCase("the four kinds of calls", false)]
    [TestCase("the four kinds of calls", true, TestName = "the four kinds of calls, compressed by the server")]
    [TestCase("gzip both ways", true)]
    [TestCase("metadata", false)]
    [TestCase("failure", false)]
    [TestCase("messages that are too long", false)]
    [TestCase("messages that are too long", true, TestName = "messages that are too long, compressed by the server")]
    [TestCase("many calls at once", false)]
    [TestCase("what is not there", false)]
    [TestCase("reflection", false)]
    [CancelAfter(120_000)]
    public async Task It_finds_nothing_amiss_with(string check, bool gzip, CancellationToken cancellation)
    {
        await using GrpcServer server = await GrpcServer.StartAsync(gzip);

        Assert.That(await NodePeer.CheckAsync("client.js", check, server.Socket, cancellation), Is.EqualTo("passed"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Deadlines_end_calls_at_both_ends(CancellationToken cancellation)
    {
        await using GrpcServer server = await GrpcServer.StartAsync();

        Assert.That(await NodePeer.CheckAsync("client.js", "deadline", server.Socket, cancellation), Is.EqualTo("passed"));

        string[] ended = await server.Service.Ended.Reader.ReadAllAsync(cancellation).Take(2).ToArrayAsync(cancellation);
        Assert.That(ended, Is.EquivalentTo(new[] { "Wait, with a deadline", "Flood" }));
    }

    [Test, CancelAfter(120_000)]
    public async Task A_client_that_gives_up_ends_the_method_whatever_it_waits_for(CancellationToken cancellation)
    {
        await using GrpcServer server = await GrpcServer.StartAsync();

        Assert.That(await NodePeer.CheckAsync("client.js", "a client that gives up", server.Socket, cancellation), Is.EqualTo("passed"));

        string[] ended = await server.Service.Ended.Reader.ReadAllAsync(cancellation).Take(4).ToArrayAsync(cancellation);
        Assert.That(ended, Is.EquivalentTo(new[] { "Wait", "Join", "Flood", "Flood" }));
    }

    [Test, CancelAfter(120_000)]
    public async Task Health_is_what_was_set(CancellationToken cancellation)
    {
        await using GrpcServer server = await GrpcServer.StartAsync();
        server.Health.SetStatus("", ServingStatus.Serving);
        server.Health.SetStatus("test.v1.Test", ServingStatus.NotServing);

        Assert.That(await NodePeer.CheckAsync("client.js", "health", server.Socket, cancellation), Is.EqualTo("passed"));
    }
}
