using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Sockets;

/// <summary>A unix stream socket that others connect to. It never waits.</summary>
/// <remarks>unix(7), listen(2).</remarks>
public sealed class UnixListener : FileDescriptor
{
    private const int Backlog = 128;

    /// <summary>Takes a listening socket over that somebody else has made.</summary>
    /// <param name="number">Its descriptor.</param>
    /// <param name="path">Where it is, for messages.</param>
    public UnixListener(int number, string path)
        : base(number, path)
    {
    }

    /// <summary>Makes a socket in the file system that nobody but the caller's user can connect to.</summary>
    /// <param name="path">Where; at most 107 bytes. Its folder exists.</param>
    /// <exception cref="LinuxException">As bind(2): EADDRINUSE when something is there already.</exception>
    public static UnixListener Listen(string path)
    {
        int type = SocketConstants.SOCK_STREAM | SocketConstants.SOCK_CLOEXEC | SocketConstants.SOCK_NONBLOCK;
        UnixListener listener = new(LinuxException.Check(Libc.Socket(SocketConstants.AF_UNIX, type, 0), "socket", path), path);
        try
        {
            listener.Bind();
            LinuxException.Check(Libc.Listen(listener.Number, Backlog), "listen", path);
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Takes the next connection, which does not wait either; null when there is none.</summary>
    /// <exception cref="LinuxException">As accept(2): EMFILE when too many descriptors are open.</exception>
    public UnixSocket? TryAccept()
    {
        while (true)
        {
            int number = Accept();
            if (number >= 0)
            {
                return new UnixSocket(number, Path);
            }

            switch (LinuxException.LastError)
            {
                case Errno.EINTR or Errno.ECONNABORTED: continue;
                case Errno.EAGAIN: return null;
                case var error: throw new LinuxException("accept", Path, error);
            }
        }
    }

    private int Accept()
    {
        // Sound: who connects is not asked for.
        unsafe
        {
            return Libc.Accept4(Number, null, null, SocketConstants.SOCK_CLOEXEC | SocketConstants.SOCK_NONBLOCK);
        }
    }

    private void Bind()
    {
        Span<byte> address = stackalloc byte[UnixAddress.Size];
        uint length = UnixAddress.Write(Path, address, "bind");

        // The socket has its permissions from its first moment on: nobody can connect in between.
        uint umask = Libc.UMask(0x7f);
        int result;

        // Sound: the buffer holds a complete address.
        unsafe
        {
            fixed (byte* start = address)
            {
                result = Libc.Bind(Number, start, length);
            }
        }

        Errno error = LinuxException.LastError;
        _ = Libc.UMask(umask);
        if (result < 0)
        {
            throw new LinuxException("bind", Path, error);
        }
    }
}
