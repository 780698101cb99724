using Grpc.Core;

namespace Grpc.AspNetCore.Server;

/// <summary>Errors of the protocol.</summary>
internal static class Failure
{
    public static RpcException Of(StatusCode code, string detail) => new(new Status(code, detail));
}
