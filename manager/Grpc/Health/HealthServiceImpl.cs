using System.Threading.Channels;
using Grpc.Core;
using Grpc.Health.V1;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Grpc.HealthCheck;

/// <summary>Tells clients which services take calls, as far as it was told.</summary>
/// <remarks>gRPC, doc/health-checking.md.</remarks>
public sealed class HealthServiceImpl : Health.V1.Health.HealthBase
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ServingStatus> _statuses = []; // guarded by _gate
    private readonly List<(string Service, ChannelWriter<ServingStatus> Changes)> _watchers = []; // guarded by _gate

    /// <summary>Sets the state of a service; the empty name is the server as a whole.</summary>
    public void SetStatus(string service, ServingStatus status)
    {
        lock (_gate)
        {
            _statuses[service] = status;
            Tell(service);
        }
    }

    /// <summary>Forgets a service.</summary>
    public void ClearStatus(string service)
    {
        lock (_gate)
        {
            _ = _statuses.Remove(service);
            Tell(service);
        }
    }

    /// <summary>Forgets all services.</summary>
    public void ClearAll()
    {
        lock (_gate)
        {
            foreach (string service in _statuses.Keys.ToArray())
            {
                _ = _statuses.Remove(service);
                Tell(service);
            }
        }
    }

    /// <summary>The state of a service.</summary>
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        lock (_gate)
        {
            return _statuses.TryGetValue(request.Service, out ServingStatus status)
                ? Task.FromResult(new HealthCheckResponse { Status = status })
                : throw new RpcException(new Status(StatusCode.NotFound, $"the service \"{request.Service}\" is not known"));
        }
    }

    /// <summary>The state of every service.</summary>
    public override Task<HealthListResponse> List(HealthListRequest request, ServerCallContext context)
    {
        HealthListResponse response = new();
        lock (_gate)
        {
            foreach ((string service, ServingStatus status) in _statuses)
            {
                response.Statuses.Add(service, new HealthCheckResponse { Status = status });
            }
        }

        return Task.FromResult(response);
    }

    /// <summary>The state of a service and its changes. A client that reads slowly misses states, but never the last.</summary>
    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        Channel<ServingStatus> changes = Channel.CreateBounded<ServingStatus>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        (string, ChannelWriter<ServingStatus>) watcher = (request.Service, changes.Writer);
        lock (_gate)
        {
            _watchers.Add(watcher);
            _ = changes.Writer.TryWrite(StatusOf(request.Service));
        }

        try
        {
            ServingStatus? last = null;
            await foreach (ServingStatus status in changes.Reader.ReadAllAsync(context.CancellationToken))
            {
                if (status != last)
                {
                    last = status;
                    await responseStream.WriteAsync(new HealthCheckResponse { Status = status });
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                _ = _watchers.Remove(watcher);
            }
        }
    }

    private ServingStatus StatusOf(string service) => _statuses.TryGetValue(service, out ServingStatus status) ? status : ServingStatus.ServiceUnknown;

    private void Tell(string service)
    {
        foreach ((string watched, ChannelWriter<ServingStatus> changes) in _watchers)
        {
            if (watched == service)
            {
                _ = changes.TryWrite(StatusOf(service));
            }
        }
    }
}
