using Google.Protobuf;

namespace Bulkhead.Ttrpc;

/// <summary>Messages of the other side's.</summary>
internal static class Payload
{
    /// <summary>Parses one.</summary>
    /// <exception cref="TtrpcException"><see cref="TtrpcCode.InvalidArgument"/>: it is no such message.</exception>
    public static T Parse<T>(MessageParser<T> parser, ReadOnlySpan<byte> bytes)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new TtrpcException(TtrpcCode.InvalidArgument, $"parse the message: {error.Message}");
        }
    }
}
