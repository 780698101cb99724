using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Shim.Processes;
using Bulkhead.Shim.Rootfs;
using Bulkhead.Ttrpc;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Shim.Tasks;

/// <content>Delete: all output is where it belongs before anything is removed.</content>
internal sealed partial class TaskService
{
    // How long another process, which holds the output open, is waited for.
    private static readonly TimeSpan DrainGrace = TimeSpan.FromSeconds(2);

    private async Task<DeleteResponse> DeleteAsync(DeleteRequest request)
    {
        (TaskContainer container, TaskProcess process) = Find(request.Id, request.ExecId);
        await process.Turn.WaitAsync();
        try
        {
            // Another may have been first.
            Find(request.Id, request.ExecId);
            if (process.Status == Status.Running)
            {
                throw new TtrpcException(TtrpcCode.FailedPrecondition, $"{Describe(container, process)} can't be deleted: it is running");
            }

            ExitRecord exit = process.ExecId.Length == 0 ? await DeleteContainerAsync(container) : await DeleteExecAsync(container, process);
            return new DeleteResponse { Pid = (uint)exit.Pid, ExitStatus = (uint)exit.ExitStatus, ExitedAt = Timestamp.FromDateTimeOffset(exit.ExitedAt) };
        }
        finally
        {
            process.Turn.Release();
        }
    }

    private static async Task<ExitRecord> DeleteExecAsync(TaskContainer container, TaskProcess exec)
    {
        await CloseStdioAsync(exec);
        container.Execs.Remove(exec.ExecId);
        container.Bundle.Directory.Remove(ProcessFile(exec.ExecId));
        container.Bundle.Directory.Remove(ExitRecord.NameOf(exec.ExecId));
        EndWaits(container, exec);
        return exec.Record ?? new ExitRecord(exec.Pid, 0, DateTimeOffset.UnixEpoch, IsOutOfMemory: false);
    }

    private async Task<ExitRecord> DeleteContainerAsync(TaskContainer container)
    {
        TaskProcess init = container.Init;
        if (init.Status == Status.Created)
        {
            await container.Runtime.RunAsync("delete", "--force", container.Id);
            if (init.Pid != 0)
            {
                await init.Exit.WaitAsync(LongestEnd, _loop.Time);
            }
        }
        else
        {
            await CloseStdioAsync(init);
            await DeleteFromRuntimeAsync(container);
        }

        await CloseStdioAsync(init);
        foreach (TaskProcess exec in (TaskProcess[])[.. container.Execs.Values])
        {
            await DeleteExecAsync(container, exec);
        }

        container.OutOfMemory?.Dispose();
        container.Cgroup = null;
        RootfsMounts.Remove(container.Bundle.Rootfs);
        _containers.Remove(container.Id);
        container.Bundle.Dispose();
        EndWaits(container, init);
        ExitRecord exit = init.Record ?? new ExitRecord(0, 0, DateTimeOffset.UtcNow, IsOutOfMemory: false);
        _events.Deleted(container, exit);
        return exit;
    }

    private async Task DeleteFromRuntimeAsync(TaskContainer container)
    {
        try
        {
            await container.Runtime.RunAsync("delete", container.Id);
        }
        catch (TtrpcException error) when (error.Code == TtrpcCode.NotFound)
        {
            // Somebody has deleted it by hand.
            _log.Write("warning", error.Message);
        }
    }

    // One that never ran has no end to be waited for.
    private static void EndWaits(TaskContainer container, TaskProcess process)
    {
        if (process.Pid == 0)
        {
            process.SetNeverRan(Describe(container, process));
        }
    }

    private static async Task CloseStdioAsync(TaskProcess process)
    {
        if (process.Stdio is { } stdio)
        {
            await stdio.DrainAsync(DrainGrace);
            await stdio.DisposeAsync();
            process.Stdio = null;
        }
    }
}
