using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Bulkhead.Specs;
using Bulkhead.Specs.Image;
using Bulkhead.Tests.Support;

namespace Bulkhead.Tests.Integration.Registry;

/// <summary>An image in the OCI's layout, for two platforms, with a small and a large layer that are compressed with gzip.</summary>
/// <remarks>image-spec 1.1, image-layout.md.</remarks>
internal static class TestImage
{
    private const int LargeBytes = 8_000_000;

    /// <summary>Writes the layout.</summary>
    /// <returns>Its path.</returns>
    internal static string Create(TemporaryFolder folder)
    {
        string layout = folder.Folder("layout");
        Directory.CreateDirectory(Path.Combine(layout, "blobs/sha256"));
        byte[] large = new byte[LargeBytes];
        new Random(1).NextBytes(large);
        (Descriptor, Digest)[] layers = [Layer(layout, "small", "hello\n"u8.ToArray()), Layer(layout, "large", large)];

        Descriptor[] manifests = [.. new[] { ("arm", "v7"), ("amd64", null) }.Select(name => Manifest(layout, layers, new Platform { Os = "linux", Architecture = name.Item1, Variant = name.Item2 }))];
        Descriptor index = Write(layout, MediaTypes.Index, SpecJson.Write(new Bulkhead.Specs.Image.Index { SchemaVersion = 2, MediaType = MediaTypes.Index, Manifests = manifests }));
        File.WriteAllText(Path.Combine(layout, "oci-layout"), """{"imageLayoutVersion": "1.0.0"}""");
        File.WriteAllBytes(Path.Combine(layout, "index.json"), SpecJson.Write(new Bulkhead.Specs.Image.Index { SchemaVersion = 2, Manifests = [index] }));
        return layout;
    }

    private static Descriptor Manifest(string layout, (Descriptor Blob, Digest DiffId)[] layers, Platform platform)
    {
        ImageDocument document = new()
        {
            Os = platform.Os,
            Architecture = platform.Architecture,
            Variant = platform.Variant,
            Config = new ImageConfig { Cmd = ["true"] },
            RootFs = new RootFs { Type = "layers", DiffIds = [.. layers.Select(layer => layer.DiffId)] },
        };
        Manifest manifest = new()
        {
            SchemaVersion = 2,
            MediaType = MediaTypes.Manifest,
            Config = Write(layout, MediaTypes.Config, SpecJson.Write(document)),
            Layers = [.. layers.Select(layer => layer.Blob)],
        };
        return Write(layout, MediaTypes.Manifest, SpecJson.Write(manifest)) with { Platform = platform };
    }

    private static (Descriptor Blob, Digest DiffId) Layer(string layout, string name, byte[] content)
    {
        using MemoryStream archive = new();
        using (TarWriter tar = new(archive, leaveOpen: true))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content), ModificationTime = DateTimeOffset.UnixEpoch });
        }

        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(archive.ToArray());
        }

        return (Write(layout, MediaTypes.LayerGzip, packed.ToArray()), Digest.Sha256(SHA256.HashData(archive.ToArray())));
    }

    private static Descriptor Write(string layout, string mediaType, byte[] content)
    {
        Digest digest = Digest.Sha256(SHA256.HashData(content));
        File.WriteAllBytes(Path.Combine(layout, "blobs/sha256", digest.Encoded), content);
        return new Descriptor { MediaType = mediaType, Digest = digest, Size = content.Length };
    }
}
