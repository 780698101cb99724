namespace Bulkhead.Ttrpc;

/// <summary>Answers calls on any number of connections.</summary>
/// <param name="time">What deadlines are measured by.</param>
/// <param name="limits">What a connection may cost; null: the defaults.</param>
/// <remarks>
/// ttrpc, PROTOCOL.md, version 1.2. It uses no thread of its own: everything goes on where <see cref="ServeAsync"/> was
/// called, in its SynchronizationContext if there is one.
/// </remarks>
public sealed class TtrpcServer(TimeProvider time, TtrpcLimits? limits = null)
{
    private readonly Dictionary<string, TtrpcService> _services = new(StringComparer.Ordinal);

    internal TimeProvider Time { get; } = time;

    internal TtrpcLimits Limits { get; } = limits ?? new TtrpcLimits();

    /// <summary>Adds a service, before the first connection.</summary>
    /// <param name="name">Its full name, such as <c>containerd.task.v2.Task</c>.</param>
    /// <param name="service">Its methods.</param>
    public void Add(string name, TtrpcService service) => _services.Add(name, service);

    /// <summary>Serves one connection until its end, and disposes of it.</summary>
    /// <param name="connection">Both directions. A read has to heed its token, and a write must not need flushing.</param>
    /// <param name="stop">
    /// Ends it: no request is read any more, the calls' tokens are cancelled, and what they still answer within a second is
    /// written. Without it the peer ends it, or a frame that is cut off; then the tokens are cancelled too.
    /// </param>
    /// <returns>A task that ends with the connection. It does not fail for what the peer does.</returns>
    public async Task ServeAsync(Stream connection, CancellationToken stop)
    {
        using CancellationTokenSource closing = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await new ServerConnection(this, connection, closing).RunAsync(stop);
    }

    internal TtrpcService? Find(string service) => _services.GetValueOrDefault(service);
}
