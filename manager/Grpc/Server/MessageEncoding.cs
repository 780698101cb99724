using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Pipelines;
using Grpc.Core;
using Microsoft.Extensions.Primitives;

namespace Grpc.AspNetCore.Server;

/// <summary>How messages are compressed.</summary>
/// <remarks>gRPC, doc/compression.md.</remarks>
internal static class MessageEncoding
{
    public const string Gzip = "gzip";
    public const string Identity = "identity";

    /// <summary>What is taken: the value of grpc-accept-encoding.</summary>
    public const string Accepted = "identity,gzip";

    // Ten bytes before the data, eight after.
    private const int ShortestGzip = 18;

    private const int Piece = 16 << 10;

    /// <summary>Whether a client that says so takes gzip.</summary>
    public static bool AcceptsGzip(StringValues header)
    {
        foreach (string? value in header)
        {
            foreach (Range part in value.AsSpan().Split(','))
            {
                if (value.AsSpan(part).Trim().Equals(Gzip, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Decompresses a message. No more than the limit is ever held, however much it would become.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: longer than the limit. INTERNAL: not gzip, or cut off.</exception>
    public static ReadOnlySequence<byte> Expand(in ReadOnlySequence<byte> packed, int limit)
    {
        if (packed.Length < ShortestGzip)
        {
            throw Failure.Of(StatusCode.Internal, "a compressed message is cut off");
        }

        ArrayBufferWriter<byte> message = new();
        try
        {
            using GZipStream gzip = new(PipeReader.Create(packed).AsStream(), CompressionMode.Decompress);
            while (gzip.Read(message.GetSpan(Piece)) is > 0 and var count)
            {
                if (count > limit - message.WrittenCount)
                {
                    throw Failure.Of(StatusCode.ResourceExhausted, $"a compressed message is longer than {limit} bytes");
                }

                message.Advance(count);
            }
        }
        catch (InvalidDataException)
        {
            throw Failure.Of(StatusCode.Internal, "a compressed message is not gzip");
        }

        return EndsWithLength(packed, message.WrittenCount) ? new ReadOnlySequence<byte>(message.WrittenMemory)
            : throw Failure.Of(StatusCode.Internal, "a compressed message is cut off");
    }

    /// <summary>Compresses a message.</summary>
    public static ReadOnlyMemory<byte> Compress(ReadOnlySpan<byte> message, CompressionLevel level)
    {
        MemoryStream packed = new();
        using (GZipStream gzip = new(packed, level, leaveOpen: true))
        {
            gzip.Write(message);
        }

        return packed.GetBuffer().AsMemory(0, (int)packed.Length);
    }

    // GZipStream takes a stream that is cut off for one that has ended. RFC 1952, 2.3.1: the last four bytes are the length.
    private static bool EndsWithLength(in ReadOnlySequence<byte> packed, int length)
    {
        Span<byte> last = stackalloc byte[sizeof(uint)];
        packed.Slice(packed.Length - last.Length).CopyTo(last);
        return BinaryPrimitives.ReadUInt32LittleEndian(last) == (uint)length;
    }
}
