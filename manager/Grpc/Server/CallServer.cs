using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Grpc.AspNetCore.Server;

/// <summary>Serves requests as calls: whatever becomes of them, each ends with a status.</summary>
internal sealed partial class CallServer(IOptions<GrpcServiceOptions> options, ILogger<CallServer> logger)
{
    private const string ContentType = "application/grpc";

    private static readonly Status s_expired = new(StatusCode.DeadlineExceeded, "the deadline is over");

    private readonly GrpcServiceOptions _options = options.Value;

    /// <summary>Whether a content type is gRPC's, with protobuf's messages.</summary>
    public static bool IsGrpc(string? contentType)
    {
        ReadOnlySpan<char> type = contentType;
        int parameters = type.IndexOf(';');
        type = (parameters < 0 ? type : type[..parameters]).Trim();
        return type.Equals(ContentType, StringComparison.OrdinalIgnoreCase) || type.Equals(ContentType + "+proto", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Serves a request.</summary>
    public async Task ServeAsync(HttpContext http, Func<GrpcCall, Task> serve)
    {
        if (!IsGrpc(http.Request.ContentType))
        {
            Refuse(http, StatusCodes.Status415UnsupportedMediaType, "the content type is not application/grpc");
            return;
        }

        if (!HttpProtocol.IsHttp2(http.Request.Protocol) && !HttpProtocol.IsHttp3(http.Request.Protocol))
        {
            Refuse(http, StatusCodes.Status426UpgradeRequired, "gRPC needs HTTP/2");
            return;
        }

        LiftLimits(http);
        http.Response.ContentType = ContentType;
        using GrpcCall call = new(http, _options);
        Task<Status> served = RunAsync(call, serve);
        if (await call.ExpiresBeforeAsync(served))
        {
            await call.EndAsync(s_expired);
            await http.Response.CompleteAsync();
        }

        await call.EndAsync(await served);
    }

    private async Task<Status> RunAsync(GrpcCall call, Func<GrpcCall, Task> serve)
    {
        Status status;
        try
        {
            call.Begin();
            await serve(call);
            MetadataHeaders.Check(call.ResponseTrailers);
            status = call.Status;
        }
        catch (RpcException error)
        {
            status = AddTrailers(call, error);
        }
        catch (OperationCanceledException) when (call.IsOver)
        {
            status = Status.DefaultCancelled;
        }
        catch (Exception error)
        {
            // Here a call ends, and nobody else would hear of it.
            LogFailed(error, call.Method);
            string detail = _options.EnableDetailedErrors == true ? $"{error.GetType().Name}: {error.Message}" : "the method failed in a way it did not expect";
            call.ResponseTrailers.Clear();
            status = new Status(StatusCode.Unknown, detail, error);
        }

        return call.IsExpired ? s_expired : status;
    }

    private Status AddTrailers(GrpcCall call, RpcException error)
    {
        try
        {
            MetadataHeaders.Check(error.Trailers);
            MetadataHeaders.Check(call.ResponseTrailers);
        }
        catch (InvalidOperationException unsendable)
        {
            LogFailed(unsendable, call.Method);
            call.ResponseTrailers.Clear();
            return error.Status;
        }

        foreach (Metadata.Entry entry in error.Trailers)
        {
            call.ResponseTrailers.Add(entry);
        }

        return error.Status;
    }

    // HTTP's limits are on a request as a whole; a call may go on for ever, and each of its messages has a limit.
    private static void LiftLimits(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }

    // gRPC, doc/PROTOCOL-HTTP2.md, "Requests": this is no call, so the answer is HTTP's; a gRPC client finds the reason in it too.
    private static void Refuse(HttpContext http, int status, string detail)
    {
        http.Response.StatusCode = status;
        http.Response.Headers["grpc-status"] = "13";
        http.Response.Headers["grpc-message"] = detail;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} failed")]
    private partial void LogFailed(Exception error, string method);
}
