using System.Text;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>Reads symbolic links.</summary>
[ChildSafe]
public static class SymbolicLink
{
    private const int MostBytes = 4096;

    /// <summary>Reads what a symbolic link of the host holds.</summary>
    /// <exception cref="LinuxException">As readlink(2); ENAMETOOLONG when it is longer than 4,095 bytes.</exception>
    public static string Read(string path) => Read(Libc.AT_FDCWD, path, path);

    /// <summary>Reads what a symbolic link holds that is itself open, as a place.</summary>
    /// <exception cref="LinuxException">As readlinkat(2); ENAMETOOLONG when it is longer than 4,095 bytes.</exception>
    public static string Read(FileDescriptor link) => Read(link.Number, "", link.Path);

    internal static string Read(int directory, string name, string subject)
    {
        Span<byte> buffer = stackalloc byte[MostBytes];

        // Sound: the buffer is on the stack and its own length is given.
        unsafe
        {
            fixed (byte* start = buffer)
            {
                int length = (int)LinuxException.Check(Libc.ReadLinkAt(directory, name, start, MostBytes), "readlink", subject);
                return length < MostBytes
                    ? Encoding.UTF8.GetString(buffer[..length])
                    : throw new LinuxException("readlink", subject, Errno.ENAMETOOLONG);
            }
        }
    }
}
