using System.Buffers;
using System.Buffers.Binary;
using Grpc.Core;

namespace Grpc.AspNetCore.Server;

/// <summary>A message on the wire: a byte that is 1 if it is compressed, its length in four bytes, and the message.</summary>
/// <remarks>gRPC, doc/PROTOCOL-HTTP2.md, "Length-Prefixed-Message".</remarks>
internal readonly record struct MessageFrame(bool Compressed, ReadOnlySequence<byte> Payload)
{
    public const int HeaderLength = 5;

    /// <summary>Takes the first message off a buffer, if all of it is there.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: longer than the limit. INTERNAL: an unknown flag.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, int limit, out MessageFrame frame)
    {
        frame = default;
        if (buffer.Length < HeaderLength)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[HeaderLength];
        buffer.Slice(0, HeaderLength).CopyTo(header);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (header[0] > 1)
        {
            throw Failure.Of(StatusCode.Internal, $"a message begins with {header[0]}, not with 0 or 1");
        }

        if (length > limit)
        {
            throw Failure.Of(StatusCode.ResourceExhausted, $"a message of {length} bytes is longer than {limit}");
        }

        if (buffer.Length - HeaderLength < length)
        {
            return false;
        }

        frame = new MessageFrame(header[0] == 1, buffer.Slice(HeaderLength, length));
        buffer = buffer.Slice(frame.Payload.End);
        return true;
    }

    /// <summary>Writes what stands before a message.</summary>
    public static void WriteHeader(IBufferWriter<byte> output, bool compressed, int length)
    {
        Span<byte> header = output.GetSpan(HeaderLength);
        header[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(header[1..], (uint)length);
        output.Advance(HeaderLength);
    }
}
