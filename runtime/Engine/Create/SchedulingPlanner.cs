using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs.Json;
using Bulkhead.Specs.Runtime;
using static Bulkhead.Runtime.Validation.Refusal;

namespace Bulkhead.Runtime.Create;

/// <summary>Checks what the document says of processors, disks and memory nodes, and takes its lists apart.</summary>
/// <remarks>runtime-spec 1.3, config.md, "Linux Process"; config-linux.md, "Memory policy" and "Personality".</remarks>
internal static class SchedulingPlanner
{
    private const int LowestNice = 19;
    private const int HighestNice = -20;
    private const int MostPriority = 99;
    private const int MostIoPriority = 7;

    /// <summary>A scheduling policy whose parameters go with it, which the kernel does not ask of all.</summary>
    /// <exception cref="ContainerException">One does not.</exception>
    public static Scheduler? Plan(Scheduler? scheduler)
    {
        if (scheduler is null)
        {
            return null;
        }

        LinuxSchedulerPolicy policy = scheduler.Policy;
        int nice = scheduler.Nice ?? 0;
        int priority = scheduler.Priority ?? 0;
        bool realTime = policy is LinuxSchedulerPolicy.Fifo or LinuxSchedulerPolicy.RoundRobin;
        bool timed = scheduler is { Runtime: not (null or 0) } or { Deadline: not (null or 0) } or { Period: not (null or 0) };
        Refuse(nice is < HighestNice or > LowestNice, $"process.scheduler.nice: {nice} is not between {HighestNice} and {LowestNice}");
        Refuse(realTime && priority is < 1 or > MostPriority, $"process.scheduler.priority: {priority} is not between 1 and {MostPriority}");
        Refuse(!realTime && priority != 0, "process.scheduler.priority: only SCHED_FIFO and SCHED_RR have one");
        Refuse(timed && policy != LinuxSchedulerPolicy.Deadline, "process.scheduler.runtime, deadline, period: only SCHED_DEADLINE has them");
        return scheduler;
    }

    /// <summary>A priority for access to disks.</summary>
    /// <exception cref="ContainerException">There is no such level.</exception>
    public static LinuxIoPriority? Plan(LinuxIoPriority? priority)
    {
        Refuse(priority?.Priority is < 0 or > MostIoPriority, $"process.ioPriority.priority: {priority?.Priority} is not between 0 and {MostIoPriority}");
        return priority;
    }

    /// <summary>The processors of a process that joins the container: before it is in its cgroup, and then.</summary>
    /// <exception cref="ContainerException">One of the lists can't be read.</exception>
    public static (NumberSet? Initial, NumberSet? Final) Plan(Specs.Runtime.CpuAffinity? affinity) => affinity is null
        ? default
        : (Processors(affinity.Initial, "initial"), Processors(affinity.Final, "final"));

    /// <summary>From which nodes memory comes.</summary>
    /// <exception cref="ContainerException">The nodes can't be read, or don't go with the mode.</exception>
    public static MemoryPolicy? Plan(LinuxMemoryPolicy? policy)
    {
        if (policy is null)
        {
            return null;
        }

        string name = Spelled.Text<MemoryPolicyMode, MemoryPolicyModeSpelling>(policy.Mode);
        NumberSet? nodes = Parse(policy.Nodes, MemoryPolicy.NodeLimit, "linux.memoryPolicy.nodes");
        bool takesNone = policy.Mode is MemoryPolicyMode.Default or MemoryPolicyMode.Local;
        Refuse(takesNone && nodes is not null, $"linux.memoryPolicy.nodes: {name} takes none");
        Refuse(!takesNone && nodes is null && policy.Mode != MemoryPolicyMode.Preferred, $"linux.memoryPolicy.nodes: {name} needs at least one");
        return new MemoryPolicy(name, Number(policy.Mode) | Flags(policy.Flags ?? []), nodes);
    }

    /// <summary>The execution domain, as personality(2) numbers it.</summary>
    /// <exception cref="ContainerException">It has flags, of which the specification knows none.</exception>
    public static uint? Plan(LinuxPersonality? personality)
    {
        Refuse(personality?.Flags is { Length: > 0 }, $"linux.personality.flags: unknown flag \"{personality?.Flags?[0]}\"");
        return personality?.Domain switch
        {
            null => null,
            LinuxPersonalityDomain.Linux32 => 8,
            _ => 0,
        };
    }

    private static int Number(MemoryPolicyMode mode) => mode switch
    {
        MemoryPolicyMode.Preferred => 1,
        MemoryPolicyMode.Bind => 2,
        MemoryPolicyMode.Interleave => 3,
        MemoryPolicyMode.Local => 4,
        MemoryPolicyMode.PreferredMany => 5,
        MemoryPolicyMode.WeightedInterleave => 6,
        _ => 0,
    };

    private static int Flags(MemoryPolicyFlag[] flags)
    {
        int bits = 0;
        foreach (MemoryPolicyFlag flag in flags)
        {
            bits |= flag switch
            {
                MemoryPolicyFlag.NumaBalancing => 1 << 13,
                MemoryPolicyFlag.RelativeNodes => 1 << 14,
                _ => 1 << 15,
            };
        }

        return bits;
    }

    private static NumberSet? Processors(string? text, string property)
    {
        string path = $"process.execCPUAffinity.{property}";
        NumberSet? processors = Parse(text, Linux.Processes.CpuAffinity.Limit, path);
        Refuse(processors is null && text is { Length: > 0 }, $"{path}: \"{text}\" names no processor");
        return processors;
    }

    private static NumberSet? Parse(string? text, int limit, string path)
    {
        try
        {
            return text is null ? null : NumberSet.Parse(text, limit);
        }
        catch (FormatException error)
        {
            throw new ContainerException($"{path}: {error.Message}", error);
        }
    }
}
