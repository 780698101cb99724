using Grpc.AspNetCore.Server;
using Grpc.Reflection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds reflection to a server.</summary>
public static class GrpcReflectionServiceExtensions
{
    /// <summary>Adds what the services of reflection need to be mapped.</summary>
    public static IServiceCollection AddGrpcReflection(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => new ReflectionService(provider.GetRequiredService<MappedServices>()));
        services.TryAddSingleton(provider => new ReflectionV1ServiceImpl(provider.GetRequiredService<ReflectionService>()));
        services.TryAddSingleton(provider => new ReflectionServiceImpl(provider.GetRequiredService<ReflectionService>()));
        return services;
    }
}
