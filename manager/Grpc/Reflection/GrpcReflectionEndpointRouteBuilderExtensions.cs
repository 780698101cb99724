using Grpc.Reflection;
using Microsoft.AspNetCore.Routing;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the services by which generic clients learn of the others.</summary>
public static class GrpcReflectionEndpointRouteBuilderExtensions
{
    /// <summary>Maps both versions of reflection. They tell of all services that are mapped, themselves included.</summary>
    public static void MapGrpcReflectionService(this IEndpointRouteBuilder builder)
    {
        _ = builder.MapGrpcService<ReflectionServiceImpl>();
        _ = builder.MapGrpcService<ReflectionV1ServiceImpl>();
    }
}
