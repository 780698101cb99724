namespace Bulkhead.Linux.Processes;

/// <summary>A resource that a process can use only so much of; the values are the kernel's.</summary>
/// <remarks>getrlimit(2); the same numbers on x64 and arm64.</remarks>
public enum LimitedResource
{
    /// <summary>CPU time, in seconds.</summary>
    Cpu = 0,

    /// <summary>The largest file that is written, in bytes.</summary>
    FileSize = 1,

    /// <summary>The data segment, in bytes.</summary>
    Data = 2,

    /// <summary>The stack, in bytes.</summary>
    Stack = 3,

    /// <summary>A core dump, in bytes.</summary>
    Core = 4,

    /// <summary>Resident memory, in bytes; without effect since Linux 2.4.30.</summary>
    ResidentSet = 5,

    /// <summary>Threads of the user.</summary>
    Processes = 6,

    /// <summary>The highest descriptor number, plus one.</summary>
    OpenFiles = 7,

    /// <summary>Locked memory, in bytes.</summary>
    LockedMemory = 8,

    /// <summary>Address space, in bytes.</summary>
    AddressSpace = 9,

    /// <summary>File locks; without effect since Linux 2.4.25.</summary>
    Locks = 10,

    /// <summary>Queued signals of the user.</summary>
    PendingSignals = 11,

    /// <summary>POSIX message queues of the user, in bytes.</summary>
    MessageQueues = 12,

    /// <summary>The nice value, as 20 less the limit.</summary>
    Nice = 13,

    /// <summary>Real-time priority.</summary>
    RealTimePriority = 14,

    /// <summary>CPU time of a real-time thread without a blocking call, in microseconds.</summary>
    RealTimeTime = 15,
}

/// <summary>The limit of one resource, in the resource's unit.</summary>
/// <param name="Resource">Of what.</param>
/// <param name="Soft">What is enforced, at most <paramref name="Hard"/>.</param>
/// <param name="Hard">What <paramref name="Soft"/> can be raised to without CAP_SYS_RESOURCE.</param>
public readonly record struct ResourceLimit(LimitedResource Resource, ulong Soft, ulong Hard)
{
    /// <summary>The value of no limit, RLIM_INFINITY.</summary>
    public const ulong Unlimited = ulong.MaxValue;
}
