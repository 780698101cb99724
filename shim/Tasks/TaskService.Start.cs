using Bulkhead.Linux.Processes;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Shim.Stdio;
using Bulkhead.Ttrpc;

namespace Bulkhead.Shim.Tasks;

/// <content>Start: of the init process, of one that is restored, and of an exec.</content>
internal sealed partial class TaskService
{
    private async Task<StartResponse> StartAsync(StartRequest request)
    {
        (TaskContainer container, TaskProcess process) = Find(request.Id, request.ExecId);
        await process.Turn.WaitAsync();
        TaskCompletionSource announced = new();
        process.Started = announced.Task;
        try
        {
            if (process.Status != Status.Created || process is { ExecId.Length: > 0, Pid: > 0 })
            {
                throw new TtrpcException(TtrpcCode.FailedPrecondition, $"{Describe(container, process)} can't be started: it is {Word(process.Status)}");
            }

            await BeginAsync(container, process);

            // Its end may be known by now.
            process.Status = process.Status == Status.Created ? Status.Running : process.Status;
            _events.Started(container, process);
            return new StartResponse { Pid = (uint)process.Pid };
        }
        finally
        {
            announced.SetResult();
            process.Turn.Release();
        }
    }

    private Task BeginAsync(TaskContainer container, TaskProcess process) =>
        process.ExecId.Length > 0 ? StartExecAsync(container, process)
            : container.Checkpoint is not null ? RestoreAsync(container)
            : container.Runtime.RunAsync("start", container.Id);

    private async Task StartExecAsync(TaskContainer container, TaskProcess exec)
    {
        if (container.Init.Status == Status.Stopped)
        {
            throw new TtrpcException(TtrpcCode.FailedPrecondition, $"{Describe(container, exec)} can't be started: the container is stopped");
        }

        string pidFile = $"{exec.ExecId}.pid";
        ProcessStdio stdio = await ProcessStdio.OpenAsync(StdioOf(container), exec.Request, CancellationToken.None);
        try
        {
            if (exec.Window is { } window)
            {
                stdio.Resize(window);
            }

            List<string> command = ["exec", "--process", container.Bundle.PathOf(ProcessFile(exec.ExecId)), "--detach", "--pid-file", container.Bundle.PathOf(pidFile)];
            if (stdio.ConsoleSocket is { } socket)
            {
                command.AddRange(["--console-socket", socket]);
            }

            using IDisposable hold = _reaper.Hold();
            container.Bundle.Directory.Remove(pidFile);
            await container.Runtime.RunAsync([.. command, container.Id], stdio.Input, stdio.Output, stdio.Error);
            exec.Pid = container.Bundle.TryReadPid(pidFile)
                ?? throw new TtrpcException(TtrpcCode.Unknown, $"the runtime has not written {container.Bundle.PathOf(pidFile)}");
            exec.Ended = _reaper.WaitFor(exec.Pid);
            exec.Stdio = stdio;
            Follow(container, exec);
            await stdio.StartAsync(CancellationToken.None);
        }
        catch
        {
            if (exec.Pid == 0)
            {
                await stdio.DisposeAsync();
            }
            else
            {
                // It runs, but nobody gets its terminal: who is told that it has failed does not end it.
                ChildProcess.TrySend(exec.Pid, Signal.Kill);
            }

            throw;
        }
        finally
        {
            container.Bundle.Directory.Remove(pidFile);
            container.Bundle.Directory.Remove(ProcessFile(exec.ExecId));
        }
    }

    private async Task RestoreAsync(TaskContainer container)
    {
        CreateTaskRequest request = container.Checkpoint!;
        List<string> command = ["restore", "--image-path", request.Checkpoint, "--work-path", WorkPath(container), "--bundle", container.Bundle.Path, "--pid-file", container.Bundle.PathOf(InitPidFile), "--detach"];
        if (request.ParentCheckpoint.Length > 0)
        {
            command.AddRange(["--parent-path", request.ParentCheckpoint]);
        }

        AddStartOptions(command, container);
        command.Remove("--no-new-keyring");
        command.Add(container.Id);
        await RunInitAsync(container, [.. command]);
        Follow(container, container.Init);
    }

    private static string WorkPath(TaskContainer container) =>
        container.Options.CriuWorkPath.Length > 0 ? container.Options.CriuWorkPath : container.Bundle.PathOf("criu-work");

    private static string Describe(TaskContainer container, TaskProcess process) =>
        process.ExecId.Length == 0 ? $"container \"{container.Id}\"" : $"exec \"{process.ExecId}\" in container \"{container.Id}\"";

    private static string Word(Status status) => status switch
    {
        Status.Created => "created",
        Status.Running => "running",
        Status.Paused => "paused",
        _ => "stopped",
    };
}
