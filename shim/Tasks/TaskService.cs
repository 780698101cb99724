using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Shim.Events;
using Bulkhead.Shim.Loop;
using Bulkhead.Shim.Processes;
using Bulkhead.Specs;
using Bulkhead.Ttrpc;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Shim.Tasks;

/// <summary>containerd's Task service: the containers of this shim, and every call that they are served by, in a file each.</summary>
/// <remarks>containerd, api/runtime/task/v2 and v3: the same methods under two names.</remarks>
internal sealed partial class TaskService
{
    // Longer ones would not fit into the names of files.
    private const int LongestExecId = 128;

    private readonly EventLoop _loop;
    private readonly Reaper _reaper;
    private readonly string _namespace;
    private readonly string _consolePrefix;
    private readonly ShimLog _log;
    private readonly TaskEvents _events;
    private readonly IdleMemory _memory;
    private readonly Dictionary<string, TaskContainer> _containers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _creating = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _shutdown = new();

    /// <summary>Makes the service of a shim that has no container yet.</summary>
    /// <param name="loop">Where everything runs.</param>
    /// <param name="reaper">What tells of processes' ends.</param>
    /// <param name="containerNamespace">containerd's namespace.</param>
    /// <param name="consolePrefix">What the paths of the sockets begin with that terminals come by.</param>
    /// <param name="publisher">Where events go.</param>
    /// <param name="log">Where warnings go.</param>
    public TaskService(EventLoop loop, Reaper reaper, string containerNamespace, string consolePrefix, EventPublisher publisher, ShimLog log)
    {
        _loop = loop;
        _reaper = reaper;
        _namespace = containerNamespace;
        _consolePrefix = consolePrefix;
        _events = new TaskEvents(publisher);
        _log = log;
        _memory = new IdleMemory(loop);
    }

    /// <summary>Ends when the shim has nothing more to do.</summary>
    public Task ShutDown => _shutdown.Task;

    /// <summary>Ends the shim if it has no container, nor is making one.</summary>
    public void EndIfIdle()
    {
        if (_containers.Count + _creating.Count == 0)
        {
            _shutdown.TrySetResult();
        }
    }

    /// <summary>The methods, for the server.</summary>
    public TtrpcService Methods() => new TtrpcService()
        .Add("Create", CreateTaskRequest.Parser, Served<CreateTaskRequest, CreateTaskResponse>(CreateAsync))
        .Add("Start", StartRequest.Parser, Served<StartRequest, StartResponse>(StartAsync))
        .Add("Delete", DeleteRequest.Parser, Served<DeleteRequest, DeleteResponse>(DeleteAsync))
        .Add("Exec", ExecProcessRequest.Parser, Served<ExecProcessRequest, Empty>(ExecAsync))
        .Add("Kill", KillRequest.Parser, Served<KillRequest, Empty>(KillAsync))
        .Add("Pause", PauseRequest.Parser, Served<PauseRequest, Empty>(PauseAsync))
        .Add("Resume", ResumeRequest.Parser, Served<ResumeRequest, Empty>(ResumeAsync))
        .Add("Checkpoint", CheckpointTaskRequest.Parser, Served<CheckpointTaskRequest, Empty>(CheckpointAsync))
        .Add("Update", UpdateTaskRequest.Parser, Served<UpdateTaskRequest, Empty>(UpdateAsync))
        .Add("Pids", PidsRequest.Parser, Served<PidsRequest, PidsResponse>(PidsAsync))
        .Add("Wait", WaitRequest.Parser, Served<WaitRequest, WaitResponse>(WaitAsync))
        .Add("State", StateRequest.Parser, Served<StateRequest, StateResponse>(State))
        .Add("Stats", StatsRequest.Parser, Served<StatsRequest, StatsResponse>(Stats))
        .Add("Connect", ConnectRequest.Parser, Served<ConnectRequest, ConnectResponse>(Connect))
        .Add("ResizePty", ResizePtyRequest.Parser, Served<ResizePtyRequest, Empty>(ResizePty))
        .Add("CloseIO", CloseIORequest.Parser, Served<CloseIORequest, Empty>(CloseIO))
        .Add("Shutdown", ShutdownRequest.Parser, Served<ShutdownRequest, Empty>(Shutdown));

    private static Func<TRequest, Task<TResponse>> Immediate<TRequest, TResponse>(Func<TRequest, TResponse> call) => request => Task.FromResult(call(request));

    private Func<TRequest, TtrpcCall, Task<TResponse>> Served<TRequest, TResponse>(Func<TRequest, TResponse> call) =>
        Served(Immediate(call));

    private Func<TRequest, TtrpcCall, Task<TResponse>> Served<TRequest, TResponse>(Func<TRequest, Task<TResponse>> call) => async (request, _) =>
    {
        try
        {
            return await call(request);
        }
        catch (Exception error) when (CallErrors.Translate(error) is { } translated)
        {
            throw translated;
        }
        finally
        {
            _memory.SetBusy();
        }
    };

    private TaskContainer Find(string id) =>
        _containers.TryGetValue(id, out TaskContainer? container) ? container : throw new TtrpcException(TtrpcCode.NotFound, $"container \"{id}\": not found");

    private static TaskProcess Find(TaskContainer container, string execId) =>
        execId.Length == 0 ? container.Init
            : container.Execs.TryGetValue(execId, out TaskProcess? exec) ? exec
            : throw new TtrpcException(TtrpcCode.NotFound, $"exec \"{execId}\" in container \"{container.Id}\": not found");

    private (TaskContainer Container, TaskProcess Process) Find(string id, string execId)
    {
        TaskContainer container = Find(id);
        return (container, Find(container, execId));
    }

    // An id is part of files' names.
    private static void CheckId(string kind, string id)
    {
        if (!ContainerId.TryParse(id, out _) || id.Length > LongestExecId)
        {
            // Without what would make more than a line of the message.
            string shown = id.Length > LongestExecId || id.AsSpan().ContainsAnyInRange('\0', '\x1f') ? "" : $" \"{id}\"";
            throw new TtrpcException(TtrpcCode.InvalidArgument, $"{kind} id{shown}: not 1 to {LongestExecId} letters, digits, \"_\", \"+\", \"-\" and \".\"");
        }
    }
}
