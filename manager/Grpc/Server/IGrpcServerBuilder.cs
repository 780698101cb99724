using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server;

/// <summary>A server to which gRPC was added.</summary>
public interface IGrpcServerBuilder
{
    /// <summary>Its services.</summary>
    IServiceCollection Services { get; }
}
