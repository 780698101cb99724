using Google.Protobuf;

namespace Bulkhead.Ttrpc;

/// <summary>The server's end of a call that streams. One reads at a time; sending is in the order of the calls.</summary>
/// <typeparam name="TRequest">What comes in.</typeparam>
public sealed class TtrpcServerStream<TRequest>
    where TRequest : class, IMessage<TRequest>
{
    private readonly MessageParser<TRequest> _parser;

    internal TtrpcServerStream(TtrpcCall call, MessageParser<TRequest> parser)
    {
        Call = call;
        _parser = parser;
    }

    /// <summary>The call.</summary>
    public TtrpcCall Call { get; }

    /// <summary>The next message; null when the client sends no more.</summary>
    /// <exception cref="TtrpcException">It is no such message.</exception>
    /// <exception cref="OperationCanceledException">The call has been cancelled.</exception>
    public async Task<TRequest?> ReadAsync() =>
        await Call.Inbox!.TakeAsync(Call.Cancellation) is { } frame ? Payload.Parse(_parser, frame.Body) : null;

    /// <summary>Sends a message, and waits until it is written.</summary>
    /// <exception cref="TtrpcException"><see cref="TtrpcCode.ResourceExhausted"/>: it is too long.</exception>
    /// <exception cref="OperationCanceledException">The call has been cancelled.</exception>
    public Task SendAsync(IMessage message) => Call.SendAsync(message);
}
