using Bulkhead.Proto.Containerd.Events;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Ttrpc.Containerd;

/// <summary>Hands events to containerd, on a connection to its ttrpc address.</summary>
/// <param name="client">The connection.</param>
public sealed class EventsClient(TtrpcClient client)
{
    /// <summary>The service's name.</summary>
    public const string Service = "containerd.services.events.ttrpc.v1.Events";

    /// <summary>Hands an event over and waits until containerd has it.</summary>
    /// <inheritdoc cref="TtrpcClient.CallAsync"/>
    public Task ForwardAsync(ForwardRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(Service, "Forward", request, Empty.Parser, options, cancellation);
}
