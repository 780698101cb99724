using System.Buffers.Binary;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Netlink;

/// <summary>A conversation with the kernel about devices, addresses and routes of one network namespace: that of its making.</summary>
/// <remarks>netlink(7), rtnetlink(7).</remarks>
public sealed class NetlinkSocket : FileDescriptor
{
    private const int AF_NETLINK = 16;
    private const int SOCK_RAW = 3;
    private const ushort NLMSG_ERROR = 2;
    private const ushort NLMSG_DONE = 3;
    private const int MostReplyBytes = 64 << 10;

    private readonly byte[] _buffer = new byte[MostReplyBytes];

    private NetlinkSocket(int number)
        : base(number, "netlink")
    {
    }

    /// <summary>Opens one in the calling thread's network namespace.</summary>
    /// <exception cref="LinuxException">As socket(2).</exception>
    public static NetlinkSocket Open() =>
        new(LinuxException.Check(Libc.Socket(AF_NETLINK, SOCK_RAW | SocketConstants.SOCK_CLOEXEC, 0), "socket", "netlink"));

    /// <summary>Asks for something and waits for all of the answer.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="call">What it is called in an error: <c>RTM_SETLINK</c>.</param>
    /// <param name="subject">What an error is about.</param>
    /// <returns>The messages of the answer, without their headers; empty where the kernel only says that it is done.</returns>
    /// <exception cref="LinuxException">The kernel refuses; ENODEV: there is no such device.</exception>
    public List<byte[]> Ask(NetlinkRequest request, string call, string subject)
    {
        Send(request.Finish(), call, subject);
        List<byte[]> answer = [];
        while (true)
        {
            ReadOnlySpan<byte> rest = _buffer.AsSpan(0, Receive(call, subject));
            while (rest.Length >= NetlinkRequest.HeaderBytes)
            {
                int length = BinaryPrimitives.ReadInt32LittleEndian(rest);
                ushort type = BinaryPrimitives.ReadUInt16LittleEndian(rest[4..]);
                if (length < NetlinkRequest.HeaderBytes || length > rest.Length)
                {
                    throw new LinuxException(call, subject, Errno.EINVAL);
                }

                ReadOnlySpan<byte> body = rest[NetlinkRequest.HeaderBytes..length];
                if (type is NLMSG_ERROR or NLMSG_DONE)
                {
                    int error = body.Length >= 4 ? -BinaryPrimitives.ReadInt32LittleEndian(body) : 0;
                    return error == 0 ? answer : throw new LinuxException(call, subject, (Errno)error);
                }

                answer.Add(body.ToArray());
                rest = rest[Math.Min(NetlinkRequest.Aligned(length), rest.Length)..];
            }
        }
    }

    private void Send(ReadOnlySpan<byte> bytes, string call, string subject)
    {
        // Sound: all that the header points to is pinned or on this stack until the call is over.
        unsafe
        {
            fixed (byte* start = bytes)
            {
                IoVector part = new() { Start = start, Length = (nuint)bytes.Length };
                MessageHeader message = new() { Parts = &part, PartCount = 1 };
                while (Libc.SendMsg(Number, &message, 0) < 0)
                {
                    if (LinuxException.LastError is var error && error != Errno.EINTR)
                    {
                        throw new LinuxException(call, subject, error);
                    }
                }
            }
        }
    }

    private int Receive(string call, string subject)
    {
        // Sound: all that the header points to is pinned or on this stack until the call is over.
        unsafe
        {
            fixed (byte* start = _buffer)
            {
                IoVector part = new() { Start = start, Length = (nuint)_buffer.Length };
                MessageHeader message = new() { Parts = &part, PartCount = 1 };
                nint length;
                while ((length = Libc.RecvMsg(Number, &message, 0)) < 0)
                {
                    if (LinuxException.LastError is var error && error != Errno.EINTR)
                    {
                        throw new LinuxException(call, subject, error);
                    }
                }

                return (message.Flags & SocketConstants.MSG_TRUNC) == 0 ? (int)length : throw new LinuxException(call, subject, Errno.EMSGSIZE);
            }
        }
    }
}
