using Bulkhead.Proto.Containerd.Runc;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Shim.Bootstrap;
using Bulkhead.Shim.Runtimes;

namespace Bulkhead.Shim.Tasks;

/// <summary>A container as it is served.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Bundle">Its bundle.</param>
/// <param name="Options">How the shim was configured for it.</param>
/// <param name="Runtime">The runtime's calls for it.</param>
/// <param name="Init">Its init process.</param>
/// <param name="HasOwnPids">Whether the end of its init process is the end of all of its processes.</param>
internal sealed record TaskContainer(string Id, Bundle Bundle, Options Options, RuntimeCalls Runtime, TaskProcess Init, bool HasOwnPids)
{
    /// <summary>Its execs, by their ids.</summary>
    public Dictionary<string, TaskProcess> Execs { get; } = new(StringComparer.Ordinal);

    /// <summary>What it is to be restored from when it starts; null for a new start.</summary>
    public CreateTaskRequest? Checkpoint { get; init; }

    /// <summary>The cgroup that its init process is in; null before that exists.</summary>
    public ContainerCgroup? Cgroup { get; set; }

    /// <summary>Follows the kernel's ending of processes for want of memory; null where it can't be followed.</summary>
    public OutOfMemoryWatcher? OutOfMemory { get; set; }

    /// <summary>Whether its processes are frozen.</summary>
    public bool IsPaused { get; set; }
}
