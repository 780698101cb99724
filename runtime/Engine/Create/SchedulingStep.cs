using Bulkhead.Linux;
using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Create;

/// <summary>Sets when a process of the container gets a processor and a disk.</summary>
/// <remarks>
/// By the parent: root of a user namespace may not. And last of all: the work of the runtime is not to be done as an idle
/// process, nor by a share of real time.
/// </remarks>
internal static class SchedulingStep
{
    /// <summary>Sets both for a child that waits to become the program.</summary>
    /// <exception cref="ContainerException">The kernel refuses one.</exception>
    public static void Apply(ProcessPlan process, int pid)
    {
        string step = "set process.ioPriority";
        try
        {
            if (process.IoPriority is { } priority)
            {
                Scheduling.SetIoPriority(pid, priority);
            }

            step = "set process.scheduler";
            if (process.Scheduler is { } scheduler)
            {
                Scheduling.Set(pid, scheduler);
            }
        }
        catch (LinuxException error)
        {
            throw new ContainerException($"{step}: {error.Message}", error);
        }
    }
}
