using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Grpc.AspNetCore.Server;

/// <summary>Makes an endpoint of each method that a service's <c>BindService</c> adds.</summary>
internal sealed class MethodBinder(IEndpointRouteBuilder endpoints, CallServer server) : ServiceBinderBase
{
    /// <summary>The endpoints made.</summary>
    public List<IEndpointConventionBuilder> Endpoints { get; } = [];

    /// <summary>The service's full name; empty for one without methods.</summary>
    public string ServiceName { get; private set; } = "";

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
        Map(method, async call =>
        {
            TRequest request = await call.ReadOnlyAsync(method.RequestMarshaller.ContextualDeserializer);
            await AnswerAsync(call, method, await handler!(request, call));
        });

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
        Map(method, async call => await AnswerAsync(call, method, await handler!(new RequestStream<TRequest>(call, method.RequestMarshaller), call)));

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
        Map(method, async call =>
        {
            TRequest request = await call.ReadOnlyAsync(method.RequestMarshaller.ContextualDeserializer);
            await handler!(request, new ResponseStream<TResponse>(call, method.ResponseMarshaller), call);
        });

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
        Map(method, call => handler!(
            new RequestStream<TRequest>(call, method.RequestMarshaller), new ResponseStream<TResponse>(call, method.ResponseMarshaller), call));

    // It is not sent at once, so that Kestrel writes headers, message and trailers together.
    private static Task AnswerAsync<TRequest, TResponse>(GrpcCall call, Method<TRequest, TResponse> method, TResponse response) =>
        call.Status.StatusCode != StatusCode.OK ? Task.CompletedTask
            : response is null ? throw Failure.Of(StatusCode.Cancelled, "the method returned no message")
            : call.WriteAsync(response, method.ResponseMarshaller.ContextualSerializer, WriteFlags.BufferHint | (call.WriteOptions?.Flags ?? WriteFlags.None), default);

    private void Map(IMethod method, Func<GrpcCall, Task> serve)
    {
        ServiceName = method.ServiceName;
        Endpoints.Add(endpoints.MapPost(method.FullName, http => server.ServeAsync(http, serve)));
    }
}
