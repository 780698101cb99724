using System.Net.Http.Headers;
using Bulkhead.Manager.Core.Content;
using Bulkhead.Manager.Core.Errors;
using Bulkhead.Specs.Image;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>Gets manifests and blobs from registries.</summary>
/// <remarks>
/// <para>distribution-spec 1.1, "Pull". Everything is verified; a descriptor's <c>urls</c> are never followed. Any member may be called from any thread.</para>
/// <para>Errors: not found, denied, unavailable (tried often enough), corrupt (what came is not what was asked for), invalid (an option).</para>
/// </remarks>
public sealed class RegistryClient : IDisposable
{
    private const int BufferBytes = 128 * 1024;

    private static readonly string[] Accepted = [MediaTypes.Manifest, MediaTypes.Index, MediaTypes.DockerManifest, MediaTypes.DockerManifestList];

    private readonly RegistryOptions _options;
    private readonly TimeProvider _time;
    private readonly InsecureRegistries _insecure;
    private readonly RegistryTransport _transport;
    private readonly RegistryConnection _connection;
    private readonly Retries _retries;

    /// <summary>Makes a client.</summary>
    /// <exception cref="CoreException">Invalid: an option is not what it should be.</exception>
    public RegistryClient(RegistryOptions options, TimeProvider? time = null)
    {
        _options = options;
        _time = time ?? TimeProvider.System;
        _insecure = new InsecureRegistries(options.Insecure);
        _transport = new RegistryTransport(options, _insecure, _time);
        _connection = new RegistryConnection(_transport, new RegistryAuthorizer(options, _transport, _time));
        _retries = new Retries(options, _time);
    }

    /// <summary>Gets the manifest or index that a reference leads to: by its digest, or else by its tag.</summary>
    /// <exception cref="CoreException">As the class says.</exception>
    public Task<FetchedManifest> GetManifestAsync(ImageReference reference, CancellationToken cancellation)
    {
        ImageReference full = reference.WithDefaultTag();
        string operation = $"get manifest of \"{full.Familiar}\"";
        return AskAsync(full, operation, () => 0, async endpoint =>
        {
            string rest = $"manifests/{full.Digest?.ToString() ?? full.Tag}";
            using HttpResponseMessage answer = await _connection.GetAsync(endpoint, full.Path, rest, Accept, cancellation).ConfigureAwait(false);
            byte[] content = await _transport.ReadAsync(answer, _options.MostManifestBytes, cancellation).ConfigureAwait(false);
            return ManifestAnswer.Verify(answer, content, full.Digest);
        }, cancellation);
    }

    /// <summary>Gets a blob into the store, going on where <paramref name="writer"/> is; when it returns the blob is committed.</summary>
    /// <param name="reference">An image that has the blob.</param>
    /// <param name="writer">What takes it.</param>
    /// <param name="progress">Hears how many bytes there are, now and then.</param>
    /// <param name="cancellation">Ends it; what there is stays with the writer.</param>
    /// <exception cref="CoreException">As the class says.</exception>
    public Task GetBlobAsync(ImageReference reference, BlobWriter writer, IProgress<long>? progress, CancellationToken cancellation)
    {
        string operation = $"get blob \"{writer.Digest}\" of \"{reference.Familiar}\"";
        return AskAsync(reference, operation, () => writer.Offset, async endpoint =>
        {
            await DownloadAsync(endpoint, reference.Path, writer, progress, cancellation).ConfigureAwait(false);
            return true;
        }, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    private static void Accept(HttpRequestHeaders headers)
    {
        foreach (string type in Accepted)
        {
            headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
        }
    }

    private async Task<T> AskAsync<T>(ImageReference reference, string operation, Func<long> progress, Func<RegistryEndpoint, Task<T>> ask, CancellationToken cancellation)
    {
        List<RegistryEndpoint> endpoints = RegistryEndpoint.For(reference.Domain, _options, _insecure);
        for (int i = 0; ; i++)
        {
            RegistryEndpoint endpoint = endpoints[i];
            try
            {
                bool isPatient = endpoint.Kind != EndpointKind.Tentative;
                return await _retries.RunAsync(isPatient, () => ask(endpoint), progress, cancellation).ConfigureAwait(false);
            }
            catch (CoreException error) when (endpoint.Kind == EndpointKind.Mirror || IsUnreachable(endpoint, error))
            {
                // The next endpoint's answer is the one that counts.
            }
            catch (CoreException error)
            {
                throw new CoreException(error.Kind, $"{operation}: {error.Message}", error);
            }
        }
    }

    private static bool IsUnreachable(RegistryEndpoint endpoint, CoreException error) =>
        endpoint.Kind == EndpointKind.Tentative && error.InnerException is TransientException { IsUnreachable: true };

    private async Task DownloadAsync(RegistryEndpoint endpoint, string repository, BlobWriter writer, IProgress<long>? progress, CancellationToken cancellation)
    {
        bool isResumed = writer.Offset > 0;
        if (writer.Offset < writer.Size || writer.Size == 0)
        {
            await ReceiveAsync(endpoint, repository, writer, progress, cancellation).ConfigureAwait(false);
        }

        try
        {
            await writer.CommitAsync(cancellation).ConfigureAwait(false);
        }
        catch (CoreException error) when (error.Kind == ErrorKind.Corrupt && isResumed)
        {
            // What an earlier download left may have been damaged: once more, from the first byte.
            await ReceiveAsync(endpoint, repository, writer, progress, cancellation).ConfigureAwait(false);
            await writer.CommitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync(RegistryEndpoint endpoint, string repository, BlobWriter writer, IProgress<long>? progress, CancellationToken cancellation)
    {
        long offset = writer.Offset;
        using HttpResponseMessage answer = await _connection.GetAsync(
            endpoint, repository, $"blobs/{writer.Digest}", headers => headers.Range = offset > 0 ? new RangeHeaderValue(offset, null) : null, cancellation).ConfigureAwait(false);
        string host = answer.RequestMessage!.RequestUri!.Authority;
        BlobAnswer.Place(answer, writer, host);

        using Stream body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        using PacedReader reader = new(body, _options, _time, host, cancellation);
        byte[] buffer = new byte[BufferBytes];
        while (await reader.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var count)
        {
            writer.Write(buffer.AsSpan(0, count));
            progress?.Report(writer.Offset);
        }

        if (writer.Offset < writer.Size)
        {
            throw new TransientException($"host \"{host}\" ends the blob after {writer.Offset} of {writer.Size} bytes");
        }
    }
}
