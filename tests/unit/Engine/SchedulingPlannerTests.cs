using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Create;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Engine;

/// <summary>The kernel's numbers for what the document has by name.</summary>
internal sealed class SchedulingPlannerTests
{
    // linux/mempolicy.h
    [TestCase(MemoryPolicyMode.Default, null, 0), TestCase(MemoryPolicyMode.Preferred, "0", 1), TestCase(MemoryPolicyMode.Bind, "0", 2)]
    [TestCase(MemoryPolicyMode.Interleave, "0", 3), TestCase(MemoryPolicyMode.Local, "", 4), TestCase(MemoryPolicyMode.PreferredMany, "0", 5)]
    [TestCase(MemoryPolicyMode.WeightedInterleave, "0", 6)]
    public void A_mode_of_memory_has_the_kernels_number(MemoryPolicyMode mode, string? nodes, int number)
    {
        MemoryPolicy plan = SchedulingPlanner.Plan(new LinuxMemoryPolicy { Mode = mode, Nodes = nodes })!;

        Assert.That(plan.Mode, Is.EqualTo(number));
        Assert.That(plan.Nodes is null, Is.EqualTo(nodes is null or ""));
    }

    [TestCase(MemoryPolicyFlag.NumaBalancing, 0x2000), TestCase(MemoryPolicyFlag.RelativeNodes, 0x4000), TestCase(MemoryPolicyFlag.StaticNodes, 0x8000)]
    public void A_flag_of_memory_is_a_bit(MemoryPolicyFlag flag, int bit) =>
        Assert.That(SchedulingPlanner.Plan(new LinuxMemoryPolicy { Mode = MemoryPolicyMode.Bind, Nodes = "0", Flags = [flag] })!.Mode, Is.EqualTo(2 | bit));

    // linux/sched.h and linux/ioprio.h: the code takes the order for the number.
    [TestCase(LinuxSchedulerPolicy.Other, 0), TestCase(LinuxSchedulerPolicy.Fifo, 1), TestCase(LinuxSchedulerPolicy.RoundRobin, 2), TestCase(LinuxSchedulerPolicy.Batch, 3)]
    [TestCase(LinuxSchedulerPolicy.Iso, 4), TestCase(LinuxSchedulerPolicy.Idle, 5), TestCase(LinuxSchedulerPolicy.Deadline, 6)]
    public void A_policy_is_in_the_kernels_place(LinuxSchedulerPolicy policy, int number) => Assert.That((int)policy, Is.EqualTo(number));

    [TestCase(LinuxSchedulerFlag.ResetOnFork, 0x01), TestCase(LinuxSchedulerFlag.Reclaim, 0x02), TestCase(LinuxSchedulerFlag.DeadlineOverrun, 0x04)]
    [TestCase(LinuxSchedulerFlag.KeepPolicy, 0x08), TestCase(LinuxSchedulerFlag.KeepParams, 0x10), TestCase(LinuxSchedulerFlag.UtilClampMin, 0x20)]
    [TestCase(LinuxSchedulerFlag.UtilClampMax, 0x40)]
    public void A_flag_of_a_policy_is_in_the_kernels_place(LinuxSchedulerFlag flag, int bit) => Assert.That(1 << (int)flag, Is.EqualTo(bit));

    [TestCase(IoPriorityClass.RealTime, 1), TestCase(IoPriorityClass.BestEffort, 2), TestCase(IoPriorityClass.Idle, 3)]
    public void A_class_of_access_to_disks_is_in_the_kernels_place(IoPriorityClass priority, int number) => Assert.That((int)priority + 1, Is.EqualTo(number));
}
