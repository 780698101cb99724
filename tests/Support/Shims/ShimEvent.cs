using Bulkhead.Proto.Containerd.Events;
using Google.Protobuf;

namespace Bulkhead.Tests.Support.Shims;

/// <summary>An event as a shim has sent it.</summary>
/// <param name="Envelope">What was sent.</param>
/// <param name="MetadataNamespace">The namespace that the call named beside it; null when it did not.</param>
public sealed record ShimEvent(Envelope Envelope, string? MetadataNamespace)
{
    /// <summary>Its topic without <c>/tasks/</c>: <c>create</c>, <c>exec-started</c>.</summary>
    public string Topic => Envelope.Topic.StartsWith("/tasks/", StringComparison.Ordinal) ? Envelope.Topic["/tasks/".Length..] : Envelope.Topic;

    /// <summary>The event itself.</summary>
    public T Read<T>(MessageParser<T> parser)
        where T : class, IMessage<T> => parser.ParseFrom(Envelope.Event.Value);

    /// <inheritdoc/>
    public override string ToString() => $"{Topic} {Envelope.Event}";
}
