using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using Grpc.Core;

namespace Grpc.AspNetCore.Server;

/// <summary>Reads the messages of a request where they lie in Kestrel's buffers.</summary>
/// <param name="pipe">The request's body.</param>
/// <param name="limit">The longest message, in bytes.</param>
/// <param name="encoding">The value of grpc-encoding; null without one.</param>
internal sealed class MessageReader(PipeReader pipe, int limit, string? encoding) : DeserializationContext
{
    private ReadOnlySequence<byte> _payload;

    public override int PayloadLength => (int)_payload.Length;

    public override byte[] PayloadAsNewBuffer() => _payload.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => _payload;

    /// <summary>Reads the next message; null at the end of the stream.</summary>
    /// <exception cref="RpcException">The stream breaks a rule.</exception>
    public async ValueTask<T?> ReadAsync<T>(Func<DeserializationContext, T> parse, CancellationToken cancellation) where T : class
    {
        while (true)
        {
            ReadResult result = await pipe.ReadAsync(cancellation);
            ReadOnlySequence<byte> rest = result.Buffer;
            SequencePosition examined = rest.End;
            try
            {
                if (MessageFrame.TryRead(ref rest, limit, out MessageFrame frame))
                {
                    // What follows has not been looked at: the next read must not wait for more than that.
                    examined = rest.Start;
                    return Parse(frame, parse);
                }

                if (result.IsCompleted)
                {
                    return rest.IsEmpty ? null : throw Failure.Of(StatusCode.Internal, "the request ends within a message");
                }
            }
            finally
            {
                // Whatever is examined makes room in the stream's window, so a message may be longer than that.
                pipe.AdvanceTo(rest.Start, examined);
            }
        }
    }

    private T Parse<T>(MessageFrame frame, Func<DeserializationContext, T> parse)
    {
        if (frame.Compressed && encoding is (null or MessageEncoding.Identity))
        {
            throw Failure.Of(StatusCode.Internal, "a message is compressed, but the request names no encoding");
        }

        _payload = frame.Compressed ? MessageEncoding.Expand(frame.Payload, limit) : frame.Payload;
        try
        {
            return parse(this);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"a message can't be read: {error.Message}", error));
        }
        finally
        {
            _payload = default;
        }
    }
}
