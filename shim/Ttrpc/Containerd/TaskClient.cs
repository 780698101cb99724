using Bulkhead.Proto.Containerd.Tasks;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Ttrpc.Containerd;

/// <summary>Calls the Task service of a shim. The requests say what each method takes (proto/containerd/task/shim.proto).</summary>
/// <param name="client">The connection.</param>
/// <param name="service"><see cref="Version2"/> or <see cref="Version3"/>, whichever the shim serves; the messages are the same.</param>
/// <remarks>Each method fails as <see cref="TtrpcClient.CallAsync"/> does.</remarks>
public sealed class TaskClient(TtrpcClient client, string service = TaskClient.Version2)
{
    /// <summary>The service of containerd 1.4 and later.</summary>
    public const string Version2 = "containerd.task.v2.Task";

    /// <summary>The service of containerd 2.0 and later.</summary>
    public const string Version3 = "containerd.task.v3.Task";

    /// <summary>Where a process is in its life, and how it was made.</summary>
    public Task<StateResponse> StateAsync(StateRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "State", request, StateResponse.Parser, options, cancellation);

    /// <summary>Sets a container up, short of its program.</summary>
    public Task<CreateTaskResponse> CreateAsync(CreateTaskRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "Create", request, CreateTaskResponse.Parser, options, cancellation);

    /// <summary>Begins the program of a container or of an exec.</summary>
    public Task<StartResponse> StartAsync(StartRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "Start", request, StartResponse.Parser, options, cancellation);

    /// <summary>Removes a container that has stopped, or an exec that has ended.</summary>
    public Task<DeleteResponse> DeleteAsync(DeleteRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "Delete", request, DeleteResponse.Parser, options, cancellation);

    /// <summary>The processes of a container.</summary>
    public Task<PidsResponse> PidsAsync(PidsRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "Pids", request, PidsResponse.Parser, options, cancellation);

    /// <summary>Freezes a container's processes.</summary>
    public Task PauseAsync(PauseRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "Pause", request, Empty.Parser, options, cancellation);

    /// <summary>Lets a container's processes go on.</summary>
    public Task ResumeAsync(ResumeRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "Resume", request, Empty.Parser, options, cancellation);

    /// <summary>Writes a container's processes to files.</summary>
    public Task CheckpointAsync(CheckpointTaskRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "Checkpoint", request, Empty.Parser, options, cancellation);

    /// <summary>Sends a signal.</summary>
    public Task KillAsync(KillRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "Kill", request, Empty.Parser, options, cancellation);

    /// <summary>Makes a further process known; it begins with Start.</summary>
    public Task ExecAsync(ExecProcessRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "Exec", request, Empty.Parser, options, cancellation);

    /// <summary>Gives a terminal another size.</summary>
    public Task ResizePtyAsync(ResizePtyRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "ResizePty", request, Empty.Parser, options, cancellation);

    /// <summary>Closes a process's stdin.</summary>
    public Task CloseIOAsync(CloseIORequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "CloseIO", request, Empty.Parser, options, cancellation);

    /// <summary>Changes a container's limits.</summary>
    public Task UpdateAsync(UpdateTaskRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "Update", request, Empty.Parser, options, cancellation);

    /// <summary>Waits until a process has exited.</summary>
    public Task<WaitResponse> WaitAsync(WaitRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "Wait", request, WaitResponse.Parser, options, cancellation);

    /// <summary>What a container uses.</summary>
    public Task<StatsResponse> StatsAsync(StatsRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "Stats", request, StatsResponse.Parser, options, cancellation);

    /// <summary>The process ids of the shim and of the init process.</summary>
    public Task<ConnectResponse> ConnectAsync(ConnectRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "Connect", request, ConnectResponse.Parser, options, cancellation);

    /// <summary>Ends the shim, unless it still has a container.</summary>
    public Task ShutdownAsync(ShutdownRequest request, TtrpcCallOptions options = default, CancellationToken cancellation = default) =>
        client.CallAsync(service, "Shutdown", request, Empty.Parser, options, cancellation);
}
