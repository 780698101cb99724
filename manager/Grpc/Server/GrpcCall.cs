using System.Globalization;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Grpc.AspNetCore.Server;

/// <summary>
/// A call over a stream of HTTP/2. It goes: the headers are checked (1), the method runs and messages go in and out (2),
/// and the status is sent (3): after the method, or before it is ready when the deadline is over.
/// </summary>
internal sealed class GrpcCall : ServerCallContext, IDisposable
{
    // What a timer can wait for at most.
    private static readonly TimeSpan s_longestTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly HttpContext _http;
    private readonly GrpcServiceOptions _options;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private CancellationTokenSource? _limit;
    private MessageReader? _reader;
    private MessageWriter? _writer;
    private Metadata? _requestHeaders;
    private DateTime _deadline = DateTime.MaxValue;
    private CancellationToken _token;
    private volatile bool _isGone;
    private bool _hasWritten; // guarded by _writing
    private bool _ended; // guarded by _writing

    public GrpcCall(HttpContext http, GrpcServiceOptions options)
    {
        _http = http;
        _options = options;
        _token = http.RequestAborted;
    }

    /// <summary>What HTTP knows of the call.</summary>
    public HttpContext Http => _http;

    /// <summary>Whether the call is being ended by its deadline, and not by its client.</summary>
    public bool IsExpired => _limit is { IsCancellationRequested: true } && !_http.RequestAborted.IsCancellationRequested;

    /// <summary>Whether the call ends before its method does: by its client or its deadline.</summary>
    public bool IsOver => _isGone || _token.IsCancellationRequested;

    protected override string MethodCore => _http.Request.Path.Value!;

    protected override string HostCore => _http.Request.Host.Value ?? "";

    protected override string PeerCore => _http.Connection.RemoteIpAddress switch
    {
        null => "unix:",
        { AddressFamily: AddressFamily.InterNetworkV6 } address => $"ipv6:{new IPEndPoint(address, _http.Connection.RemotePort)}",
        var address => $"ipv4:{new IPEndPoint(address, _http.Connection.RemotePort)}",
    };

    protected override DateTime DeadlineCore => _deadline;

    protected override Metadata RequestHeadersCore => _requestHeaders ??= MetadataHeaders.Read(_http.Request.Headers);

    protected override CancellationToken CancellationTokenCore => _token;

    protected override Metadata ResponseTrailersCore { get; } = [];

    protected override Status StatusCore { get; set; } = Status.DefaultSuccess;

    protected override WriteOptions? WriteOptionsCore { get; set; }

    public void Dispose()
    {
        _limit?.Dispose();
        _writing.Dispose();
    }

    /// <summary>Reads the headers (1).</summary>
    /// <exception cref="RpcException">A header breaks a rule, or asks for what there is not.</exception>
    public void Begin()
    {
        IHeaderDictionary headers = _http.Request.Headers;
        string? encoding = headers["grpc-encoding"];
        if (encoding is not (null or MessageEncoding.Identity or MessageEncoding.Gzip))
        {
            _http.Response.Headers["grpc-accept-encoding"] = MessageEncoding.Accepted;
            throw Failure.Of(StatusCode.Unimplemented, $"messages are encoded with \"{encoding}\", which is not known");
        }

        if ((string?)headers["grpc-timeout"] is { } timeout)
        {
            Limit(timeout);
        }

        CompressionLevel? gzip = MessageEncoding.AcceptsGzip(headers["grpc-accept-encoding"]) ? _options.Gzip : null;
        if (gzip is not null)
        {
            _http.Response.Headers["grpc-encoding"] = MessageEncoding.Gzip;
        }

        _reader = new MessageReader(_http.Request.BodyReader, _options.MaxReceiveMessageSize ?? int.MaxValue, encoding);
        _writer = new MessageWriter(_http.Response.BodyWriter, _options.MaxSendMessageSize ?? int.MaxValue, gzip);
    }

    /// <summary>Waits for the method; true if the deadline is over first.</summary>
    public async Task<bool> ExpiresBeforeAsync(Task served)
    {
        if (_limit is null || served.IsCompleted)
        {
            return false;
        }

        TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using (_limit.Token.UnsafeRegister(static over => ((TaskCompletionSource)over!).TrySetResult(), over))
        {
            await Task.WhenAny(served, over.Task);
        }

        return IsExpired && !served.IsCompleted;
    }

