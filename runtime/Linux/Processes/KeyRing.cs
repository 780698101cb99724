using System.Text;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Processes;

/// <summary>Session keyrings, which hold a user's keys for a session.</summary>
/// <remarks>keyctl(2).</remarks>
[ChildSafe]
public static class KeyRing
{
    private const long KEYCTL_JOIN_SESSION_KEYRING = 1;
    private const long KEYCTL_SETPERM = 5;
    private const long PossessorAllUserViewReadSearch = 0x3f0b0000;

    /// <summary>Gives the process a session keyring of its own, so that a container can't read its caller's keys.</summary>
    /// <param name="name">The keyring's name; one of that name that the process may search is joined.</param>
    /// <returns>False where the kernel has no keyrings.</returns>
    /// <exception cref="LinuxException">As keyctl(2), ENOSYS excepted; EDQUOT when the user has too many.</exception>
    public static bool JoinSession(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name + '\0');
        long ring;

        // Sound: the name ends with a zero in an array that is pinned for the call.
        unsafe
        {
            fixed (byte* start = bytes)
            {
                ring = Libc.Call(SystemCall.KeyCtl, (void*)KEYCTL_JOIN_SESSION_KEYRING, start, null);
            }
        }

        if (ring < 0)
        {
            return LinuxException.LastError is Errno.ENOSYS ? false : throw new LinuxException("keyctl", name, LinuxException.LastError);
        }

        LinuxException.Check(Libc.Call(SystemCall.KeyCtl, KEYCTL_SETPERM, ring, PossessorAllUserViewReadSearch), "keyctl", name);
        return true;
    }
}
