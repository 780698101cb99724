using Bulkhead.Proto.Ttrpc;
using Google.Protobuf;

namespace Bulkhead.Ttrpc;

/// <summary>The client's end of a call that streams. One reads at a time; sending is in the order of the calls.</summary>
/// <typeparam name="TResponse">What comes back.</typeparam>
/// <remarks>Every wait ends with the call's timeout, its token or the connection, as <see cref="TtrpcClient.CallAsync"/> says.</remarks>
public sealed class TtrpcClientStream<TResponse> : IDisposable
    where TResponse : class, IMessage<TResponse>
{
    private readonly TtrpcClient _client;
    private readonly uint _id;
    private readonly Inbox _inbox;
    private readonly MessageParser<TResponse> _parser;
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _registration;

    internal TtrpcClientStream(
        TtrpcClient client, uint id, Inbox inbox, MessageParser<TResponse> parser, CancellationTokenSource deadline, CancellationToken cancellation)
    {
        _client = client;
        _id = id;
        _inbox = inbox;
        _parser = parser;
        _deadline = deadline;
        _cancellation = cancellation;
        _registration = cancellation.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), deadline);
    }

    /// <summary>Sends a message, and waits until it is written.</summary>
    /// <exception cref="TtrpcException"><see cref="TtrpcCode.ResourceExhausted"/>: it is too long, or too much waits already.</exception>
    public Task SendAsync(IMessage message) => SendAsync(FrameFlags.None, message);

    /// <summary>Says that nothing more will be sent.</summary>
    public Task CompleteAsync() => SendAsync(FrameFlags.RemoteClosed | FrameFlags.NoData, message: null);

    /// <summary>The next message; null when the server sends no more.</summary>
    /// <exception cref="TtrpcException">The call failed.</exception>
    public async Task<TResponse?> ReadAsync()
    {
        while (await TakeAsync() is { } frame)
        {
            if (frame.Type == FrameType.Response)
            {
                ByteString payload = Result(frame);
                return payload.IsEmpty ? null : Payload.Parse(_parser, payload.Span);
            }

            if (!frame.Flags.HasFlag(FrameFlags.NoData))
            {
                return Payload.Parse(_parser, frame.Body);
            }
        }

        return null;
    }

    /// <summary>The one result of a method that does not send a stream, once <see cref="CompleteAsync"/> has been said.</summary>
    /// <exception cref="TtrpcException">The call failed; <see cref="TtrpcCode.Internal"/>: the server sends a stream.</exception>
    public async Task<TResponse> ReadResultAsync() => await TakeAsync() is { Type: FrameType.Response } frame
        ? Payload.Parse(_parser, Result(frame).Span)
        : throw new TtrpcException(TtrpcCode.Internal, "the server sent a stream instead of a response");

    /// <summary>Gives the call up if it has not ended, which the server is not told.</summary>
    public void Dispose()
    {
        _registration.Dispose();
        _client.Forget(_id);
        _deadline.Dispose();
    }

    private static ByteString Result(Frame frame)
    {
        Response response = Payload.Parse(Response.Parser, frame.Body);
        return response.Status is null or { Code: (int)TtrpcCode.Ok } ? response.Payload
            : throw new TtrpcException((TtrpcCode)response.Status.Code, response.Status.Message);
    }

    private async Task<Frame?> TakeAsync()
    {
        try
        {
            return await _inbox.TakeAsync(_deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw Late();
        }
    }

    private async Task SendAsync(FrameFlags flags, IMessage? message)
    {
        try
        {
            await _client.SendAsync(_id, flags, message).WaitAsync(_deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw Late();
        }
    }

    // Both the timeout and the caller's token end in the one that is waited with.
    private Exception Late() => _cancellation.IsCancellationRequested ? new OperationCanceledException(_cancellation)
        : new TtrpcException(TtrpcCode.DeadlineExceeded, "the time for the call is over");
}
