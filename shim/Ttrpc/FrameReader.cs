using System.Buffers.Binary;

namespace Bulkhead.Ttrpc;

/// <summary>Reads frames. Between two of them it holds ten bytes.</summary>
internal sealed class FrameReader(Stream stream)
{
    // What is taken for a body before any of it has arrived, in bytes; more only as more comes.
    private const int FirstPiece = 4096;

    private const int ReadsInARow = 64;

    private readonly byte[] _header = new byte[Frame.HeaderLength];
    private int _reads;

    /// <summary>Reads the next frame; null at the end, between two frames.</summary>
    /// <exception cref="EndOfStreamException">It ended within a frame.</exception>
    public async Task<Frame?> ReadAsync(CancellationToken cancellation)
    {
        for (int filled = 0; filled < _header.Length;)
        {
            int count = await ReadAnyAsync(_header.AsMemory(filled), cancellation);
            if (count == 0)
            {
                return filled == 0 ? null : throw new EndOfStreamException();
            }

            filled += count;
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(_header);
        uint streamId = BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(4));
        FrameType type = (FrameType)_header[8];
        FrameFlags flags = (FrameFlags)_header[9];
        byte[]? body = null;
        if (length <= Frame.MaximumLength)
        {
            body = await ReadBodyAsync((int)length, cancellation);
        }
        else
        {
            await DiscardAsync(length, cancellation);
        }

        return new Frame { StreamId = streamId, Type = type, Flags = flags, Length = length, Body = body };
    }

    private async Task<byte[]> ReadBodyAsync(int length, CancellationToken cancellation)
    {
        byte[] body = length == 0 ? [] : new byte[Math.Min(length, FirstPiece)];
        for (int filled = 0; filled < length;)
        {
            if (filled == body.Length)
            {
                Array.Resize(ref body, Math.Min(length, 2 * body.Length));
            }

            filled += await ReadSomeAsync(body.AsMemory(filled), cancellation);
        }

        return body;
    }

    private async Task DiscardAsync(uint length, CancellationToken cancellation)
    {
        byte[] piece = new byte[FirstPiece];
        for (long left = length; left > 0;)
        {
            left -= await ReadSomeAsync(piece.AsMemory(0, (int)Math.Min(left, piece.Length)), cancellation);
        }
    }

    private async ValueTask<int> ReadSomeAsync(Memory<byte> piece, CancellationToken cancellation) =>
        await ReadAnyAsync(piece, cancellation) is > 0 and var count ? count : throw new EndOfStreamException();

    private async ValueTask<int> ReadAnyAsync(Memory<byte> piece, CancellationToken cancellation)
    {
        // A peer that always has something ready would keep everything else in this thread waiting.
        if (++_reads % ReadsInARow == 0)
        {
            await Task.Yield();
        }

        cancellation.ThrowIfCancellationRequested();
        return await stream.ReadAsync(piece, cancellation);
    }
}
