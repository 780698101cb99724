using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Sockets;
using Bulkhead.Shim.Loop;
using Bulkhead.Ttrpc;

namespace Bulkhead.Shim.Server;

/// <summary>Takes connections and has each served.</summary>
internal sealed class ShimServer(EventLoop loop, UnixListener listener, TtrpcServer server, ShimLog log)
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);
    private readonly List<Task> _connections = [];

    /// <summary>Serves until it is stopped, and what is being answered then is answered.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using Readiness readiness = loop.Watch(listener);
        while (true)
        {
            try
            {
                if (listener.TryAccept() is { } connection)
                {
                    Serve(connection, stop);
                }
                else
                {
                    await readiness.Input(stop);
                }
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (LinuxException error) when (error.Error is not (Errno.ENOTSOCK or Errno.EINVAL or Errno.EBADF))
            {
                // Too many open files, or no memory: that passes.
                log.Write("error", error.Message);
                await Task.Delay(AfterFailure, loop.Time, CancellationToken.None);
            }
        }

        await Task.WhenAll(_connections);
    }

    private void Serve(FileDescriptor connection, CancellationToken stop)
    {
        _connections.RemoveAll(static served => served.IsCompleted);
        _connections.Add(server.ServeAsync(new LoopStream(loop, connection), stop));
    }
}
