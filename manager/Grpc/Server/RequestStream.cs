using Grpc.Core;

namespace Grpc.AspNetCore.Server;

/// <summary>The messages of a request, for a method that takes any number of them.</summary>
internal sealed class RequestStream<T>(GrpcCall call, Marshaller<T> marshaller) : IAsyncStreamReader<T> where T : class
{
    private T? _current;

    public T Current => _current ?? throw new InvalidOperationException("no message has been read");

    public async Task<bool> MoveNext(CancellationToken cancellationToken) =>
        (_current = await call.ReadAsync(marshaller.ContextualDeserializer, cancellationToken)) is not null;
}
