using System.Net.Sockets;
using Bulkhead.Proto.Ttrpc;
using Bulkhead.Tests.Support;
using Bulkhead.Ttrpc;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using NUnit.Framework;

namespace Bulkhead.Tests.Conformance.Ttrpc;

/// <summary>Both ends of ours with the other end of Go's, over a socket: <c>peer/peer.go</c> is the same service and the same checks.</summary>
internal sealed class TtrpcTests
{
    private const string Service = "test.v1.Service";

    [Test, CancelAfter(300_000)]
    public async Task Gos_client_finds_nothing_amiss_with_the_server(CancellationToken cancellation)
    {
        using var folder = new TemporaryFolder();
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder.File("socket")));
        listener.Listen();
        TtrpcServer server = new(TimeProvider.System);
        server.Add(Service, NewService());

        Task<string> checks = GoPeer.CheckAsync(folder.File("socket"));
        using NetworkStream connection = new(await listener.AcceptAsync(cancellation), ownsSocket: true);
        await server.ServeAsync(connection, cancellation);

        Assert.That(await checks, Is.EqualTo("passed"));
    }

    [Test, CancelAfter(300_000)]
    public async Task The_client_finds_nothing_amiss_with_Gos_server(CancellationToken cancellation)
    {
        using var folder = new TemporaryFolder();
        using GoPeer peer = await GoPeer.ServeAsync(folder.File("socket"));
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(folder.File("socket")), cancellation);
        using TtrpcClient client = new(new NetworkStream(socket, ownsSocket: true), TimeProvider.System);

        await CheckCallsAsync(client, cancellation);
        await CheckFailuresAsync(client);
        await CheckStreamsAsync(client);

        peer.Stop();
        await client.Ended;
        Assert.That(await CodeAsync(client, "Echo"), Is.EqualTo(TtrpcCode.Unavailable));
    }

    private static async Task CheckCallsAsync(TtrpcClient client, CancellationToken cancellation)
    {
        await Parallel.ForAsync(0, 200, cancellation, async (i, _) =>
            Assert.That(await SayAsync(client, "Echo", new string('a', i * 100)), Is.EqualTo(new string('a', i * 100))));
        string longest = new('a', (4 << 20) - 1000);
        Assert.That(await SayAsync(client, "Echo", longest), Is.EqualTo(longest));
        Assert.That(await SayAsync(client, "Namespace", "", new TtrpcCallOptions(Metadata: [new KeyValue { Key = "namespace", Value = "k8s.io" }])), Is.EqualTo("k8s.io"));
    }

    private static async Task CheckFailuresAsync(TtrpcClient client)
    {
        TtrpcException error = (await Assert.ThrowsAsync<TtrpcException>(() => SayAsync(client, "Fail", "")))!;
        Assert.That((error.Code, error.Message), Is.EqualTo((TtrpcCode.NotFound, "not here")));
        Assert.That(await CodeAsync(client, "Nothing"), Is.EqualTo(TtrpcCode.Unimplemented));
        Assert.That(await CodeAsync(client, "Wait", new TtrpcCallOptions(TimeSpan.FromMilliseconds(50))), Is.EqualTo(TtrpcCode.DeadlineExceeded));
    }

    private static async Task CheckStreamsAsync(TtrpcClient client)
    {
        using TtrpcClientStream<StringValue> join = client.OpenStream(Service, "Join", StringValue.Parser);
        await join.SendAsync(new StringValue { Value = "a" });
        await join.SendAsync(new StringValue());
        await join.CompleteAsync();
        Assert.That((await join.ReadResultAsync()).Value, Is.EqualTo("<a><>"));

        using TtrpcClientStream<StringValue> split = client.OpenServerStream(Service, "Split", new StringValue { Value = "a b" }, StringValue.Parser);
        Assert.That((await split.ReadAsync())?.Value, Is.EqualTo("a"));
        Assert.That((await split.ReadAsync())?.Value, Is.EqualTo("b"));
        Assert.That(await split.ReadAsync(), Is.Null);

        using TtrpcClientStream<StringValue> both = client.OpenStream(Service, "Both", StringValue.Parser);
        await both.SendAsync(new StringValue { Value = "a" });
        Assert.That((await both.ReadAsync())?.Value, Is.EqualTo("A"));
        await both.CompleteAsync();
        Assert.That(await both.ReadAsync(), Is.Null);
    }

    private static async Task<string> SayAsync(TtrpcClient client, string method, string text, TtrpcCallOptions options = default) =>
        (await client.CallAsync(Service, method, new StringValue { Value = text }, StringValue.Parser, options)).Value;

    private static async Task<TtrpcCode> CodeAsync(TtrpcClient client, string method, TtrpcCallOptions options = default) =>
        (await Assert.ThrowsAsync<TtrpcException>(() => SayAsync(client, method, "", options)))!.Code;

    private static TtrpcService NewService() => new TtrpcService()
        .Add("Echo", StringValue.Parser, (request, _) => Task.FromResult(request))
        .Add<StringValue, StringValue>("Fail", StringValue.Parser, (_, _) => throw new TtrpcException(TtrpcCode.NotFound, "not here"))
        .Add("Wait", StringValue.Parser, async (request, call) =>
        {
            await Task.Delay(Timeout.Infinite, call.Cancellation);
            return request;
        })
        .Add("Namespace", StringValue.Parser, (_, call) => Task.FromResult(new StringValue { Value = call.FindMetadata("namespace") ?? "" }))
        .AddStream("Join", StringValue.Parser, JoinAsync)
        .AddStream("Split", StringValue.Parser, SplitAsync)
        .AddStream("Both", StringValue.Parser, BothAsync);

    private static async Task<IMessage?> JoinAsync(TtrpcServerStream<StringValue> stream)
    {
        string all = "";
        while (await stream.ReadAsync() is { } text)
        {
            all += $"<{text.Value}>";
        }

        return new StringValue { Value = all };
    }

    private static async Task<IMessage?> SplitAsync(TtrpcServerStream<StringValue> stream)
    {
        foreach (string word in (await stream.ReadAsync())!.Value.Split(' '))
        {
            await stream.SendAsync(new StringValue { Value = word });
        }

        return null;
    }

    private static async Task<IMessage?> BothAsync(TtrpcServerStream<StringValue> stream)
    {
        while (await stream.ReadAsync() is { } text)
        {
            await stream.SendAsync(new StringValue { Value = text.Value.ToUpperInvariant() });
        }

        return null;
    }
}
