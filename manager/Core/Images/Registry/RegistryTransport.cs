using System.Net;
using System.Net.Security;
using Bulkhead.Manager.Core.Errors;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>Sends single requests, with the certificates, proxies and time limits that go for each host; follows nothing.</summary>
internal sealed class RegistryTransport(RegistryOptions options, InsecureRegistries insecure, TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HttpClient> _clients = []; // guarded by _gate

    /// <summary>Sends a request and waits for the head of its answer.</summary>
    /// <exception cref="TransientException">No connection, or no answer in time.</exception>
    /// <exception cref="CoreException">Denied: plain HTTP to a host that is not listed as insecure; unavailable: TLS fails.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        Uri address = request.RequestUri!;
        if (address.Scheme != "https" && (address.Scheme != "http" || !insecure.Contains(address)))
        {
            throw new CoreException(ErrorKind.Denied, $"host \"{address.Authority}\" would be spoken to without TLS and is not listed as insecure");
        }

        using CancellationTokenSource limit = new(options.AnswerLimit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await ClientOf(address).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException error)
        {
            bool isUnreachable = error.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;
            throw new TransientException($"host \"{address.Authority}\": {Innermost(error)}", inner: error) { IsUnreachable = isUnreachable };
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientException($"host \"{address.Authority}\" does not answer in {options.AnswerLimit.TotalSeconds:0.#} seconds", inner: error) { IsUnreachable = !limit.IsCancellationRequested };
        }
    }

    /// <summary>Reads the whole body of an answer, a document.</summary>
    /// <exception cref="TransientException">It breaks off, or does not come in time.</exception>
    /// <exception cref="CoreException">Corrupt: it is larger than <paramref name="mostBytes"/>.</exception>
    public async Task<byte[]> ReadAsync(HttpResponseMessage answer, int mostBytes, CancellationToken cancellation)
    {
        string host = answer.RequestMessage!.RequestUri!.Authority;
        using CancellationTokenSource limit = new(options.AnswerLimit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using Stream body = await answer.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false);
            using MemoryStream document = new();
            byte[] buffer = new byte[16 * 1024];
            while (await body.ReadAsync(buffer, either.Token).ConfigureAwait(false) is > 0 and var count)
            {
                document.Write(buffer, 0, count);
                if (document.Length > mostBytes)
                {
                    throw new CoreException(ErrorKind.Corrupt, $"host \"{host}\" answers with a document of more than {mostBytes} bytes");
                }
            }

            return document.ToArray();
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw new TransientException($"host \"{host}\": {Innermost(error)}", inner: error);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientException($"host \"{host}\" does not send a document in {options.AnswerLimit.TotalSeconds:0.#} seconds", inner: error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (HttpClient client in _clients.Values)
            {
                client.Dispose();
            }

            _clients.Clear();
        }
    }

    /// <summary>The first cause of an error, which the library puts last.</summary>
    internal static string Innermost(Exception error)
    {
        while (error.InnerException is not null)
        {
            error = error.InnerException;
        }

        return ReferenceGrammar.Clip(error.Message.TrimEnd('.'));
    }

    private HttpClient ClientOf(Uri address)
    {
        lock (_gate)
        {
            if (!_clients.TryGetValue(address.Authority, out HttpClient? client))
            {
                _clients.Add(address.Authority, client = Create(address));
            }

            return client;
        }
    }

    private HttpClient Create(Uri address)
    {
        HostCertificates certificates = HostCertificates.Read(options.CertificatesFolder, address, isVerified: !insecure.Contains(address));
        SocketsHttpHandler handler = new()
        {
            // Each step of a redirect is looked at first, and no answer is unpacked on the way to its digest.
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = options.ConnectLimit,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            MaxResponseHeadersLength = 64,
            Proxy = new EnvironmentProxy(Environment.GetEnvironmentVariable),
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = certificates.Client,
                RemoteCertificateValidationCallback = certificates.Validate,
            },
        };
        HttpClient client = new(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("bulkhead");
        return client;
    }
}
