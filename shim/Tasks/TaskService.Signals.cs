using System.Globalization;
using Bulkhead.Linux.Processes;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Ttrpc;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Shim.Tasks;

/// <content>Kill, Pause and Resume.</content>
internal sealed partial class TaskService
{
    private const uint LastSignal = 64;

    private async Task<Empty> KillAsync(KillRequest request)
    {
        (TaskContainer container, TaskProcess process) = Find(request.Id, request.ExecId);
        if (request.Signal > LastSignal)
        {
            throw new TtrpcException(TtrpcCode.InvalidArgument, $"there is no signal {request.Signal}");
        }

        // Not in turn: a start that hangs can be ended.
        if (process.ExecId.Length > 0)
        {
            SignalExec(container, process, (int)request.Signal);
            return new Empty();
        }

        if (process.Status == Status.Stopped && !request.All)
        {
            throw new TtrpcException(TtrpcCode.NotFound, $"{Describe(container, process)}: process already finished");
        }

        string signal = request.Signal.ToString(CultureInfo.InvariantCulture);
        await container.Runtime.RunAsync(request.All ? ["kill", "--all", container.Id, signal] : ["kill", container.Id, signal]);
        return new Empty();
    }

    private static void SignalExec(TaskContainer container, TaskProcess exec, int signal)
    {
        if (exec.Pid == 0)
        {
            throw new TtrpcException(TtrpcCode.FailedPrecondition, $"{Describe(container, exec)} has not been started");
        }

        // Nobody but this shim reaps it, so that the number is its own until its end is known.
        if (exec.Ended.IsCompleted || !ChildProcess.TrySend(exec.Pid, new Signal(signal)))
        {
            throw new TtrpcException(TtrpcCode.NotFound, $"{Describe(container, exec)}: process already finished");
        }
    }

    private async Task<Empty> PauseAsync(PauseRequest request)
    {
        TaskContainer container = Find(request.Id);
        await ChangeRunningAsync(container, "paused", static container => container.Runtime.RunAsync("pause", container.Id));
        container.IsPaused = true;
        _events.Paused(container.Id);
        return new Empty();
    }

    private async Task<Empty> ResumeAsync(ResumeRequest request)
    {
        TaskContainer container = Find(request.Id);
        await ChangeRunningAsync(container, "resumed", static container => container.Runtime.RunAsync("resume", container.Id));
        container.IsPaused = false;
        _events.Resumed(container.Id);
        return new Empty();
    }

    private static async Task ChangeRunningAsync(TaskContainer container, string change, Func<TaskContainer, Task> call)
    {
        TaskProcess init = container.Init;
        await init.Turn.WaitAsync();
        try
        {
            if (init.Status != Status.Running)
            {
                throw new TtrpcException(TtrpcCode.FailedPrecondition, $"{Describe(container, init)} can't be {change}: it is {Word(init.Status)}");
            }

            await call(container);
        }
        finally
        {
            init.Turn.Release();
        }
    }
}
