using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Sockets;

/// <summary>A unix socket that carries messages, each with one descriptor at most.</summary>
/// <remarks>unix(7), SCM_RIGHTS.</remarks>
[ChildSafe]
public sealed class UnixSocket : FileDescriptor
{
    internal UnixSocket(int number, string path)
        : base(number, path)
    {
    }

    /// <summary>Makes two ends that are connected and keep the bounds of messages.</summary>
    /// <exception cref="LinuxException">As socketpair(2).</exception>
    public static (UnixSocket First, UnixSocket Second) Pair()
    {
        Span<int> ends = stackalloc int[2];

        // Sound: two integers on the stack, as socketpair takes them.
        unsafe
        {
            fixed (int* first = ends)
            {
                LinuxException.Check(
                    Libc.SocketPair(SocketConstants.AF_UNIX, SocketConstants.SOCK_SEQPACKET | SocketConstants.SOCK_CLOEXEC, 0, first),
                    "socketpair",
                    "a container's parent and child");
            }
        }

        return (new UnixSocket(ends[0], "the container's process"), new UnixSocket(ends[1], "the runtime"));
    }

    /// <summary>Connects to a stream socket in the file system, or by a path that begins with a zero to one in the abstract namespace.</summary>
    /// <exception cref="LinuxException">As connect(2); ENAMETOOLONG above 107 bytes.</exception>
    public static UnixSocket Connect(string path)
    {
        UnixSocket socket = new(
            LinuxException.Check(Libc.Socket(SocketConstants.AF_UNIX, SocketConstants.SOCK_STREAM | SocketConstants.SOCK_CLOEXEC, 0), "socket", path), path);
        try
        {
            socket.ConnectTo(path);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends one message.</summary>
    /// <param name="bytes">At least one byte.</param>
    /// <param name="passed">A descriptor that the other side gets a copy of.</param>
    /// <exception cref="LinuxException">As sendmsg(2); EPIPE when the other side is gone.</exception>
    public void Send(ReadOnlySpan<byte> bytes, FileDescriptor? passed = null)
    {
        // Sound: all that the header points to is pinned or on this stack until the call is over.
        unsafe
        {
            fixed (byte* start = bytes)
            {
                IoVector part = new() { Start = start, Length = (nuint)bytes.Length };
                DescriptorControl control = new() { Length = 20, Level = SocketConstants.SOL_SOCKET, Type = SocketConstants.SCM_RIGHTS, Descriptor = passed?.Number ?? -1 };
                MessageHeader message = new() { Parts = &part, PartCount = 1 };
                if (passed is not null)
                {
                    message.Control = (byte*)&control;
                    message.ControlLength = (nuint)sizeof(DescriptorControl);
                }

                while (Libc.SendMsg(Number, &message, SocketConstants.MSG_NOSIGNAL) < 0)
                {
                    if (LinuxException.LastError is var error && error != Errno.EINTR)
                    {
                        throw new LinuxException("sendmsg", Path, error);
                    }
                }
            }
        }
    }

    /// <summary>Receives one message.</summary>
    /// <param name="buffer">Room for it.</param>
    /// <param name="passed">The descriptor that came with it, close-on-exec.</param>
    /// <returns>Its length; 0 when the other side is gone.</returns>
    /// <exception cref="LinuxException">As recvmsg(2); EMSGSIZE when it is longer than the buffer.</exception>
    public int Receive(Span<byte> buffer, out FileDescriptor? passed) =>
        TryReceive(buffer, out passed) is >= 0 and var length ? length : throw new LinuxException("recvmsg", Path, Errno.EAGAIN);

    /// <summary>Receives one message without waiting, from a socket that does not.</summary>
    /// <param name="buffer">Room for it.</param>
    /// <param name="passed">The descriptor that came with it, close-on-exec.</param>
    /// <returns>Its length; 0 when the other side is gone, -1 when there is none now.</returns>
    /// <exception cref="LinuxException">As recvmsg(2), EAGAIN excepted; EMSGSIZE when it is longer than the buffer.</exception>
    public int TryReceive(Span<byte> buffer, out FileDescriptor? passed)
    {
        passed = null;

        // Sound: all that the header points to is pinned or on this stack until the call is over.
        unsafe
        {
            fixed (byte* start = buffer)
            {
                IoVector part = new() { Start = start, Length = (nuint)buffer.Length };
                DescriptorControl control = default;
                MessageHeader message = new() { Parts = &part, PartCount = 1, Control = (byte*)&control, ControlLength = (nuint)sizeof(DescriptorControl) };
                nint length;
                while ((length = Libc.RecvMsg(Number, &message, SocketConstants.MSG_CMSG_CLOEXEC)) < 0)
                {
                    switch (LinuxException.LastError)
                    {
                        case Errno.EAGAIN: return -1;

                        // ECONNRESET: the other side has closed without reading all that it was sent. It is told of once, and what
                        // that side sent before, such as why it gave up, comes after it; or the end.
                        case Errno.EINTR or Errno.ECONNRESET: continue;
                        case var error: throw new LinuxException("recvmsg", Path, error);
                    }
                }

                if (message.ControlLength >= 20 && control is { Level: SocketConstants.SOL_SOCKET, Type: SocketConstants.SCM_RIGHTS })
                {
                    passed = new FileDescriptor(control.Descriptor, "a passed descriptor");
                }

                if ((message.Flags & (SocketConstants.MSG_TRUNC | SocketConstants.MSG_CTRUNC)) != 0)
                {
                    passed?.Dispose();
                    throw new LinuxException("recvmsg", Path, Errno.EMSGSIZE);
                }

                return (int)length;
            }
        }
    }

    private void ConnectTo(string path)
    {
        Span<byte> address = stackalloc byte[UnixAddress.Size];
        uint length = UnixAddress.Write(path, address, "connect");

        // Sound: the buffer holds a complete address.
        unsafe
        {
            fixed (byte* start = address)
            {
                LinuxException.Check(Libc.Connect(Number, start, length), "connect", path);
            }
        }
    }
}
