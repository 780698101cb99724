using System.Text;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Processes;

/// <summary>Who the calling process is, to the kernel and to others.</summary>
[ChildSafe]
public static class ProcessIdentity
{
    /// <summary>The effective uid of the calling process.</summary>
    public static uint EffectiveUser => Libc.GetEUid();

    /// <summary>The effective gid of the calling process.</summary>
    public static uint EffectiveGroup => Libc.GetEGid();

    /// <summary>The calling process's number in its PID namespace.</summary>
    public static int Pid => Libc.GetPid();

    /// <summary>Sets the supplementary groups. By number: the C library's own would signal threads that the child doesn't have.</summary>
    /// <exception cref="LinuxException">As setgroups(2).</exception>
    public static void SetGroups(ReadOnlySpan<uint> groups)
    {
        // Sound: the span is pinned for the call and its own length is given.
        unsafe
        {
            fixed (uint* first = groups)
            {
                LinuxException.Check(Libc.Call(SystemCall.SetGroups, (void*)groups.Length, first, null), "setgroups", "the process's groups");
            }
        }
    }

    /// <summary>Sets the real, effective and saved gid.</summary>
    /// <exception cref="LinuxException">As setresgid(2); EINVAL for one that the user namespace does not map.</exception>
    public static void SetGroup(uint group) =>
        LinuxException.Check(Libc.Call(SystemCall.SetResGid, group, group, group), "setresgid", $"gid {group}");

    /// <summary>Sets the real, effective and saved uid.</summary>
    /// <exception cref="LinuxException">As setresuid(2); EINVAL for one that the user namespace does not map.</exception>
    public static void SetUser(uint user) =>
        LinuxException.Check(Libc.Call(SystemCall.SetResUid, user, user, user), "setresuid", $"uid {user}");

    /// <summary>Sets the host name of the UTS namespace.</summary>
    /// <exception cref="LinuxException">As sethostname(2).</exception>
    public static void SetHostName(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);

        // Sound: the array is pinned for the call and its own length is given.
        unsafe
        {
            fixed (byte* start = bytes)
            {
                LinuxException.Check(Libc.SetHostName(start, (nuint)bytes.Length), "sethostname", name);
            }
        }
    }

    /// <summary>Sets the NIS domain name of the UTS namespace.</summary>
    /// <exception cref="LinuxException">As setdomainname(2).</exception>
    public static void SetDomainName(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);

        // Sound: the array is pinned for the call and its own length is given.
        unsafe
        {
            fixed (byte* start = bytes)
            {
                LinuxException.Check(Libc.SetDomainName(start, (nuint)bytes.Length), "setdomainname", name);
            }
        }
    }

    /// <summary>Makes the process the leader of a new session without a controlling terminal.</summary>
    /// <exception cref="LinuxException">As setsid(2).</exception>
    public static void StartSession() => LinuxException.Check(Libc.SetSid(), "setsid", "the process");

    /// <summary>Keeps others of the same user from tracing the process and from opening its files under <c>/proc</c>.</summary>
    /// <exception cref="LinuxException">As prctl(2).</exception>
    public static void SetNotDumpable() => Control(ProcessControl.PR_SET_DUMPABLE, 0, "PR_SET_DUMPABLE");

    /// <summary>Forbids gaining privileges by execve(2), for ever.</summary>
    /// <exception cref="LinuxException">As prctl(2).</exception>
    public static void SetNoNewPrivileges() => Control(ProcessControl.PR_SET_NO_NEW_PRIVS, 1, "PR_SET_NO_NEW_PRIVS");

    /// <summary>Makes orphans among the process's descendants its own children.</summary>
    /// <exception cref="LinuxException">As prctl(2).</exception>
    public static void SetSubreaper() => Control(ProcessControl.PR_SET_CHILD_SUBREAPER, 1, "PR_SET_CHILD_SUBREAPER");

    /// <summary>Has the kernel send a signal to the calling process when its parent ends; the signal 0 takes that back.</summary>
    /// <exception cref="LinuxException">As prctl(2).</exception>
    public static void SetParentDeathSignal(Signal signal) => Control(ProcessControl.PR_SET_PDEATHSIG, (ulong)signal.Number, "PR_SET_PDEATHSIG");

    /// <summary>Sets the execution domain.</summary>
    /// <param name="domain">As personality(2) numbers it.</param>
    /// <exception cref="LinuxException">As personality(2).</exception>
    public static void SetPersonality(uint domain) => LinuxException.Check(Libc.Personality(domain), "personality", $"0x{domain:x4}");

    /// <summary>Sets the mask of permission bits that new files do not get.</summary>
    /// <returns>The mask before.</returns>
    public static uint SetFileModeMask(uint mask) => Libc.UMask(mask);

    private static void Control(int operation, ulong argument, string name) =>
        LinuxException.Check(Libc.PrCtl(operation, argument, 0, 0, 0), "prctl", name);
}
