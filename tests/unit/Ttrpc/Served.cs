using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Ttrpc;
using Google.Protobuf;

namespace Bulkhead.Tests.Unit.Ttrpc;

/// <summary>
/// A server with some methods, and connections to it. <c>Echo</c> answers with the request's id; <c>Fail</c> fails as the id
/// says; <c>Block</c> answers when it is released; <c>Metadata</c> with a value; <c>Long</c> with as many bytes as the id says;
/// <c>Join</c> reads a stream and answers once; <c>Count</c> sends as many messages as the id says; <c>Both</c> sends back
/// whatever comes.
/// </summary>
internal sealed class Served : IDisposable
{
    public const string Service = "test.v1.Service";

    private readonly CancellationTokenSource _stop = new();

    public Served(TtrpcLimits? limits = null)
    {
        Server = new TtrpcServer(Time, limits);
        Server.Add(Service, new TtrpcService()
            .Add("Echo", StateRequest.Parser, (request, _) => Task.FromResult(new StateResponse { Id = request.Id }))
            .Add("Fail", StateRequest.Parser, FailAsync)
            .Add("Block", StateRequest.Parser, BlockAsync)
            .Add("Deaf", StateRequest.Parser, DeafAsync)
            .Add("Metadata", StateRequest.Parser, (request, call) => Task.FromResult(new StateResponse { Id = call.FindMetadata(request.Id) ?? "", Bundle = call.Service }))
            .Add("Long", StateRequest.Parser, (request, _) => Task.FromResult(new StateResponse { Id = new string('a', int.Parse(request.Id, null)) }))
            .AddStream("Join", StateRequest.Parser, JoinAsync)
            .AddStream("Count", StateRequest.Parser, CountAsync)
            .AddStream("Both", StateRequest.Parser, BothAsync));
    }

    public ManualTime Time { get; } = new();

    public TtrpcServer Server { get; }

    /// <summary>Lets the calls of <c>Block</c> and <c>Deaf</c> end.</summary>
    public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many calls of <c>Block</c> and <c>Deaf</c> wait.</summary>
    public SemaphoreSlim Blocked { get; } = new(0);

    /// <summary>How many calls of <c>Block</c> were cancelled.</summary>
    public SemaphoreSlim Cancelled { get; } = new(0);

    /// <summary>Ends with the last connection.</summary>
    public Task Serving { get; private set; } = Task.CompletedTask;

    public void Stop() => _stop.Cancel();

    /// <summary>A connection, as bytes.</summary>
    public DuplexStream Connect(int capacity = 1 << 20)
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.Pair(capacity);
        Serving = Server.ServeAsync(server, _stop.Token);
        return client;
    }

    /// <summary>A connection with a client on it.</summary>
    public TtrpcClient Client() => new(Connect(), Time);

    public static StateRequest Request(string id) => new() { Id = id };

    public static Task<StateResponse> CallAsync(TtrpcClient client, string method, string id, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(Service, method, Request(id), StateResponse.Parser, options, cancellation);

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        Blocked.Dispose();
        Cancelled.Dispose();
    }

    private static Task<StateResponse> FailAsync(StateRequest request, TtrpcCall call) => request.Id switch
    {
        "cancelled" => throw new OperationCanceledException("not wanted any more"),
        "unknown" => throw new InvalidOperationException("broken"),
        var code => throw new TtrpcException(Enum.Parse<TtrpcCode>(code), "as asked"),
    };

    private async Task<StateResponse> BlockAsync(StateRequest request, TtrpcCall call)
    {
        Blocked.Release();
        try
        {
            await Release.Task.WaitAsync(call.Cancellation);
        }
        catch (OperationCanceledException)
        {
            Cancelled.Release();
            throw;
        }

        return new StateResponse { Id = request.Id };
    }

    private async Task<StateResponse> DeafAsync(StateRequest request, TtrpcCall call)
    {
        Blocked.Release();
        await Release.Task;
        return new StateResponse { Id = request.Id };
    }

    private static async Task<IMessage?> JoinAsync(TtrpcServerStream<StateRequest> stream)
    {
        string all = "";
        while (await stream.ReadAsync() is { } request)
        {
            all += $"<{request.Id}>";
        }

        return new StateResponse { Id = all };
    }

    private static async Task<IMessage?> CountAsync(TtrpcServerStream<StateRequest> stream)
    {
        StateRequest? request = await stream.ReadAsync();
        for (int i = 0; i < int.Parse(request!.Id, null); i++)
        {
            await stream.SendAsync(new StateResponse { Pid = (uint)i });
        }

        return null;
    }

    private static async Task<IMessage?> BothAsync(TtrpcServerStream<StateRequest> stream)
    {
        while (await stream.ReadAsync() is { } request)
        {
            await stream.SendAsync(new StateResponse { Id = request.Id });
        }

        return null;
    }
}
