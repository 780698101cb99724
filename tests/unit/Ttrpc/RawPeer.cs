using System.Buffers.Binary;
using Bulkhead.Proto.Ttrpc;
using Bulkhead.Ttrpc;
using Google.Protobuf;

namespace Bulkhead.Tests.Unit.Ttrpc;

/// <summary>The client's end of a connection, frame by frame.</summary>
internal sealed class RawPeer(DuplexStream stream)
{
    private readonly FrameReader _reader = new(stream);

    public DuplexStream Stream => stream;

    /// <summary>A frame with whatever header.</summary>
    public static byte[] Frame(uint length, uint streamId, byte type, byte flags, params byte[] body)
    {
        byte[] frame = new byte[10 + body.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), streamId);
        frame[8] = type;
        frame[9] = flags;
        body.CopyTo(frame, 10);
        return frame;
    }

    public static byte[] Request(string method, string id, byte flags = 0, uint streamId = 1, long timeout = 0) =>
        Of(streamId, 1, flags, new Request { Service = Served.Service, Method = method, Payload = Served.Request(id).ToByteString(), TimeoutNano = timeout });

    public static byte[] Of(uint streamId, byte type, byte flags, IMessage message)
    {
        byte[] body = message.ToByteArray();
        return Frame((uint)body.Length, streamId, type, flags, body);
    }

    public async Task SendAsync(params byte[][] frames)
    {
        foreach (byte[] frame in frames)
        {
            await stream.WriteAsync(frame);
        }
    }

    /// <summary>The next frame; null at the end.</summary>
    public Task<Frame?> ReadAsync() => _reader.ReadAsync(CancellationToken.None);

    /// <summary>The next response: its stream and how it says the call ended.</summary>
    public async Task<(uint StreamId, TtrpcCode Code)> ReadCodeAsync()
    {
        Frame frame = (await ReadAsync())!;
        return (frame.StreamId, (TtrpcCode)(Response.Parser.ParseFrom(frame.Body).Status?.Code ?? 0));
    }

    /// <summary>Whether the connection still answers.</summary>
    public async Task<bool> AnswersAsync(uint streamId = 999)
    {
        await SendAsync(Request("Echo", "still here", streamId: streamId));
        return await ReadCodeAsync() == (streamId, TtrpcCode.Ok);
    }
}
