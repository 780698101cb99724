using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Http;

namespace Grpc.Core;

/// <summary>What HTTP knows of a call.</summary>
public static class ServerCallContextExtensions
{
    /// <summary>The request that the call is.</summary>
    /// <exception cref="InvalidOperationException">The context is not one of this server.</exception>
    public static HttpContext GetHttpContext(this ServerCallContext serverCallContext) =>
        (serverCallContext as GrpcCall)?.Http ?? throw new InvalidOperationException("the call is not one over HTTP");
}
