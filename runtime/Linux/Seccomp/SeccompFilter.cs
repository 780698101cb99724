using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Seccomp;

/// <summary>Puts the calling process under a filter.</summary>
[ChildSafe]
public static class SeccompFilter
{
    /// <summary>Loads a filter; from here on it judges every system call, the next one of this process included.</summary>
    /// <param name="program">The filter, compiled by the parent.</param>
    /// <returns>The listener's descriptor, close-on-exec, where the program has one; otherwise null.</returns>
    /// <exception cref="LinuxException">
    /// EACCES: neither no_new_privs nor CAP_SYS_ADMIN in the user namespace. EINVAL: the kernel doesn't know a flag or
    /// refuses the program. EBUSY: there is a listener already.
    /// </exception>
    public static FileDescriptor? Load(SeccompProgram program)
    {
        // Sound: the array is pinned for the call and its own length, at most 4,096, is given.
        unsafe
        {
            fixed (BpfInstruction* instructions = program.Instructions)
            {
                FilterProgram filter = new() { Length = (ushort)program.Instructions.Length, Instructions = instructions };
                if (program.Flags == SeccompLoadFlags.None)
                {
                    // The older call, since 3.5, is all that a filter without flags needs.
                    LinuxException.Check(
                        Libc.SetSecCompMode(SecCompOperation.PR_SET_SECCOMP, SecCompOperation.SECCOMP_MODE_FILTER, &filter, 0, 0),
                        "prctl", "PR_SET_SECCOMP");
                    return null;
                }

                long result = LinuxException.Check(
                    Libc.SecComp(SystemCall.Seccomp, SecCompOperation.SECCOMP_SET_MODE_FILTER, (ulong)program.Flags, &filter),
                    "seccomp", "SECCOMP_SET_MODE_FILTER");
                return program.HasListener ? new FileDescriptor((int)result, "the seccomp listener") : null;
            }
        }
    }
}
