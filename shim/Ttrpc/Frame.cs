using System.Buffers.Binary;
using Google.Protobuf;

namespace Bulkhead.Ttrpc;

/// <summary>What a frame is.</summary>
internal enum FrameType : byte
{
    Request = 1,
    Response = 2,
    Data = 3,
}

/// <summary>What a frame says of its stream, from the receiver's side: "remote" is who sent it.</summary>
[Flags]
internal enum FrameFlags : byte
{
    None = 0,
    RemoteClosed = 1,
    RemoteOpen = 2,
    NoData = 4,
}

/// <summary>A frame that has arrived: ten bytes of header (length, stream id, type, flags; the numbers big-endian) and a body.</summary>
/// <remarks>ttrpc, PROTOCOL.md, "Message Frame".</remarks>
internal sealed class Frame
{
    public const int HeaderLength = 10;

    /// <summary>The longest body, in bytes, in both directions.</summary>
    public const int MaximumLength = 4 << 20;

    public required uint StreamId { get; init; }

    public required FrameType Type { get; init; }

    public required FrameFlags Flags { get; init; }

    /// <summary>The body's length as announced, in bytes.</summary>
    public required uint Length { get; init; }

    /// <summary>The body; null if it was too long, and has been thrown away.</summary>
    public required byte[]? Body { get; init; }

    /// <summary>The next one of an <see cref="Inbox"/>.</summary>
    public Frame? Next { get; set; }

    /// <summary>Writes a frame.</summary>
    /// <exception cref="TtrpcException"><see cref="TtrpcCode.ResourceExhausted"/>: the message is longer than a frame can carry.</exception>
    public static byte[] Write(uint streamId, FrameType type, FrameFlags flags, IMessage? message)
    {
        int length = message?.CalculateSize() ?? 0;
        if (length > MaximumLength)
        {
            throw TooLong((uint)length);
        }

        byte[] frame = new byte[HeaderLength + length];
        BinaryPrimitives.WriteInt32BigEndian(frame, length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), streamId);
        frame[8] = (byte)type;
        frame[9] = (byte)flags;
        message?.WriteTo(frame.AsSpan(HeaderLength));
        return frame;
    }

    public static TtrpcException TooLong(uint length) =>
        new(TtrpcCode.ResourceExhausted, $"a message of {length} bytes exceeds the maximum of {MaximumLength}");
}
