using Bulkhead.Linux.Native;
using Bulkhead.Specs.Json;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Linux.Processes;

/// <summary>When a process gets a processor, and when a disk.</summary>
/// <remarks>sched(7), sched_setattr(2), ioprio_set(2).</remarks>
public static class Scheduling
{
    private const int IoPriorityOfProcess = 1;
    private const int IoClassShift = 13;

    /// <summary>Sets a policy and its parameters.</summary>
    /// <param name="pid">The process; it has one thread.</param>
    /// <param name="scheduler">The policy.</param>
    /// <exception cref="LinuxException">
    /// EPERM: without CAP_SYS_NICE; or its cgroup has no real-time budget, or not all processors for a deadline.
    /// EINVAL: the parameters don't fit the policy. EBUSY: no room for a further deadline.
    /// </exception>
    public static void Set(int pid, Scheduler scheduler)
    {
        SchedulerAttributes attributes = new()
        {
            // The specification's order is the kernel's.
            Policy = (uint)scheduler.Policy,
            Nice = scheduler.Nice ?? 0,
            Priority = (uint)(scheduler.Priority ?? 0),
            Runtime = scheduler.Runtime ?? 0,
            Deadline = scheduler.Deadline ?? 0,
            Period = scheduler.Period ?? 0,
        };
        foreach (LinuxSchedulerFlag flag in scheduler.Flags ?? [])
        {
            attributes.Flags |= 1UL << (int)flag;
        }

        // Sound: the structure lives on this stack frame for the length of the call and says its size itself.
        unsafe
        {
            attributes.Size = (uint)sizeof(SchedulerAttributes);
            LinuxException.Check(
                Libc.Call(SystemCall.SchedSetAttr, (void*)pid, &attributes, null),
                "sched_setattr",
                Spelled.Text<LinuxSchedulerPolicy, LinuxSchedulerPolicySpelling>(scheduler.Policy));
        }
    }

    /// <summary>Sets the priority for access to disks.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="priority">The class and the level in it.</param>
    /// <exception cref="LinuxException">EPERM: the real-time class without CAP_SYS_ADMIN and CAP_SYS_NICE.</exception>
    public static void SetIoPriority(int pid, LinuxIoPriority priority)
    {
        // The kernel's first class is "none", then the specification's in their order.
        long value = ((long)priority.Class + 1) << IoClassShift | (long)priority.Priority;
        LinuxException.Check(
            Libc.Call(SystemCall.IoPrioSet, IoPriorityOfProcess, pid, value),
            "ioprio_set",
            Spelled.Text<IoPriorityClass, IoPriorityClassSpelling>(priority.Class));
    }
}
