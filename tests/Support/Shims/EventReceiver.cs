using System.Net.Sockets;
using Bulkhead.Proto.Containerd.Events;
using Bulkhead.Ttrpc;
using Bulkhead.Ttrpc.Containerd;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Tests.Support.Shims;

/// <summary>Receives the events of shims, as containerd does, and keeps them in their order.</summary>
/// <param name="path">Where it listens once it is <see cref="Open"/>.</param>
public sealed class EventReceiver(string path) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<ShimEvent> _received = []; // guarded by _gate
    private readonly List<Socket> _connections = []; // guarded by _gate
    private Socket? _listener;
    private CancellationTokenSource? _stop;

    /// <summary>Where it listens.</summary>
    public string Path => path;

    /// <summary>Called with each event before the shim gets its answer.</summary>
    public Action<ShimEvent>? Arriving { get; set; }

    /// <summary>What has come so far.</summary>
    public ShimEvent[] All
    {
        get
        {
            lock (_gate)
            {
                return [.. _received];
            }
        }
    }

    /// <summary>The topics of what has come so far.</summary>
    public string[] Topics => [.. All.Select(received => received.Topic)];

    /// <summary>Listens, at first or again.</summary>
    public void Open()
    {
        File.Delete(path);
        _stop = new CancellationTokenSource();
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        var server = new TtrpcServer(TimeProvider.System);
        server.Add(EventsClient.Service, new TtrpcService().Add("Forward", ForwardRequest.Parser, Take));
        _ = AcceptAsync(_listener, server, _stop.Token);
    }

    /// <summary>Goes away, as a containerd that is restarted does: nobody listens, and connections break.</summary>
    public void Close()
    {
        _stop?.Cancel();
        _listener?.Dispose();
        File.Delete(path);
        lock (_gate)
        {
            _connections.ForEach(connection => connection.Dispose());
            _connections.Clear();
        }
    }

    /// <summary>Waits for the first event of a topic that fits.</summary>
    public ShimEvent WaitFor(string topic, Func<ShimEvent, bool>? fits = null)
    {
        ShimEvent? found = null;
        Wait.Until(() => (found = All.FirstOrDefault(received => received.Topic == topic && fits?.Invoke(received) != false)) is not null, TimeSpan.FromSeconds(30), $"the event {topic}");
        return found!;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        _stop?.Dispose();
    }

    private Task<Empty> Take(ForwardRequest request, TtrpcCall call)
    {
        ShimEvent received = new(request.Envelope, call.FindMetadata("containerd-namespace-ttrpc"));
        Arriving?.Invoke(received);
        lock (_gate)
        {
            _received.Add(received);
        }

        return Task.FromResult(new Empty());
    }

    private async Task AcceptAsync(Socket listener, TtrpcServer server, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                Socket connection = await listener.AcceptAsync(stop);
                lock (_gate)
                {
                    _connections.Add(connection);
                }

                _ = server.ServeAsync(new NetworkStream(connection, ownsSocket: true), stop);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It has gone away.
        }
    }
}
