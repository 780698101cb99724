using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Processes;

/// <summary>Reads and sets resource limits.</summary>
/// <remarks>prlimit(2).</remarks>
[ChildSafe]
public static class ResourceLimits
{
    private const int Count = 16;

    /// <summary>Finds a resource by its name, <c>RLIMIT_NOFILE</c>, in exactly that spelling.</summary>
    /// <returns>False when there is none of that name.</returns>
    public static bool TryParse(string name, out LimitedResource resource)
    {
        for (resource = 0; (int)resource < Count; resource++)
        {
            if (NameOf(resource) == name)
            {
                return true;
            }
        }

        resource = default;
        return false;
    }

    /// <summary>As <see cref="TryParse"/>, with an exception.</summary>
    /// <exception cref="FormatException">There is no such limit.</exception>
    public static LimitedResource Parse(string name) =>
        TryParse(name, out LimitedResource resource) ? resource : throw new FormatException($"unknown limit \"{name}\"");

    /// <summary>The resource's name, <c>RLIMIT_NOFILE</c>.</summary>
    public static string NameOf(LimitedResource resource) => resource switch
    {
        LimitedResource.Cpu => "RLIMIT_CPU",
        LimitedResource.FileSize => "RLIMIT_FSIZE",
        LimitedResource.Data => "RLIMIT_DATA",
        LimitedResource.Stack => "RLIMIT_STACK",
        LimitedResource.Core => "RLIMIT_CORE",
        LimitedResource.ResidentSet => "RLIMIT_RSS",
        LimitedResource.Processes => "RLIMIT_NPROC",
        LimitedResource.OpenFiles => "RLIMIT_NOFILE",
        LimitedResource.LockedMemory => "RLIMIT_MEMLOCK",
        LimitedResource.AddressSpace => "RLIMIT_AS",
        LimitedResource.Locks => "RLIMIT_LOCKS",
        LimitedResource.PendingSignals => "RLIMIT_SIGPENDING",
        LimitedResource.MessageQueues => "RLIMIT_MSGQUEUE",
        LimitedResource.Nice => "RLIMIT_NICE",
        LimitedResource.RealTimePriority => "RLIMIT_RTPRIO",
        LimitedResource.RealTimeTime => "RLIMIT_RTTIME",
        _ => "",
    };

    /// <summary>Reads a limit.</summary>
    /// <param name="pid">Of which process; 0 is the calling one.</param>
    /// <param name="resource">Of what.</param>
    /// <exception cref="LinuxException">EPERM or ESRCH: the process is somebody else's, or gone.</exception>
    public static unsafe ResourceLimit Read(int pid, LimitedResource resource)
    {
        // Sound: the structure lives on this stack frame for the length of the call and has the kernel's layout.
        ResourceLimitPair pair;
        LinuxException.Check(Libc.PrLimit(pid, (int)resource, null, &pair), "prlimit", NameOf(resource));
        return new ResourceLimit(resource, pair.Soft, pair.Hard);
    }

    /// <summary>Sets a limit.</summary>
    /// <param name="pid">Of which process; 0 is the calling one.</param>
    /// <param name="limit">Of what, and how much.</param>
    /// <exception cref="LinuxException">
    /// EINVAL: soft above hard. EPERM: hard above the present one without CAP_SYS_RESOURCE, or above
    /// /proc/sys/fs/nr_open for the number of open files, or the process is somebody else's.
    /// </exception>
    public static unsafe void Set(int pid, in ResourceLimit limit)
    {
        // Sound: the structure lives on this stack frame for the length of the call and has the kernel's layout.
        ResourceLimitPair pair = new() { Soft = limit.Soft, Hard = limit.Hard };
        LinuxException.Check(Libc.PrLimit(pid, (int)limit.Resource, &pair, null), "prlimit", NameOf(limit.Resource));
    }

    /// <summary>Raises hard limits that are lower than wanted, and changes nothing else.</summary>
    /// <param name="pid">Of which process; 0 is the calling one.</param>
    /// <param name="limits">What is wanted.</param>
    /// <exception cref="LinuxException">As <see cref="Set"/>; those before the failing one are raised.</exception>
    public static void RaiseHard(int pid, ReadOnlySpan<ResourceLimit> limits)
    {
        foreach (ref readonly ResourceLimit limit in limits)
        {
            ResourceLimit present = Read(pid, limit.Resource);
            if (limit.Hard > present.Hard)
            {
                Set(pid, present with { Hard = limit.Hard });
            }
        }
    }

    /// <summary>Sets limits of the calling process, in their order.</summary>
    /// <exception cref="LinuxException">As <see cref="Set"/>; those before the failing one are set.</exception>
    public static void Apply(ReadOnlySpan<ResourceLimit> limits)
    {
        foreach (ref readonly ResourceLimit limit in limits)
        {
            Set(0, in limit);
        }
    }
}
