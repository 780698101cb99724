using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Processes;

/// <summary>The capability sets of the calling thread.</summary>
/// <remarks>
/// capabilities(7). A process that gives up what it has goes in this order: <see cref="LimitBounding"/> while it still has
/// CAP_SETPCAP, <see cref="KeepAcrossUserChange"/>, the change of the user, <see cref="Set"/>, <see cref="SetAmbient"/>.
/// </remarks>
[ChildSafe]
public static class Capabilities
{
    /// <summary>Reads the bounding set, and how many capabilities the running kernel knows.</summary>
    /// <returns>The bounding set, and the set of all capabilities of this kernel.</returns>
    /// <remarks>
    /// prctl(2), PR_CAPBSET_READ: EINVAL above the last capability, which is what /proc/sys/kernel/cap_last_cap would say;
    /// this way neither a procfs nor the text of /proc/self/status is needed.
    /// </remarks>
    public static (CapabilitySet Bounding, CapabilitySet Supported) ReadBounding()
    {
        CapabilitySet bounding = CapabilitySet.None;
        int number = 0;
        for (; number < 64; number++)
        {
            int result = Libc.PrCtl(ProcessControl.PR_CAPBSET_READ, (ulong)number, 0, 0, 0);
            if (result < 0)
            {
                break;
            }

            bounding = result == 1 ? bounding.With(new Capability(number)) : bounding;
        }

        return (bounding, CapabilitySet.UpTo(number - 1));
    }

    /// <summary>Reads the permitted set.</summary>
    /// <exception cref="LinuxException">As capget(2).</exception>
    public static unsafe CapabilitySet ReadPermitted()
    {
        // Sound: both structures live on this stack frame for the length of the call and have the kernel's layout.
        CapabilityHeader header = new() { Version = CapabilityHeader.LINUX_CAPABILITY_VERSION_3 };
        CapabilityData* data = stackalloc CapabilityData[2];
        LinuxException.Check(Libc.Call(SystemCall.CapGet, &header, data, null), "capget", "the own sets");
        return new CapabilitySet(data[0].Permitted | (ulong)data[1].Permitted << 32);
    }

    /// <summary>Takes every capability out of the bounding set that is not to stay; none can be added.</summary>
    /// <param name="keep">What stays.</param>
    /// <param name="supported">The capabilities of this kernel, from <see cref="ReadBounding"/>.</param>
    /// <exception cref="LinuxException">EPERM without CAP_SETPCAP.</exception>
    public static void LimitBounding(CapabilitySet keep, CapabilitySet supported)
    {
        for (int number = 0; number < 64; number++)
        {
            Capability capability = new(number);
            if (supported.Contains(capability) && !keep.Contains(capability))
            {
                LinuxException.Check(
                    Libc.PrCtl(ProcessControl.PR_CAPBSET_DROP, (ulong)number, 0, 0, 0), "prctl", "PR_CAPBSET_DROP");
            }
        }
    }

    /// <summary>Sets whether the permitted set survives when the thread changes from root to another user.</summary>
    /// <remarks>prctl(2), PR_SET_KEEPCAPS; execve(2) clears it.</remarks>
    /// <exception cref="LinuxException">EPERM when the securebits lock it.</exception>
    public static void KeepAcrossUserChange(bool keep) =>
        LinuxException.Check(Libc.PrCtl(ProcessControl.PR_SET_KEEPCAPS, keep ? 1u : 0u, 0, 0, 0), "prctl", "PR_SET_KEEPCAPS");

    /// <summary>Sets three sets at once.</summary>
    /// <param name="effective">What the kernel checks.</param>
    /// <param name="permitted">What the effective set may hold at most.</param>
    /// <param name="inheritable">What is kept over the execve of a file that allows it.</param>
    /// <exception cref="LinuxException">
    /// EPERM: a capability is effective and not permitted, permitted and was not before, or inheritable and neither was nor
    /// is in the bounding set.
    /// </exception>
    public static unsafe void Set(CapabilitySet effective, CapabilitySet permitted, CapabilitySet inheritable)
    {
        // Sound: both structures live on this stack frame for the length of the call and have the kernel's layout.
        CapabilityHeader header = new() { Version = CapabilityHeader.LINUX_CAPABILITY_VERSION_3 };
        CapabilityData* data = stackalloc CapabilityData[2];
        for (int half = 0; half < 2; half++)
        {
            data[half].Effective = (uint)(effective.Mask >> (32 * half));
            data[half].Permitted = (uint)(permitted.Mask >> (32 * half));
            data[half].Inheritable = (uint)(inheritable.Mask >> (32 * half));
        }

        LinuxException.Check(Libc.Call(SystemCall.CapSet, &header, data, null), "capset", "the own sets");
    }

    /// <summary>Sets the ambient set, whose capabilities must be permitted and inheritable.</summary>
    /// <exception cref="LinuxException">EPERM when one is not; EINVAL before kernel 4.3, unless the set is empty.</exception>
    public static void SetAmbient(CapabilitySet ambient)
    {
        // Before 4.3 there is no ambient set: EINVAL, and nothing to clear.
        if (Libc.PrCtl(ProcessControl.PR_CAP_AMBIENT, ProcessControl.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0
            && LinuxException.LastError is var error && (error != Errno.EINVAL || ambient != CapabilitySet.None))
        {
            throw new LinuxException("prctl", "PR_CAP_AMBIENT_CLEAR_ALL", error);
        }

        for (int number = 0; number < 64; number++)
        {
            if (ambient.Contains(new Capability(number)))
            {
                LinuxException.Check(
                    Libc.PrCtl(ProcessControl.PR_CAP_AMBIENT, ProcessControl.PR_CAP_AMBIENT_RAISE, (ulong)number, 0, 0),
                    "prctl", "PR_CAP_AMBIENT_RAISE");
            }
        }
    }
}
