using Bulkhead.Proto.Ttrpc;
using Bulkhead.Ttrpc;
using Google.Protobuf;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Ttrpc;

/// <summary>The bytes on the wire.</summary>
[TestFixture]
internal sealed class FrameTests
{
    [Test]
    public void A_frame_has_ten_bytes_of_header() =>
        Assert.That(Frame.Write(0x01020305, FrameType.Data, FrameFlags.RemoteClosed, new KeyValue { Key = "a" }),
            Is.EqualTo(new byte[] { 0, 0, 0, 3, 1, 2, 3, 5, 3, 1, 0x0a, 1, (byte)'a' }));

    [Test, CancelAfter(10_000)]
    public async Task A_frame_comes_in_pieces_of_any_size()
    {
        byte[] body = [.. Enumerable.Range(0, 20_000).Select(i => (byte)i)];
        byte[] frame = RawPeer.Frame((uint)body.Length, 7, 2, 0, body);
        (DuplexStream client, DuplexStream server) = DuplexStream.Pair();
        foreach (byte[] piece in frame.Chunk(777))
        {
            await client.WriteAsync(piece);
        }

        client.CloseWriting();
        FrameReader reader = new(server);
        Frame read = (await reader.ReadAsync(CancellationToken.None))!;

        Assert.That((read.StreamId, read.Type, read.Body), Is.EqualTo((7u, FrameType.Response, body)));
        Assert.That(await reader.ReadAsync(CancellationToken.None), Is.Null);
    }

    [Test, CancelAfter(10_000)]
    public async Task What_is_announced_takes_no_memory_before_it_comes()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.Pair();
        await client.WriteAsync(RawPeer.Frame(Frame.MaximumLength, 1, 1, 0, new byte[100]));
        client.CloseWriting();
        FrameReader reader = new(server);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Task<Frame?> reading = reader.ReadAsync(CancellationToken.None);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        await Assert.ThatAsync(() => reading, Throws.TypeOf<EndOfStreamException>());
        Assert.That(allocated, Is.LessThan(50_000));
    }

    [Test]
    public void A_message_beyond_the_maximum_is_not_written()
    {
        TtrpcException error = Assert.Throws<TtrpcException>(
            () => Frame.Write(1, FrameType.Request, FrameFlags.None, new Request { Payload = ByteString.CopyFrom(new byte[Frame.MaximumLength]) }))!;

        Assert.That(error.Code, Is.EqualTo(TtrpcCode.ResourceExhausted));
    }
}
