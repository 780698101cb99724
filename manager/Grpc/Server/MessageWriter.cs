using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Grpc.Core;

namespace Grpc.AspNetCore.Server;

/// <summary>Writes the messages of a response, straight into Kestrel's buffers unless they are compressed.</summary>
/// <param name="pipe">The response's body.</param>
/// <param name="limit">The longest message, in bytes before compression.</param>
/// <param name="gzip">How well messages are compressed; null: they are not.</param>
internal sealed class MessageWriter(PipeWriter pipe, int limit, CompressionLevel? gzip) : SerializationContext
{
    private bool _compress;
    private int? _length;
    private bool _complete;
    private ArrayBufferWriter<byte>? _collected;

    /// <summary>Writes a message, which is not sent yet.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: it is longer than the limit, and nothing of it was written.</exception>
    public void Write<T>(T message, Action<T, SerializationContext> serialize, bool compress)
    {
        (_compress, _length, _complete, _collected) = (compress && gzip is not null, null, false, null);
        serialize(message, this);
        if (!_complete)
        {
            throw new InvalidOperationException("the message was not completed by its serializer");
        }
    }

    public override void SetPayloadLength(int payloadLength) => _length = Checked(payloadLength);

    public override IBufferWriter<byte> GetBufferWriter()
    {
        if (_compress || _length is not { } length)
        {
            return _collected ??= new ArrayBufferWriter<byte>(Math.Max(_length ?? 0, 1));
        }

        MessageFrame.WriteHeader(pipe, compressed: false, length);
        return pipe;
    }

    public override void Complete()
    {
        if (_collected is { } collected)
        {
            Send(collected.WrittenSpan);
        }

        _complete = true;
    }

    public override void Complete(byte[] payload)
    {
        Send(payload);
        _complete = true;
    }

    private void Send(ReadOnlySpan<byte> message)
    {
        Checked(message.Length);

        // GZipStream makes nothing of nothing, and that is not gzip.
        bool compress = _compress && message.Length > 0;
        if (compress)
        {
            message = MessageEncoding.Compress(message, gzip!.Value).Span;
        }

        MessageFrame.WriteHeader(pipe, compress, message.Length);
        pipe.Write(message);
    }

    private int Checked(int length) => length <= limit ? length
        : throw Failure.Of(StatusCode.ResourceExhausted, $"a response of {length} bytes is longer than {limit}");
}
