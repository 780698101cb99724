using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Cri;

/// <summary>Calls Kubernetes's container runtime interface as the kubelet does: gRPC over a unix socket.</summary>
/// <remarks>cri-api, runtime/v1/api.proto; grpc, doc/PROTOCOL-HTTP2.md.</remarks>
internal sealed class CriClient : IDisposable
{
    private const int PrefixLength = 5; // not compressed, and the message's length in four bytes

    private readonly HttpClient _client;

    /// <param name="socket">Where the runtime service listens.</param>
    public CriClient(string socket) => _client = new HttpClient(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation).ConfigureAwait(false);
            return new NetworkStream(connection, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://localhost"),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>Makes a call; fails the test with what the service says when it fails.</summary>
    /// <param name="method">A method of the runtime service.</param>
    /// <param name="request">Its request.</param>
    /// <returns>The reply.</returns>
    public byte[] Call(string method, ProtoMessage request)
    {
        byte[] reply = TryCall(method, request, out string error);
        Assert.That(error, Is.Empty, method);
        return reply;
    }

    /// <summary>Makes a call.</summary>
    /// <param name="method">A method of the runtime service.</param>
    /// <param name="request">Its request.</param>
    /// <param name="error">What the service says when it fails; empty when it does not.</param>
    /// <returns>The reply; empty when the call fails.</returns>
    public byte[] TryCall(string method, ProtoMessage request, out string error)
    {
        byte[] body = request.ToArray();
        byte[] frame = new byte[PrefixLength + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), body.Length);
        body.CopyTo(frame, PrefixLength);
        using var message = new HttpRequestMessage(HttpMethod.Post, $"/runtime.v1.RuntimeService/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(frame) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
        };
        message.Headers.TE.ParseAdd("trailers");

        // .NET has no synchronous HTTP/2; the tests run on threads of their own, where waiting is safe.
        using HttpResponseMessage response = _client.SendAsync(message).GetAwaiter().GetResult();
        byte[] content = response.Content.ReadAsByteArrayAsync().GetAwaiter().GetResult();

        // A call that fails has no body, and then its result stands among the headers.
        string status = Header(response, "grpc-status");
        error = status == "0" ? "" : $"{status}: {Uri.UnescapeDataString(Header(response, "grpc-message"))}";
        return content.Length < PrefixLength ? [] : content[PrefixLength..];
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static string Header(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out IEnumerable<string>? values) || response.Headers.TryGetValues(name, out values) ? values.First() : "";
}
