using Grpc.Core;

namespace Grpc.AspNetCore.Server;

/// <summary>The messages of a response, for a method that gives any number of them.</summary>
internal sealed class ResponseStream<T>(GrpcCall call, Marshaller<T> marshaller) : IServerStreamWriter<T>
{
    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(T message) => WriteAsync(message, default);

    public Task WriteAsync(T message, CancellationToken cancellationToken) =>
        call.WriteAsync(message, marshaller.ContextualSerializer, (WriteOptions ?? call.WriteOptions)?.Flags ?? WriteFlags.None, cancellationToken);
}
