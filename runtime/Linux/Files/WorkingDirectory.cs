using System.Text;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>The calling process's working directory.</summary>
[ChildSafe]
public static class WorkingDirectory
{
    private const int MostBytes = 4096;

    /// <summary>The path of the working directory.</summary>
    /// <exception cref="LinuxException">ENOENT: it was deleted, or can't be reached from the process's root.</exception>
    public static string Read()
    {
        Span<byte> buffer = stackalloc byte[MostBytes];

        // Sound: the buffer is on the stack and its own length is given.
        unsafe
        {
            fixed (byte* start = buffer)
            {
                nint length = (nint)LinuxException.Check(Libc.GetCwd(SystemCall.GetCwd, start, MostBytes), "getcwd", "the working directory");

                // By number the kernel's own answer is seen: one outside of the root does not start with a slash.
                return buffer[0] == '/'
                    ? Encoding.UTF8.GetString(buffer[..((int)length - 1)])
                    : throw new LinuxException("getcwd", "the working directory", Errno.ENOENT);
            }
        }
    }

    /// <summary>Requires that the working directory is inside the process's root.</summary>
    /// <exception cref="LinuxException">ENOENT: it is not, as when a descriptor of the host has led there.</exception>
    /// <remarks>CVE-2024-21626.</remarks>
    public static void RefuseOutside() => Read();
}
