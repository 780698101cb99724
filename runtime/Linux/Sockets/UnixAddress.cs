using System.Text;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Sockets;

/// <summary>struct sockaddr_un of unix(7): the family in two bytes, then the path with a final zero.</summary>
[ChildSafe]
internal static class UnixAddress
{
    internal const int Size = 2 + LongestPath + 1;
    private const int LongestPath = 107;

    /// <summary>Writes the address of a path; one that begins with a zero is a name in the abstract namespace.</summary>
    /// <returns>How much of the address counts.</returns>
    /// <exception cref="LinuxException">ENAMETOOLONG above 107 bytes.</exception>
    internal static uint Write(string path, Span<byte> address, string call)
    {
        address.Clear();
        address[0] = SocketConstants.AF_UNIX;
        if (Encoding.UTF8.GetByteCount(path) > LongestPath)
        {
            throw new LinuxException(call, path, Errno.ENAMETOOLONG);
        }

        // Names in the abstract namespace end where their length says.
        return (uint)(2 + Encoding.UTF8.GetBytes(path, address[2..]) + (path is ['\0', ..] ? 0 : 1));
    }
}
