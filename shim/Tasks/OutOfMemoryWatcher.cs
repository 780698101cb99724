using Bulkhead.Cgroups;
using Bulkhead.Linux;
using Bulkhead.Shim.Loop;

namespace Bulkhead.Shim.Tasks;

/// <summary>Follows what the kernel does to a container that wants more memory than it may have.</summary>
internal sealed class OutOfMemoryWatcher : IDisposable
{
    private readonly ICgroup _cgroup;
    private readonly IOutOfMemoryWatch _watch;
    private readonly Readiness _readiness;
    private readonly Action _tell;

    private OutOfMemoryWatcher(EventLoop loop, ICgroup cgroup, IOutOfMemoryWatch watch, Action tell)
    {
        _cgroup = cgroup;
        _watch = watch;
        _tell = tell;
        _readiness = loop.Watch(watch.Signal);
    }

    /// <summary>Whether the kernel has ended a process of the container.</summary>
    public bool HasKilled { get; private set; }

    /// <summary>Begins; null where the cgroup does not tell.</summary>
    /// <param name="loop">Where <paramref name="tell"/> is called.</param>
    /// <param name="place">The container's cgroup.</param>
    /// <param name="tell">Called each time.</param>
    public static OutOfMemoryWatcher? TryStart(EventLoop loop, ContainerCgroup place, Action tell)
    {
        ICgroup cgroup = place.OpenMemory();
        if (cgroup.WatchOutOfMemory() is not { } watch)
        {
            cgroup.Dispose();
            return null;
        }

        OutOfMemoryWatcher watcher = new(loop, cgroup, watch, tell);
        _ = watcher.FollowAsync();
        return watcher;
    }

    /// <summary>Looks once more: what happened just before the container's end has not been told of yet.</summary>
    public void Look()
    {
        if (_watch.Take())
        {
            HasKilled = true;
            _tell();
        }
    }

    /// <summary>Ends the following.</summary>
    public void Dispose()
    {
        _readiness.Dispose();
        _watch.Dispose();
        _cgroup.Dispose();
    }

    private async Task FollowAsync()
    {
        try
        {
            while (true)
            {
                await _readiness.Input();
                Look();
            }
        }
        catch (Exception error) when (error is ObjectDisposedException or LinuxException)
        {
            // The container is deleted, or its cgroup is gone.
        }
    }
}
