using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps services to the paths of their methods.</summary>
public static class GrpcEndpointRouteBuilderExtensions
{
    /// <summary>Maps the methods of a service.</summary>
    /// <typeparam name="TService">The implementation, which was added as a singleton: one object serves all calls.</typeparam>
    /// <exception cref="InvalidOperationException">It was not added, or has no generated base class, or <c>AddGrpc</c> was not called.</exception>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService<TService>(this IEndpointRouteBuilder builder) where TService : class
    {
        CallServer server = builder.ServiceProvider.GetRequiredService<CallServer>();
        MappedServices services = builder.ServiceProvider.GetRequiredService<MappedServices>();
        MethodBinder binder = new(builder, server);
        ServiceBinding binding = ServiceBinding.Of(typeof(TService));
        binding.Bind(binder, builder.ServiceProvider.GetRequiredService<TService>());
        services.ByName.Add(binder.ServiceName, binding);
        if (!services.HasUnknown)
        {
            services.HasUnknown = true;
            UnknownMethods.Map(builder, server, services);
        }

        return new GrpcServiceEndpointConventionBuilder(binder.Endpoints);
    }
}
