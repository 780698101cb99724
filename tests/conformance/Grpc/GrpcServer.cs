using System.IO.Compression;
using Bulkhead.Tests.Support;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bulkhead.Tests.Conformance.Grpc;

/// <summary>A server with all services there are, on a unix socket of its own.</summary>
internal sealed class GrpcServer : IAsyncDisposable
{
    public const int MessageLimit = 1 << 20;

    private readonly TemporaryFolder _folder = new();
    private readonly WebApplication _host;

    private GrpcServer(bool gzip)
    {
        Service = new TestService(Health);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        _ = builder.Logging.ClearProviders();
        _ = builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ListenUnixSocket(Socket, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Limits.Http2.MaxStreamsPerConnection = 2_000;
            kestrel.Limits.MinResponseDataRate = null;
        });
        _ = builder.Services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = MessageLimit;
            options.MaxSendMessageSize = 2 * MessageLimit;
            options.ResponseCompressionAlgorithm = gzip ? "gzip" : null;
            options.ResponseCompressionLevel = CompressionLevel.Fastest;
        });
        _ = builder.Services.AddGrpcReflection().AddSingleton(Service).AddSingleton(Health);
        _host = builder.Build();
        _ = _host.MapGrpcService<TestService>();
        _ = _host.MapGrpcService<HealthServiceImpl>();
        _host.MapGrpcReflectionService();
    }

    public TestService Service { get; }

    public HealthServiceImpl Health { get; } = new();

    public string Socket => _folder.File("socket");

    public static async Task<GrpcServer> StartAsync(bool gzip = false)
    {
        GrpcServer server = new(gzip);
        await server._host.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource atOnce = new(TimeSpan.FromSeconds(2));
        await _host.StopAsync(atOnce.Token);
        await _host.DisposeAsync();
        _folder.Dispose();
    }
}
