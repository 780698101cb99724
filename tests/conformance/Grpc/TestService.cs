using System.Threading.Channels;
using Bulkhead.Tests.Conformance.Grpc.Proto;
using Google.Protobuf;
using Grpc.Core;
using Grpc.HealthCheck;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Bulkhead.Tests.Conformance.Grpc;

/// <summary>What the clients of others call.</summary>
internal sealed class TestService(HealthServiceImpl health) : Proto.Test.TestBase
{
    private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _meeting;

    /// <summary>The calls whose token was cancelled, by their methods.</summary>
    public Channel<string> Ended { get; } = Channel.CreateUnbounded<string>();

    public override async Task<Message> Echo(Message request, ServerCallContext context)
    {
        Metadata headers = [];
        foreach (Metadata.Entry entry in context.RequestHeaders)
        {
            if (entry.Key.StartsWith("x-", StringComparison.Ordinal))
            {
                headers.Add(entry);
                context.ResponseTrailers.Add(entry.IsBinary ? new Metadata.Entry("trailer-" + entry.Key, entry.ValueBytes) : new Metadata.Entry("trailer-" + entry.Key, entry.Value));
            }
        }

        if (headers.Count > 0)
        {
            await context.WriteResponseHeadersAsync(headers);
        }

        return request;
    }

    public override async Task<Message> Join(IAsyncStreamReader<Message> requestStream, ServerCallContext context)
    {
        Message all = new();
        try
        {
            await context.WriteResponseHeadersAsync([]);
            await foreach (Message message in requestStream.ReadAllAsync())
            {
                all.Text += message.Text;
                all.Number += message.Data.Length;
            }

            // Node ends a stream before it resets it, so a call that is given up may look complete at first.
            if (all.Text == "given up")
            {
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            await Ended.Writer.WriteAsync("Join");
            throw;
        }

        return all;
    }

    public override async Task Split(Message request, IServerStreamWriter<Message> responseStream, ServerCallContext context)
    {
        foreach (string word in request.Text.Split(' '))
        {
            await responseStream.WriteAsync(new Message { Text = word });
        }
    }

    public override async Task Chat(IAsyncStreamReader<Message> requestStream, IServerStreamWriter<Message> responseStream, ServerCallContext context)
    {
        while (await requestStream.MoveNext())
        {
            await responseStream.WriteAsync(requestStream.Current);
        }
    }

    public override Task<Message> Fail(Message request, ServerCallContext context)
    {
        context.ResponseTrailers.Add("x-of-the-context", "1");
        Metadata trailers = new()
        {
            { "x-of-the-error", "2" },
            { "x-bytes-bin", new byte[] { 0, 255, 254 } },
            { "grpc-status-details-bin", new byte[] { 8, 10 } },
        };
        throw new RpcException(new Status(StatusCode.Aborted, request.Text), trailers);
    }

    public override async Task<Message> Wait(Message request, ServerCallContext context)
    {
        try
        {
            await context.WriteResponseHeadersAsync([]);
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            await Ended.Writer.WriteAsync(context.Deadline < DateTime.MaxValue ? "Wait, with a deadline" : "Wait");
            throw;
        }

        return request;
    }

    public override async Task<Message> Meet(Message request, ServerCallContext context)
    {
        if (Interlocked.Increment(ref _meeting) == request.Number)
        {
            _met.SetResult();
        }

        await _met.Task.WaitAsync(context.CancellationToken);
        return request;
    }

    public override async Task Flood(Message request, IServerStreamWriter<Message> responseStream, ServerCallContext context)
    {
        Message message = new() { Data = ByteString.CopyFrom(new byte[request.Number]) };
        try
        {
            while (true)
            {
                message.Text += "x";
                await responseStream.WriteAsync(message);
            }
        }
        catch (OperationCanceledException)
        {
            await Ended.Writer.WriteAsync("Flood");
            throw;
        }
    }

    public override Task<Message> Large(Message request, ServerCallContext context) =>
        Task.FromResult(new Message { Data = ByteString.CopyFrom(new byte[request.Number]) });

    public override Task<Message> SetHealth(Message request, ServerCallContext context)
    {
        if (request.Number == 0)
        {
            health.ClearStatus(request.Text);
        }
        else
        {
            health.SetStatus(request.Text, (ServingStatus)request.Number);
        }

        return Task.FromResult(request);
    }
}
