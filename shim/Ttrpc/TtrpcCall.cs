using Bulkhead.Proto.Ttrpc;
using Google.Protobuf;

namespace Bulkhead.Ttrpc;

/// <summary>A call, as its handler sees it.</summary>
public sealed class TtrpcCall
{
    private readonly ServerConnection _connection;
    private readonly Request _request;
    private readonly CancellationTokenSource _cancellation;
    private int _isAnswered;

    internal TtrpcCall(ServerConnection connection, uint streamId, Request request, Inbox? inbox, TimeProvider time)
    {
        _connection = connection;
        _request = request;
        StreamId = streamId;
        Inbox = inbox;
        _cancellation = Deadline.Start(request.TimeoutNano, time);
        if (request.TimeoutNano != 0)
        {
            _cancellation.Token.UnsafeRegister(static call => ((TtrpcCall)call!).Expire(), this);
        }

        Cancellation = _cancellation.Token;
    }

    /// <summary>The name the service was called by.</summary>
    public string Service => _request.Service;

    /// <summary>Cancelled when the caller's time is over, its connection has ended or the server stops.</summary>
    public CancellationToken Cancellation { get; }

    internal uint StreamId { get; }

    /// <summary>What comes in on the stream; null if the method does not stream.</summary>
    internal Inbox? Inbox { get; }

    /// <summary>Whether the connection ended or the server stopped before the handler did.</summary>
    internal bool IsStopped { get; private set; }

    /// <summary>The first value of what the caller says beside the request; null if it does not say it.</summary>
    /// <param name="key">Its name, in lower case, such as <c>containerd-namespace-ttrpc</c>.</param>
    public string? FindMetadata(string key)
    {
        foreach (KeyValue pair in _request.Metadata)
        {
            if (pair.Key == key)
            {
                return pair.Value;
            }
        }

        return null;
    }

    /// <summary>Sends a message of a stream and waits until it is written.</summary>
    internal Task SendAsync(IMessage message)
    {
        Cancellation.ThrowIfCancellationRequested();
        byte[] frame = Frame.Write(StreamId, FrameType.Data, FrameFlags.None, message);
        TaskCompletionSource written = FrameWriter.NewSource();
        _connection.Send(frame, written);
        return written.Task.WaitAsync(Cancellation);
    }

    /// <summary>Whether this is the first answer: a call has one, whoever is quicker, the handler or the deadline.</summary>
    internal bool TryAnswer() => Interlocked.Exchange(ref _isAnswered, 1) == 0;

    /// <summary>Ends a stream that breaks the rules.</summary>
    internal void Fail(TtrpcCode code, string message)
    {
        _connection.Answer(this, code, message);
        Cancel();
    }

    /// <summary>Cancels the token: the connection has ended, or the server stops.</summary>
    internal void Stop()
    {
        IsStopped = true;
        Cancel();
    }

    /// <summary>Gives back the timer. The handler has ended.</summary>
    internal void End() => _cancellation.Dispose();

    private void Expire()
    {
        if (!IsStopped)
        {
            _connection.Answer(this, TtrpcCode.DeadlineExceeded, "the time for the call is over");
        }
    }

    private void Cancel()
    {
        try
        {
            _cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // On another thread the handler has just ended.
        }
    }
}
