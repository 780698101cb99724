using System.Net.Sockets;
using Bulkhead.Proto.Containerd.Events;
using Bulkhead.Ttrpc;
using Bulkhead.Ttrpc.Containerd;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Bench.Shims;

/// <summary>Takes the events of shims, as containerd would: without it they would try again and again.</summary>
internal sealed class EventSink : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stop = new();
    private readonly TtrpcServer _server = new(TimeProvider.System);

    /// <summary>Listens at a path.</summary>
    public EventSink(string path)
    {
        Path = path;
        _server.Add(EventsClient.Service, new TtrpcService().Add("Forward", ForwardRequest.Parser, static (_, _) => Task.FromResult(new Empty())));
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _ = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket connection = await _listener.AcceptAsync(_stop.Token);
                _ = _server.ServeAsync(new NetworkStream(connection, ownsSocket: true), _stop.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The benchmark is over.
        }
    }
}
