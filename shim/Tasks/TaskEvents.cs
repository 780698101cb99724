using Bulkhead.Proto.Containerd.Events;
using Bulkhead.Shim.Events;
using Bulkhead.Shim.Processes;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Shim.Tasks;

/// <summary>The events of tasks, each with its topic and its type.</summary>
internal sealed class TaskEvents(EventPublisher publisher)
{
    private const string Types = "containerd.events.";

    public void Created(TaskContainer container, TaskCreate created)
    {
        created.ContainerId = container.Id;
        created.Bundle = container.Bundle.Path;
        created.Pid = (uint)container.Init.Pid;
        publisher.Publish("/tasks/create", Types + "TaskCreate", created);
    }

    public void Started(TaskContainer container, TaskProcess process)
    {
        if (process.ExecId.Length == 0)
        {
            publisher.Publish("/tasks/start", Types + "TaskStart", new TaskStart { ContainerId = container.Id, Pid = (uint)process.Pid });
        }
        else
        {
            publisher.Publish(
                "/tasks/exec-started",
                Types + "TaskExecStarted",
                new TaskExecStarted { ContainerId = container.Id, ExecId = process.ExecId, Pid = (uint)process.Pid });
        }
    }

    public void Exited(TaskContainer container, TaskProcess process, ExitRecord exit) => publisher.Publish("/tasks/exit", Types + "TaskExit", new TaskExit
    {
        ContainerId = container.Id,
        Id = process.ExecId.Length == 0 ? container.Id : process.ExecId,
        Pid = (uint)exit.Pid,
        ExitStatus = (uint)exit.ExitStatus,
        ExitedAt = Timestamp.FromDateTimeOffset(exit.ExitedAt),
    });

    // Of execs nothing is announced, as by containerd's own shim.
    public void Deleted(TaskContainer container, ExitRecord exit) => publisher.Publish("/tasks/delete", Types + "TaskDelete", new TaskDelete
    {
        ContainerId = container.Id,
        Pid = (uint)exit.Pid,
        ExitStatus = (uint)exit.ExitStatus,
        ExitedAt = Timestamp.FromDateTimeOffset(exit.ExitedAt),
    });

    public void ExecAdded(TaskContainer container, string execId) =>
        publisher.Publish("/tasks/exec-added", Types + "TaskExecAdded", new TaskExecAdded { ContainerId = container.Id, ExecId = execId });

    public void OutOfMemory(string id) => publisher.Publish("/tasks/oom", Types + "TaskOOM", new TaskOOM { ContainerId = id });

    public void Paused(string id) => publisher.Publish("/tasks/paused", Types + "TaskPaused", new TaskPaused { ContainerId = id });

    public void Resumed(string id) => publisher.Publish("/tasks/resumed", Types + "TaskResumed", new TaskResumed { ContainerId = id });

    public void Checkpointed(string id, string path) =>
        publisher.Publish("/tasks/checkpointed", Types + "TaskCheckpointed", new TaskCheckpointed { ContainerId = id, Checkpoint = path });
}
