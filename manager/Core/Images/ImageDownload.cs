using Bulkhead.Manager.Core.Content;
using Bulkhead.Manager.Core.Errors;
using Bulkhead.Manager.Core.Images.Registry;
using Bulkhead.Specs;
using Bulkhead.Specs.Image;

namespace Bulkhead.Manager.Core.Images;

/// <summary>An image's documents, whose blobs are all in the store.</summary>
/// <param name="Target">What the reference leads to: a manifest or an index.</param>
/// <param name="Manifest">The manifest for the platform.</param>
/// <param name="Document">The image's configuration.</param>
public sealed record DownloadedImage(Descriptor Target, Manifest Manifest, ImageDocument Document);

/// <summary>Brings an image from a registry into the store: every blob of one platform, then the manifest that names them.</summary>
public sealed class ImageDownload(RegistryClient registry, BlobStore blobs)
{
    private const int MostIndexes = 4;
    private const int MostLayers = 1000;
    private const int AtOnce = 3;

    /// <summary>Downloads an image; blobs that are there are left alone.</summary>
    /// <param name="reference">Which.</param>
    /// <param name="platform">For what.</param>
    /// <param name="progress">Hears how many bytes of which blob there are; from any thread.</param>
    /// <param name="cancellation">Ends it; the next download goes on with what there is.</param>
    /// <exception cref="CoreException">As <see cref="RegistryClient"/>; not found, too: it is not for this platform.</exception>
    public async Task<DownloadedImage> RunAsync(ImageReference reference, Platform platform, Action<Descriptor, long>? progress, CancellationToken cancellation)
    {
        reference = reference.WithDefaultTag();
        FetchedManifest fetched = await registry.GetManifestAsync(reference, cancellation).ConfigureAwait(false);
        List<FetchedManifest> path = [fetched];
        while (fetched.IsIndex)
        {
            Descriptor next = Choose(reference, fetched, platform, path.Count);
            fetched = await registry.GetManifestAsync(reference.WithDigest(next.Digest), cancellation).ConfigureAwait(false);
            if (fetched.Descriptor.MediaType != next.MediaType || fetched.Descriptor.Size != next.Size)
            {
                throw Corrupt(reference, $"its index says that \"{next.Digest}\" is a {next.MediaType} of {next.Size} bytes, and it is a {fetched.Descriptor.MediaType} of {fetched.Descriptor.Size}");
            }

            path.Add(fetched);
        }

        Manifest manifest = Read<Manifest>(reference, fetched.Content);
        ImageDocument document = await DownloadAllAsync(reference, manifest, platform, progress, cancellation).ConfigureAwait(false);

        // What names others comes after them: a manifest in the store has all that it names.
        for (int i = path.Count - 1; i >= 0; i--)
        {
            await blobs.AddAsync(path[i].Descriptor.Digest, path[i].Content, cancellation).ConfigureAwait(false);
        }

        return new DownloadedImage(path[0].Descriptor, manifest, document);
    }

    private static Descriptor Choose(ImageReference reference, FetchedManifest fetched, Platform platform, int indexes)
    {
        if (indexes > MostIndexes)
        {
            throw Corrupt(reference, $"more than {MostIndexes} indexes lie one in another");
        }

        Bulkhead.Specs.Image.Index index = Read<Bulkhead.Specs.Image.Index>(reference, fetched.Content);
        return PlatformChoice.Choose(index.Manifests, platform)
            ?? throw new CoreException(ErrorKind.NotFound, $"pull \"{reference.Familiar}\": it is not for {Name(platform)}, but for {Offered(index)}");
    }

    private static string Offered(Bulkhead.Specs.Image.Index index)
    {
        string[] offered = [.. index.Manifests.Where(entry => entry.Platform is { Os: not "unknown" }).Take(20).Select(entry => Name(entry.Platform!))];
        return offered.Length == 0 ? "nothing" : ReferenceGrammar.Clip(string.Join(", ", offered));
    }

    private static string Name(Platform platform) => $"{platform.Os}/{platform.Architecture}{(platform.Variant is { Length: > 0 } variant ? $"/{variant}" : "")}";

    private async Task<ImageDocument> DownloadAllAsync(ImageReference reference, Manifest manifest, Platform platform, Action<Descriptor, long>? progress, CancellationToken cancellation)
    {
        if (manifest.Layers.Length > MostLayers)
        {
            throw Corrupt(reference, $"it has {manifest.Layers.Length} layers, more than {MostLayers}");
        }

        // The configuration first: whether it is an image for this platform is worth knowing before the layers come.
        await DownloadAsync(reference, manifest.Config, progress, cancellation).ConfigureAwait(false);
        ImageDocument document = ReadDocument(reference, manifest, platform);
        await Parallel.ForEachAsync(
            manifest.Layers.DistinctBy(layer => layer.Digest),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (layer, token) => await DownloadAsync(reference, layer, progress, token).ConfigureAwait(false)).ConfigureAwait(false);
        return document;
    }

    private ImageDocument ReadDocument(ImageReference reference, Manifest manifest, Platform platform)
    {
        if (manifest.Config.MediaType is not (MediaTypes.Config or MediaTypes.DockerConfig))
        {
            throw new CoreException(ErrorKind.Invalid, $"pull \"{reference.Familiar}\": it is no image to run, its configuration is a \"{ReferenceGrammar.Clip(manifest.Config.MediaType)}\"");
        }

        ImageDocument document = Read<ImageDocument>(reference, blobs.Read(manifest.Config.Digest, SpecJson.MaxDocumentBytes));
        Platform made = new() { Os = document.Os, Architecture = document.Architecture, Variant = document.Variant };
        return !PlatformChoice.Runs(made, platform) ? throw new CoreException(ErrorKind.NotFound, $"pull \"{reference.Familiar}\": it is not for {Name(platform)}, but for {ReferenceGrammar.Clip(Name(made))}")
            : document.RootFs.DiffIds.Length != manifest.Layers.Length ? throw Corrupt(reference, $"it has {manifest.Layers.Length} layers, and its configuration speaks of {document.RootFs.DiffIds.Length}")
            : document;
    }

    private async Task DownloadAsync(ImageReference reference, Descriptor blob, Action<Descriptor, long>? progress, CancellationToken cancellation)
    {
        using BlobWriter? writer = await blobs.BeginAsync(blob.Digest, blob.Size, cancellation).ConfigureAwait(false);
        if (writer is not null)
        {
            await registry.GetBlobAsync(reference, writer, progress is null ? null : new BlobProgress(blob, progress), cancellation).ConfigureAwait(false);
        }

        progress?.Invoke(blob, blob.Size);
    }

    private static T Read<T>(ImageReference reference, byte[] content) where T : class, Specs.Json.IJsonObject<T>
    {
        try
        {
            return SpecJson.Read<T>(content);
        }
        catch (SpecException error)
        {
            throw Corrupt(reference, error.Message, error);
        }
    }

    private static CoreException Corrupt(ImageReference reference, string cause, Exception? error = null) =>
        new(ErrorKind.Corrupt, $"pull \"{reference.Familiar}\": {cause}", error);

    private sealed class BlobProgress(Descriptor blob, Action<Descriptor, long> progress) : IProgress<long>
    {
        public void Report(long value) => progress(blob, value);
    }
}
