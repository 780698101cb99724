using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Sockets;

/// <summary>Network devices of the calling process's network namespace.</summary>
/// <remarks>netdevice(7).</remarks>
[ChildSafe]
public static class NetworkInterface
{
    private const ulong SIOCGIFFLAGS = 0x8913;
    private const ulong SIOCSIFFLAGS = 0x8914;
    private const short IFF_UP = 1;
    private const int NameLength = 16;

    /// <summary>Switches the loopback device on, which a new network namespace has switched off.</summary>
    /// <exception cref="LinuxException">As ioctl(2).</exception>
    public static void EnableLoopback()
    {
        using FileDescriptor socket = new(
            LinuxException.Check(Libc.Socket(SocketConstants.AF_INET, SocketConstants.SOCK_DGRAM | SocketConstants.SOCK_CLOEXEC, 0), "socket", "lo"), "lo");

        // Sound: struct ifreq is 40 bytes: the name in 16, the flags in the next two.
        unsafe
        {
            byte* request = stackalloc byte[40];
            new Span<byte>(request, 40).Clear();
            "lo"u8.CopyTo(new Span<byte>(request, NameLength));
            LinuxException.Check(Libc.IoCtl(socket.Number, SIOCGIFFLAGS, request), "SIOCGIFFLAGS", "lo");
            *(short*)(request + NameLength) |= IFF_UP;
            LinuxException.Check(Libc.IoCtl(socket.Number, SIOCSIFFLAGS, request), "SIOCSIFFLAGS", "lo");
        }
    }
}
