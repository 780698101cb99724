using Google.Protobuf;

namespace Bulkhead.Ttrpc;

/// <summary>The methods of a service. It can be served under several names: containerd's Task service of version 2 and 3 is one.</summary>
/// <remarks>
/// A handler begins on the reader of its connection, in the order of the requests, and holds the next one up until its first
/// wait. How it ends is the answer: a result, a <see cref="TtrpcException"/> with its code and message, any other exception as
/// <see cref="TtrpcCode.Unknown"/> with its message.
/// </remarks>
public sealed class TtrpcService
{
    private readonly Dictionary<string, Method> _methods = new(StringComparer.Ordinal);

    /// <summary>Adds a method with one request and one response.</summary>
    /// <param name="method">Its bare name, such as <c>Create</c>.</param>
    /// <param name="parser">The request's.</param>
    /// <param name="handler">Answers it.</param>
    /// <returns>This service.</returns>
    public TtrpcService Add<TRequest, TResponse>(string method, MessageParser<TRequest> parser, Func<TRequest, TtrpcCall, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage
    {
        _methods.Add(method, new Method(IsStreaming: false, async (payload, call) => await handler(Payload.Parse(parser, payload.Span), call)));
        return this;
    }

    /// <summary>Adds a method that streams, in either direction or in both.</summary>
    /// <param name="method">Its bare name.</param>
    /// <param name="parser">That of the messages that come in; a request that opens the stream with a message is the first of them.</param>
    /// <param name="handler">Reads and sends. What it returns ends the stream: null where results were sent, else the one result.</param>
    /// <returns>This service.</returns>
    public TtrpcService AddStream<TRequest>(string method, MessageParser<TRequest> parser, Func<TtrpcServerStream<TRequest>, Task<IMessage?>> handler)
        where TRequest : class, IMessage<TRequest>
    {
        _methods.Add(method, new Method(IsStreaming: true, (_, call) => handler(new TtrpcServerStream<TRequest>(call, parser))));
        return this;
    }

    internal Method? Find(string method) => _methods.GetValueOrDefault(method);

    /// <summary>A method: from the serialized request to the result.</summary>
    internal sealed record Method(bool IsStreaming, Func<ByteString, TtrpcCall, Task<IMessage?>> Handler);
}
