using NUnit.Framework;

namespace Bulkhead.Tests.Conformance.Grpc;

/// <summary>Requests that break the rules, or keep them in unusual ways: <c>peer/frames.js</c>.</summary>
internal sealed class FrameTests
{
    [TestCase("a call as it should be")]
    [TestCase("a message byte by byte")]
    [TestCase("a compressed message")]
    [TestCase("a plain message where there may be compressed ones")]
    [TestCase("another content type of gRPC")]
    [TestCase("no messages in a stream")]
    [TestCase("no message")]
    [TestCase("a second message")]
    [TestCase("an unknown flag")]
    [TestCase("a header that is cut off")]
    [TestCase("a message that is cut off")]
    [TestCase("a second message that is cut off")]
    [TestCase("a message that is too long")]
    [TestCase("a length beyond all bounds")]
    [TestCase("what is no message")]
    [TestCase("a compressed message without an encoding")]
    [TestCase("a compressed message with the encoding identity")]
    [TestCase("what is no gzip")]
    [TestCase("gzip that is cut off")]
    [TestCase("gzip of nothing at all")]
    [TestCase("a compressed message that would be huge")]
    [TestCase("a timeout without a unit")]
    [TestCase("a timeout with too many digits")]
    [TestCase("the longest timeout")]
    [TestCase("a timeout that is over")]
    [TestCase("a timeout that the server has to keep")]
    [TestCase("a timeout while the client says nothing")]
    [TestCase("a timeout while the client does not read")]
    [TestCase("metadata that is no base64")]
    [TestCase("metadata with padding, and joined")]
    [TestCase("an unknown encoding")]
    [TestCase("another content type")]
    [TestCase("a stream that is reset within a message")]
    [TestCase("a connection that is cut within a message")]
    [CancelAfter(60_000)]
    public async Task The_server_answers_as_it_should_to(string check, CancellationToken cancellation)
    {
        await using GrpcServer server = await GrpcServer.StartAsync();

        Assert.That(await NodePeer.CheckAsync("frames.js", check, server.Socket, cancellation), Is.EqualTo("passed"));
    }
}