    /// <summary>Reads a message; null at the end of the request.</summary>
    public async Task<T?> ReadAsync<T>(Func<DeserializationContext, T> parse, CancellationToken cancellation) where T : class
    {
        using CancellationTokenSource? both = cancellation.CanBeCanceled && cancellation != CancellationToken
            ? CancellationTokenSource.CreateLinkedTokenSource(cancellation, CancellationToken) : null;
        try
        {
            return await _reader!.ReadAsync(parse, both?.Token ?? CancellationToken);
        }
        catch (IOException error)
        {
            // The stream was reset: that may be known here before the token is cancelled.
            _isGone = true;
            throw new OperationCanceledException("the client gave the call up", error, CancellationToken);
        }
    }

    /// <summary>Reads the only message of a request.</summary>
    /// <exception cref="RpcException">There is none, or a further one.</exception>
    public async Task<T> ReadOnlyAsync<T>(Func<DeserializationContext, T> parse) where T : class
    {
        T message = await ReadAsync(parse, default) ?? throw Failure.Of(StatusCode.Internal, "the request has no message");
        return await ReadAsync(parse, default) is null ? message : throw Failure.Of(StatusCode.Internal, "the request has more than one message");
    }

    /// <summary>Writes a message and, unless more is to follow at once, sends it (2).</summary>
    public async Task WriteAsync<T>(T message, Action<T, SerializationContext> serialize, WriteFlags flags, CancellationToken cancellation)
    {
        if (!_writing.Wait(0, CancellationToken.None))
        {
            throw new InvalidOperationException("a message was to be written while the one before was still on its way");
        }

        try
        {
            cancellation.ThrowIfCancellationRequested();
            CancellationToken.ThrowIfCancellationRequested();
            if (_ended)
            {
                throw new InvalidOperationException("a message was to be written after the end of the call");
            }

            _hasWritten = true;
            _writer!.Write(message, serialize, compress: !flags.HasFlag(WriteFlags.NoCompress));
            if (!flags.HasFlag(WriteFlags.BufferHint))
            {
                await FlushAsync(cancellation);
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Sends the status (3), unless that has been done.</summary>
    public async Task EndAsync(Status status)
    {
        await _writing.WaitAsync();
        try
        {
            if (_ended)
            {
                return;
            }

            _ended = true;

            // Without a message the status goes into the headers, and the response is these alone ("Trailers-Only").
            HttpResponse response = _http.Response;
            IHeaderDictionary target = _hasWritten || response.HasStarted
                ? _http.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers : response.Headers;
            MetadataHeaders.Write(ResponseTrailersCore, target);
            target["grpc-status"] = ((int)status.StatusCode).ToString(CultureInfo.InvariantCulture);
            if (!string.IsNullOrEmpty(status.Detail))
            {
                target["grpc-message"] = PercentEncoding.Encode(status.Detail);
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    protected override async Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        MetadataHeaders.Check(responseHeaders);
        await _writing.WaitAsync(CancellationToken);
        try
        {
            if (_ended || _hasWritten || _http.Response.HasStarted)
            {
                throw new InvalidOperationException("the headers of the response have been sent already");
            }

            MetadataHeaders.Write(responseHeaders, _http.Response.Headers);
            await FlushAsync(default);
        }
        finally
        {
            _writing.Release();
        }
    }

    private void Limit(string text)
    {
        if (!GrpcTimeout.TryParse(text, out TimeSpan timeout))
        {
            throw Failure.Of(StatusCode.Internal, $"the grpc-timeout \"{text}\" is not one to eight digits and a unit");
        }

        DateTime now = DateTime.UtcNow;
        _deadline = timeout < DateTime.MaxValue - now ? now + timeout : DateTime.MaxValue;
        _limit = CancellationTokenSource.CreateLinkedTokenSource(_http.RequestAborted);
        _token = _limit.Token;
        if (timeout <= s_longestTimer)
        {
            _limit.CancelAfter(timeout);
        }
    }

    // Kestrel resets the stream when a token ends a flush, and then no status can follow. So the flush is woken instead.
    private async ValueTask FlushAsync(CancellationToken cancellation)
    {
        PipeWriter body = _http.Response.BodyWriter;
        ValueTask<FlushResult> flush = body.FlushAsync(CancellationToken.None);
        if (!flush.IsCompleted)
        {
            // Not disposed of, which would wait for a wake-up that is going on, and that may wait for what this thread holds.
            CancellationTokenRegistration over = CancellationToken.UnsafeRegister(static body => ((PipeWriter)body!).CancelPendingFlush(), body);
            CancellationTokenRegistration given = cancellation.UnsafeRegister(static body => ((PipeWriter)body!).CancelPendingFlush(), body);
            try
            {
                _ = await flush;
            }
            finally
            {
                _ = over.Unregister();
                _ = given.Unregister();
            }
        }

        CancellationToken.ThrowIfCancellationRequested();
        cancellation.ThrowIfCancellationRequested();
    }
}
