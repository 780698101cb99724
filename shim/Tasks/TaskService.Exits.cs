using Bulkhead.Linux;
using Bulkhead.Shim.Processes;
using Bulkhead.Ttrpc;

namespace Bulkhead.Shim.Tasks;

/// <content>
/// The ends of processes. 1. The record is on the disk. 2. What the end of an init process leaves running is killed, and the
/// ends of execs are waited for, so that the container's own end is told of last. 3. Whoever waits gets the answer. 4. The
/// event goes out, after that of the start.
/// </content>
internal sealed partial class TaskService
{
    // What was killed is gone after that, unless it hangs in the kernel.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(5);

    private void Follow(TaskContainer container, TaskProcess process) => _ = FollowAsync(container, process);

    private async Task FollowAsync(TaskContainer container, TaskProcess process)
    {
        ProcessExit exit = await process.Ended;
        if (process.ExecId.Length == 0)
        {
            container.OutOfMemory?.Look();
        }

        ExitRecord record = new(process.Pid, exit.Status.ExitCode, exit.At, container.OutOfMemory?.HasKilled == true);
        Keep(container, process, record);
        if (process.ExecId.Length == 0)
        {
            await EndAllAsync(container);
        }

        process.SetExit(record);
        await process.Started;
        _events.Exited(container, process, record);
        _memory.SetBusy();
    }

    private void Keep(TaskContainer container, TaskProcess process, ExitRecord record)
    {
        try
        {
            record.Write(container.Bundle.Directory, process.ExecId);
        }
        catch (LinuxException error)
        {
            // A full disk does not keep those who wait from being told.
            _log.Write("error", $"container \"{container.Id}\": the exit record: {error.Message}");
        }
    }

    private async Task EndAllAsync(TaskContainer container)
    {
        if (!container.HasOwnPids)
        {
            try
            {
                await container.Runtime.RunAsync("kill", "--all", container.Id, "9");
            }
            catch (Exception error) when (error is TtrpcException or LinuxException)
            {
                // Of a runtime that knows no --all, or no container that has stopped.
                _log.Debug($"container \"{container.Id}\": {error.Message}");
            }
        }

        try
        {
            foreach (TaskProcess exec in (TaskProcess[])[.. container.Execs.Values])
            {
                if (exec.Pid != 0)
                {
                    await exec.Exit.WaitAsync(LongestEnd, _loop.Time);
                }
            }
        }
        catch (TimeoutException)
        {
            _log.Write("warning", $"container \"{container.Id}\": an exec outlives it");
        }
    }
}
