using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Google.Protobuf.WellKnownTypes;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Grpc;

/// <summary>Messages on the wire, in and out.</summary>
internal sealed class MessageTests
{
    private const int Limit = 1000;

    private static readonly Marshaller<BytesValue> s_marshaller = Marshallers.Create<BytesValue>(
        (message, context) =>
        {
            context.SetPayloadLength(message.CalculateSize());
            Google.Protobuf.MessageExtensions.WriteTo(message, context.GetBufferWriter());
            context.Complete();
        },
        context => BytesValue.Parser.ParseFrom(context.PayloadAsReadOnlySequence()));

    [Test]
    public async Task Messages_arrive_whatever_the_pieces([Values(1, 3, 5, 7, 4096)] int piece, [Values] bool gzip)
    {
        byte[] wire = await WireAsync(gzip, Limit, 0, 1, 500, 900);
        Pipe pipe = new();
        MessageReader reader = new(pipe.Reader, Limit, MessageEncoding.Gzip);
        Task<List<int>> read = LengthsAsync(reader);

        foreach (byte[] part in wire.Chunk(piece))
        {
            _ = await pipe.Writer.WriteAsync(part);
        }

        await pipe.Writer.CompleteAsync();

        Assert.That(await read, Is.EqualTo(new[] { 0, 1, 500, 900 }));
    }

    [Test]
    public void A_header_alone_is_no_message()
    {
        ReadOnlySequence<byte> buffer = new([0, 0, 0, 0]);
        Assert.That(MessageFrame.TryRead(ref buffer, Limit, out _), Is.False);
        Assert.That(buffer.Length, Is.EqualTo(4));

        buffer = new([0, 0, 0, 0, 0, 1]);
        Assert.That(MessageFrame.TryRead(ref buffer, Limit, out MessageFrame frame), Is.True);
        Assert.That((frame.Payload.Length, buffer.Length), Is.EqualTo((0, 1)));
    }

    [TestCase(new byte[] { 2, 0, 0, 0, 0 }, StatusCode.Internal)]
    [TestCase(new byte[] { 255, 255, 255, 255, 255 }, StatusCode.Internal)]
    [TestCase(new byte[] { 0, 0, 0, 3, 233 }, StatusCode.ResourceExhausted, TestName = "one byte more than the limit")]
    [TestCase(new byte[] { 0, 255, 255, 255, 255 }, StatusCode.ResourceExhausted)]
    public void A_header_is_checked_before_its_message_comes(byte[] header, StatusCode code)
    {
        ReadOnlySequence<byte> buffer = new(header);

        Assert.That(Assert.Throws<RpcException>(() => MessageFrame.TryRead(ref buffer, Limit, out _))!.StatusCode, Is.EqualTo(code));
    }

    [TestCase(Limit, true)]
    [TestCase(Limit + 1, false)]
    [TestCase(100_000_000, false)]
    public void A_compressed_message_has_the_limit_of_a_plain_one(int length, bool passes)
    {
        ReadOnlySequence<byte> packed = new(MessageEncoding.Compress(new byte[length], CompressionLevel.Fastest));

        if (passes)
        {
            Assert.That(MessageEncoding.Expand(packed, Limit).Length, Is.EqualTo(length));
        }
        else
        {
            Assert.That(Assert.Throws<RpcException>(() => MessageEncoding.Expand(packed, Limit))!.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted));
        }
    }

    [Test]
    public void Gzip_that_is_cut_off_anywhere_is_refused()
    {
        byte[] packed = MessageEncoding.Compress(Enumerable.Range(0, 100).Select(i => (byte)(i * i)).ToArray(), CompressionLevel.Fastest).ToArray();

        for (int length = 0; length < packed.Length; length++)
        {
            ReadOnlySequence<byte> cut = new(packed, 0, length);
            Assert.That(Assert.Throws<RpcException>(() => MessageEncoding.Expand(cut, Limit))!.StatusCode, Is.EqualTo(StatusCode.Internal), $"{length} bytes");
        }
    }

    [Test]
    public async Task A_response_that_is_too_long_leaves_nothing_behind([Values] bool gzip)
    {
        Pipe pipe = new();
        MessageWriter writer = new(pipe.Writer, Limit, gzip ? CompressionLevel.Fastest : null);

        RpcException error = Assert.Throws<RpcException>(() => writer.Write(Message(Limit), s_marshaller.ContextualSerializer, compress: true))!;
        await pipe.Writer.CompleteAsync();

        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted));
        Assert.That((await pipe.Reader.ReadAsync()).Buffer.Length, Is.Zero);
    }

    [TestCase("gzip", true), TestCase("identity, deflate ,GZIP", true), TestCase("identity,gzipped", false), TestCase("", false)]
    public void A_client_says_whether_it_takes_gzip(string header, bool takes) => Assert.That(MessageEncoding.AcceptsGzip(header), Is.EqualTo(takes));

    [TestCase("application/grpc", true), TestCase("application/grpc+proto", true), TestCase("Application/GRPC ; a=b", true)]
    [TestCase(null, false), TestCase("", false), TestCase("application/grpc+json", false), TestCase("application/grpc-web", false), TestCase("application/json", false)]
    public void A_content_type_is_gRPCs_with_protobuf(string? type, bool expected) => Assert.That(CallServer.IsGrpc(type), Is.EqualTo(expected));

    private static BytesValue Message(int length) => new() { Value = Google.Protobuf.ByteString.CopyFrom(new byte[length]) };

    private static async Task<byte[]> WireAsync(bool gzip, int limit, params int[] lengths)
    {
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 0));
        MessageWriter writer = new(pipe.Writer, limit, gzip ? CompressionLevel.Fastest : null);
        foreach (int length in lengths)
        {
            writer.Write(Message(length), s_marshaller.ContextualSerializer, compress: true);
        }

        await pipe.Writer.CompleteAsync();
        return (await pipe.Reader.ReadAsync()).Buffer.ToArray();
    }

    private static async Task<List<int>> LengthsAsync(MessageReader reader)
    {
        List<int> lengths = [];
        while (await reader.ReadAsync(s_marshaller.ContextualDeserializer, CancellationToken.None) is { } message)
        {
            lengths.Add(message.Value.Length);
        }

        return lengths;
    }
}
