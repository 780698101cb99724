using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Seccomp;

/// <summary>What the running kernel's seccomp(2) can do.</summary>
public static class SeccompKernel
{
    /// <summary>Whether filters can return an action.</summary>
    /// <param name="action">The action as a filter returns it; its data in the lower 16 bits doesn't matter.</param>
    /// <remarks>SECCOMP_GET_ACTION_AVAIL, since 4.14: an older kernel has what came with filters in 3.5.</remarks>
    public static unsafe bool HasAction(uint action)
    {
        // Sound: the number lives on this stack frame for the length of the call.
        uint kind = action & 0xffff0000;
        return Libc.SecComp(SystemCall.Seccomp, SecCompOperation.SECCOMP_GET_ACTION_AVAIL, 0, &kind) == 0
            || (LinuxException.LastError is Errno.EINVAL or Errno.ENOSYS
                && kind is SeccompAction.KillThread or SeccompAction.Trap or SeccompAction.Errno or SeccompAction.Trace or SeccompAction.Allow);
    }

    /// <summary>Whether filters can be loaded with all of these flags.</summary>
    /// <remarks>Without a program the answer to flags that are known is EFAULT, and nothing is loaded.</remarks>
    public static unsafe bool HasFlags(SeccompLoadFlags flags)
    {
        // Sound: no memory is passed.
        return Libc.SecComp(SystemCall.Seccomp, SecCompOperation.SECCOMP_SET_MODE_FILTER, (ulong)flags, null) < 0
            && LinuxException.LastError == Errno.EFAULT;
    }
}

/// <summary>What a filter returns: the action in the upper 16 bits, its data in the lower.</summary>
/// <remarks>seccomp(2), "Return value of a filter".</remarks>
public static class SeccompAction
{
    /// <summary>Ends the process with SIGSYS (since 4.14).</summary>
    public const uint KillProcess = 0x80000000;

    /// <summary>Ends the thread with SIGSYS.</summary>
    public const uint KillThread = 0;

    /// <summary>Sends SIGSYS.</summary>
    public const uint Trap = 0x00030000;

    /// <summary>Fails the call; the data is the errno.</summary>
    public const uint Errno = 0x00050000;

    /// <summary>Asks the listener (since 5.0).</summary>
    public const uint Notify = 0x7fc00000;

    /// <summary>Tells the tracer; the data is for it.</summary>
    public const uint Trace = 0x7ff00000;

    /// <summary>Lets the call through and logs it (since 4.14).</summary>
    public const uint Log = 0x7ffc0000;

    /// <summary>Lets the call through.</summary>
    public const uint Allow = 0x7fff0000;
}
