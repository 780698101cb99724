using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Grpc.AspNetCore.Server;

/// <summary>Answers calls of services and methods that are not there. Requests that are no calls are left to others.</summary>
internal sealed class UnknownMethods : IRouteConstraint
{
    public static void Map(IEndpointRouteBuilder endpoints, CallServer server, MappedServices services)
    {
        RoutePattern pattern = RoutePatternFactory.Parse("/{service}/{method}", null, new RouteValueDictionary { ["method"] = new UnknownMethods() });
        _ = endpoints.Map(pattern, http => server.ServeAsync(http, call => throw Failure.Of(StatusCode.Unimplemented,
            services.ByName.ContainsKey((string)http.Request.RouteValues["service"]!) ? $"the method \"{call.Method}\" is not known" : $"the service of \"{call.Method}\" is not known")))
            .WithDisplayName("gRPC: unknown");
    }

    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        httpContext is not null && HttpMethods.IsPost(httpContext.Request.Method) && CallServer.IsGrpc(httpContext.Request.ContentType);
}
