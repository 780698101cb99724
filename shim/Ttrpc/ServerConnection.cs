using Bulkhead.Proto.Rpc;
using Bulkhead.Proto.Ttrpc;
using Google.Protobuf;

namespace Bulkhead.Ttrpc;

/// <summary>One connection of a server: what comes in, the calls that run, and what goes out.</summary>
/// <remarks>
/// What breaks the rules in a way that leaves the frames apart is answered on the stream it came on; only what leaves it
/// unknown where the next frame begins ends the connection.
/// </remarks>
internal sealed class ServerConnection
{
    // A message quotes what the peer sent, which may be as long as a frame.
    private const int LongestMessage = 4096;

    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);

    private readonly TtrpcServer _server;
    private readonly Stream _stream;
    private readonly FrameReader _reader;
    private readonly FrameWriter _writer;
    private readonly CancellationTokenSource _closing;

    private readonly Lock _gate = new();
    private readonly Dictionary<uint, TtrpcCall> _calls = [];  // guarded by _gate, like what follows
    private TaskCompletionSource? _lastEnded;

    private uint _lastId;  // used by the reader only

    /// <param name="server">What is served.</param>
    /// <param name="stream">Both directions.</param>
    /// <param name="closing">Ends the connection, also from within.</param>
    public ServerConnection(TtrpcServer server, Stream stream, CancellationTokenSource closing)
    {
        _server = server;
        _stream = stream;
        _closing = closing;
        _reader = new FrameReader(stream);
        _writer = new FrameWriter(stream, server.Limits.HeldBytes, Close);
    }

    /// <summary>Serves until the end; calls whose server stops may still answer then, others may not.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (await NextAsync() is { } frame)
            {
                Take(frame);
            }

            StopCalls();
            if (stop.IsCancellationRequested)
            {
                await DrainAsync();
            }
        }
        finally
        {
            StopCalls();
            _writer.End();
            await _stream.DisposeAsync();
        }
    }

    /// <summary>Ends a call with its result: null where a stream has sent its own.</summary>
    public void Answer(TtrpcCall call, IMessage? result)
    {
        try
        {
            byte[] frame = result is null
                ? Frame.Write(call.StreamId, FrameType.Data, FrameFlags.RemoteClosed | FrameFlags.NoData, message: null)
                : Frame.Write(call.StreamId, FrameType.Response, FrameFlags.None,
                    new Response { Payload = UnsafeByteOperations.UnsafeWrap(result.ToByteArray()) });
            if (call.TryAnswer())
            {
                Send(frame);
            }
        }
        catch (TtrpcException error)
        {
            Answer(call, error.Code, error.Message);
        }
    }

    /// <summary>Ends a call with its failure.</summary>
    public void Answer(TtrpcCall call, TtrpcCode code, string message)
    {
        if (call.TryAnswer())
        {
            Refuse(call.StreamId, code, message);
        }
    }

    /// <summary>Writes a frame after those that wait. A peer that leaves too much waiting is left.</summary>
    public void Send(byte[] frame, TaskCompletionSource? written = null)
    {
        if (_writer.TryAdd(frame, written))
        {
            _writer.Flush();
            return;
        }

        written?.TrySetException(FrameWriter.Gone());
        Close();
    }

    private void Close()
    {
        try
        {
            _closing.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended already, and a handler is late.
        }
    }

    private async Task<Frame?> NextAsync()
    {
        try
        {
            return await _reader.ReadAsync(_closing.Token);
        }
        catch (Exception)
        {
            // The connection ends here, whatever the reason: it failed, was cut off, or is to be closed.
            return null;
        }
    }

    private void Take(Frame frame)
    {
        uint id = frame.StreamId;
        if (id % 2 == 0)
        {
            Refuse(id, TtrpcCode.InvalidArgument, $"the stream id {id} is even, and those of a client are odd");
        }
        else if (frame.Body is null)
        {
            TtrpcException error = Frame.TooLong(frame.Length);
            if (Find(id) is { } call)
            {
                call.Fail(error.Code, error.Message);
            }
            else
            {
                Refuse(id, error.Code, error.Message);
            }
        }
        else if (frame.Type == FrameType.Request)
        {
            Begin(frame);
        }
        else if (frame.Type == FrameType.Data)
        {
            Receive(frame);
        }

        // Other types are skipped, as the specification's authors do, for the sake of later versions.
    }

    private void Begin(Frame frame)
    {
        uint id = frame.StreamId;
        if (id <= _lastId)
        {
            Refuse(id, TtrpcCode.InvalidArgument, $"the stream id {id} is not above the one before, {_lastId}");
            return;
        }

        _lastId = id;
        try
        {
            Request request = Payload.Parse(Request.Parser, frame.Body);
            TtrpcService.Method method = Find(request, frame.Flags);
            TtrpcCall call = new(this, id, request, method.IsStreaming ? NewInbox(frame, request) : null, _server.Time);
            if (TryAdd(call))
            {
                _ = RunAsync(call, method, request.Payload);
            }
            else
            {
                Answer(call, TtrpcCode.ResourceExhausted, $"{_server.Limits.Calls} calls run already");
                call.End();
            }
        }
        catch (TtrpcException error)
        {
            Refuse(id, error.Code, error.Message);
        }
    }

    private bool TryAdd(TtrpcCall call)
    {
        lock (_gate)
        {
            return _calls.Count < _server.Limits.Calls && _calls.TryAdd(call.StreamId, call);
        }
    }

    private TtrpcService.Method Find(Request request, FrameFlags flags)
    {
        TtrpcService service = _server.Find(request.Service)
            ?? throw new TtrpcException(TtrpcCode.Unimplemented, $"service \"{request.Service}\"");
        TtrpcService.Method method = service.Find(request.Method)
            ?? throw new TtrpcException(TtrpcCode.Unimplemented, $"method \"{request.Method}\" of service \"{request.Service}\"");
        return method.IsStreaming || !flags.HasFlag(FrameFlags.RemoteOpen) ? method
            : throw new TtrpcException(TtrpcCode.InvalidArgument, $"method \"{request.Method}\" takes no stream");
    }

    // A request that leaves the stream open may come without a message; any other has one, were it empty.
    private Inbox NewInbox(Frame frame, Request request)
    {
        Inbox inbox = new(_server.Limits.HeldBytes);
        bool isOpen = frame.Flags.HasFlag(FrameFlags.RemoteOpen);
        if (!isOpen || request.Payload.Length > 0)
        {
            byte[] body = request.Payload.ToByteArray();
            inbox.TryAdd(new Frame { StreamId = frame.StreamId, Type = FrameType.Data, Flags = FrameFlags.None, Length = (uint)body.Length, Body = body });
        }

        if (!isOpen)
        {
            inbox.End();
        }

        return inbox;
    }

    private void Receive(Frame frame)
    {
        uint id = frame.StreamId;
        if (Find(id) is not { } call)
        {
            // What has ended may have crossed this on its way.
            if (id > _lastId)
            {
                Refuse(id, TtrpcCode.InvalidArgument, $"data for the stream {id}, which no request has opened");
            }
        }
        else if (call.Inbox is not { HasEnded: false } inbox)
        {
            call.Fail(TtrpcCode.InvalidArgument, $"data for the stream {id}, which is closed in this direction");
        }
        else if (!frame.Flags.HasFlag(FrameFlags.NoData) && !inbox.TryAdd(frame))
        {
            call.Fail(TtrpcCode.ResourceExhausted, $"more than {_server.Limits.HeldBytes} bytes wait on the stream {id}");
        }
        else if (frame.Flags.HasFlag(FrameFlags.RemoteClosed))
        {
            inbox.End();
        }
    }

    private async Task RunAsync(TtrpcCall call, TtrpcService.Method method, ByteString payload)
    {
        try
        {
            call.Cancellation.ThrowIfCancellationRequested();
            Answer(call, await method.Handler(payload, call));
        }
        catch (TtrpcException error)
        {
            Answer(call, error.Code, error.Message);
        }
        catch (OperationCanceledException) when (call.IsStopped)
        {
            Answer(call, TtrpcCode.Unavailable, "the server stops");
        }
        catch (OperationCanceledException) when (call.Cancellation.IsCancellationRequested)
        {
            // The deadline, which has its answer.
        }
        catch (OperationCanceledException error)
        {
            Answer(call, TtrpcCode.Cancelled, error.Message);
        }
        catch (Exception error)
        {
            // A call ends here, whatever the reason, and its caller is who learns of it.
            Answer(call, TtrpcCode.Unknown, error.Message);
        }
        finally
        {
            End(call);
        }
    }

    private void End(TtrpcCall call)
    {
        TaskCompletionSource? lastEnded = null;
        lock (_gate)
        {
            _calls.Remove(call.StreamId);
            if (_calls.Count == 0)
            {
                lastEnded = _lastEnded;
            }
        }

        call.End();
        lastEnded?.TrySetResult();
    }

    private void Refuse(uint streamId, TtrpcCode code, string message)
    {
        string text = message.Length <= LongestMessage ? message : message[..LongestMessage];
        Send(Frame.Write(streamId, FrameType.Response, FrameFlags.None, new Response { Status = new Status { Code = (int)code, Message = text } }));
    }

    private TtrpcCall? Find(uint streamId)
    {
        lock (_gate)
        {
            return _calls.GetValueOrDefault(streamId);
        }
    }

    private void StopCalls()
    {
        TtrpcCall[] calls;
        lock (_gate)
        {
            calls = [.. _calls.Values];
        }

        foreach (TtrpcCall call in calls)
        {
            call.Stop();
        }
    }

    // Lets the calls end and their answers out.
    private async Task DrainAsync()
    {
        Task ended;
        lock (_gate)
        {
            ended = _calls.Count == 0 ? Task.CompletedTask : (_lastEnded = FrameWriter.NewSource()).Task;
        }

        try
        {
            await ended.WaitAsync(s_grace, _server.Time);
            await _writer.DrainAsync().WaitAsync(s_grace, _server.Time);
        }
        catch (Exception error) when (error is TimeoutException or TtrpcException)
        {
            // A handler that does not heed its token, or a peer that does not read or has gone.
        }
    }
}
