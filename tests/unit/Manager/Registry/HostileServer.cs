using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Bulkhead.Tests.Unit.Manager.Registry;

/// <summary>A server on this machine that answers just as a test says, byte by byte if it has to be.</summary>
internal sealed class HostileServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<HostileRequest, Task> _handler;

    internal HostileServer(Func<HostileRequest, Task> handler)
    {
        _handler = handler;
        _listener.Start();
        _ = ListenAsync();
    }

    /// <summary>Its address and port.</summary>
    internal string Authority => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>What it was asked for: the target of each request, and what it says of authorization and range.</summary>
    internal ConcurrentQueue<HostileRequest> Requests { get; } = [];

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
        _end.Dispose();
    }

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using TcpClient connection = client;
        try
        {
            NetworkStream stream = connection.GetStream();
            using StreamReader reader = new(stream, Encoding.ASCII, leaveOpen: true);
            if (await reader.ReadLineAsync(_end.Token) is not { } line || line.StartsWith('\u0016'))
            {
                return;
            }

            Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
            while (await reader.ReadLineAsync(_end.Token) is { Length: > 0 } header)
            {
                int colon = header.IndexOf(':', StringComparison.Ordinal);
                headers[header[..colon]] = header[(colon + 1)..].Trim();
            }

            // What begins a TLS connection is no request: closed, as plain servers do.
            if (line.StartsWith("GET ", StringComparison.Ordinal))
            {
                HostileRequest request = new(line.Split(' ')[1], headers, stream, _end.Token);
                Requests.Enqueue(request);
                await _handler(request);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException or ArgumentOutOfRangeException)
        {
            // The client has gone, or the test.
        }
    }
}

/// <summary>A request, and the way to answer it.</summary>
internal sealed record HostileRequest(string Target, IReadOnlyDictionary<string, string> Headers, Stream Stream, CancellationToken End)
{
    internal string? Authorization => Headers.GetValueOrDefault("Authorization");

    internal string? Range => Headers.GetValueOrDefault("Range");

    internal Task AnswerAsync(string status, string body = "", params string[] headers) => AnswerAsync(status, Encoding.UTF8.GetBytes(body), headers);

    internal async Task AnswerAsync(string status, byte[] body, params string[] headers)
    {
        await HeadAsync(status, [.. headers, $"Content-Length: {body.Length}"]);
        await Stream.WriteAsync(body, End);
    }

    internal async Task HeadAsync(string status, params string[] headers) =>
        await Stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}Connection: close\r\n\r\n"), End);
}
