using Bulkhead.Proto.Ttrpc;
using Google.Protobuf;

namespace Bulkhead.Ttrpc;

/// <summary>Calls methods over one connection, any number of them at a time, from any thread.</summary>
/// <remarks>
/// ttrpc, PROTOCOL.md, version 1.2. It uses no thread of its own: answers are read where it was constructed, in its
/// SynchronizationContext if there is one. When the connection ends, every call fails with
/// <see cref="TtrpcCode.Unavailable"/>; a further one needs another client.
/// </remarks>
public sealed class TtrpcClient : IDisposable
{
    // What may wait for a server that does not read, or on a stream that nobody reads.
    private const int HeldBytes = 4 * Frame.MaximumLength;

    private readonly Stream _stream;
    private readonly TimeProvider _time;
    private readonly FrameReader _reader;
    private readonly FrameWriter _writer;
    private readonly CancellationTokenSource _closing = new();

    private readonly Lock _gate = new();
    private readonly Dictionary<uint, Inbox> _calls = [];  // guarded by _gate, like what follows
    private uint _nextId = 1;
    private bool _hasEnded;

    /// <summary>Takes a connection over, and begins to read.</summary>
    /// <param name="connection">Both directions. A read has to heed its token, and a write must not need flushing.</param>
    /// <param name="time">What timeouts are measured by.</param>
    public TtrpcClient(Stream connection, TimeProvider time)
    {
        _stream = connection;
        _time = time;
        _reader = new FrameReader(connection);
        _writer = new FrameWriter(connection, HeldBytes, _closing.Cancel);
        Ended = ReceiveAsync();
    }

    /// <summary>Ends with the connection, whoever closes it; it does not fail.</summary>
    public Task Ended { get; }

    /// <summary>Calls a method and waits for its response.</summary>
    /// <param name="service">The service's full name.</param>
    /// <param name="method">The method's bare name.</param>
    /// <param name="request">The request.</param>
    /// <param name="parser">The response's.</param>
    /// <param name="options">Timeout and metadata.</param>
    /// <param name="cancellation">Gives it up, which the server is not told: the protocol has no word for it.</param>
    /// <exception cref="TtrpcException">How the call failed, in the server's words; the connection has ended; the timeout is over; or the request is too long.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public async Task<TResponse> CallAsync<TResponse>(
        string service, string method, IMessage request, MessageParser<TResponse> parser, TtrpcCallOptions options = default, CancellationToken cancellation = default)
        where TResponse : class, IMessage<TResponse>
    {
        using TtrpcClientStream<TResponse> call = Open(service, method, request, FrameFlags.None, parser, options, cancellation);
        return await call.ReadResultAsync();
    }

    /// <summary>Opens a stream on which the client sends: to a method that answers once, or one that sends as well.</summary>
    /// <inheritdoc cref="CallAsync"/>
    public TtrpcClientStream<TResponse> OpenStream<TResponse>(
        string service, string method, MessageParser<TResponse> parser, TtrpcCallOptions options = default, CancellationToken cancellation = default)
        where TResponse : class, IMessage<TResponse> =>
        Open(service, method, null, FrameFlags.RemoteOpen, parser, options, cancellation);

    /// <summary>Opens a stream on which only the server sends.</summary>
    /// <inheritdoc cref="CallAsync"/>
    public TtrpcClientStream<TResponse> OpenServerStream<TResponse>(
        string service, string method, IMessage request, MessageParser<TResponse> parser, TtrpcCallOptions options = default, CancellationToken cancellation = default)
        where TResponse : class, IMessage<TResponse> =>
        Open(service, method, request, FrameFlags.RemoteClosed, parser, options, cancellation);

    /// <summary>Closes the connection; calls that wait fail with <see cref="TtrpcCode.Unavailable"/>.</summary>
    public void Dispose() => _closing.Cancel();

    /// <summary>Writes a frame of a stream, and waits until it is written.</summary>
    internal Task SendAsync(uint streamId, FrameFlags flags, IMessage? message)
    {
        TaskCompletionSource written = FrameWriter.NewSource();
        Add(Frame.Write(streamId, FrameType.Data, flags, message), written);
        _writer.Flush();
        return written.Task;
    }

    /// <summary>Forgets a call; what still comes for it is skipped.</summary>
    internal void Forget(uint streamId)
    {
        lock (_gate)
        {
            _calls.Remove(streamId);
        }
    }

    private TtrpcClientStream<TResponse> Open<TResponse>(
        string service, string method, IMessage? message, FrameFlags flags, MessageParser<TResponse> parser, TtrpcCallOptions options, CancellationToken cancellation)
        where TResponse : class, IMessage<TResponse>
    {
        cancellation.ThrowIfCancellationRequested();
        Request request = new() { Service = service, Method = method, TimeoutNano = Deadline.Nanoseconds(options.Timeout) };
        if (message is not null)
        {
            request.Payload = UnsafeByteOperations.UnsafeWrap(message.ToByteArray());
        }

        if (options.Metadata is { } metadata)
        {
            request.Metadata.AddRange(metadata);
        }

        Inbox inbox = new(HeldBytes);
        uint id = Begin(request, flags, inbox);
        return new TtrpcClientStream<TResponse>(this, id, inbox, parser, Deadline.Start(request.TimeoutNano, _time), cancellation);
    }

    private uint Begin(Request request, FrameFlags flags, Inbox inbox)
    {
        uint id;
        lock (_gate)
        {
            if (_hasEnded || _nextId == uint.MaxValue)
            {
                throw _hasEnded ? FrameWriter.Gone() : new TtrpcException(TtrpcCode.Unavailable, "the connection has no stream id left");
            }

            // Within the lock, because the ids have to rise on the wire.
            id = _nextId;
            Add(Frame.Write(id, FrameType.Request, flags, request), written: null);
            _nextId += 2;
            _calls.Add(id, inbox);
        }

        _writer.Flush();
        return id;
    }

    private void Add(byte[] frame, TaskCompletionSource? written)
    {
        if (!_writer.TryAdd(frame, written))
        {
            throw _closing.IsCancellationRequested ? FrameWriter.Gone()
                : new TtrpcException(TtrpcCode.ResourceExhausted, $"more than {HeldBytes} bytes wait for the server to read");
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (await _reader.ReadAsync(_closing.Token) is { } frame)
            {
                Take(frame);
            }
        }
        catch (Exception)
        {
            // The connection ends here, whatever the reason; the calls learn of it.
        }

        Inbox[] calls;
        lock (_gate)
        {
            _hasEnded = true;
            calls = [.. _calls.Values];
            _calls.Clear();
        }

        _writer.End();
        foreach (Inbox call in calls)
        {
            call.End(FrameWriter.Gone());
        }

        await _stream.DisposeAsync();
    }

    private void Take(Frame frame)
    {
        Inbox? call;
        lock (_gate)
        {
            call = _calls.GetValueOrDefault(frame.StreamId);
        }

        if (frame.Body is null)
        {
            call?.End(Frame.TooLong(frame.Length));
        }
        else if (call?.TryAdd(frame) == false)
        {
            call.End(new TtrpcException(TtrpcCode.ResourceExhausted, $"more than {HeldBytes} bytes wait to be read"));
        }
        else if (frame.Type == FrameType.Response || frame.Flags.HasFlag(FrameFlags.RemoteClosed))
        {
            call?.End();
        }
    }
}
