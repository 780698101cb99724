using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Image;

/// <summary>What points to a blob: its media type, digest and size.</summary>
/// <remarks>image-spec 1.1, descriptor.md.</remarks>
public sealed record Descriptor : IJsonObject<Descriptor>
{
    /// <summary>What the blob is.</summary>
    public required string MediaType { get; init; }

    /// <summary>The blob's digest.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The blob's size in bytes; never negative.</summary>
    public required long Size { get; init; }

    /// <summary>Where else the blob can be had.</summary>
    public string[]? Urls { get; init; }

    /// <summary>Metadata of any kind: <see cref="AnnotationKeys"/>, and others.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>The blob itself, where it is small.</summary>
    public byte[]? Data { get; init; }

    /// <summary>What the artifact is that the blob, a manifest, describes.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The platform that the blob, a manifest or index, is for.</summary>
    public Platform? Platform { get; init; }

    static Descriptor IJsonObject<Descriptor>.Read(ref JsonObjectReader reader)
    {
        string? mediaType = null;
        Digest? digest = null;
        long? size = null;
        string[]? urls = null;
        IReadOnlyDictionary<string, string>? annotations = null;
        byte[]? data = null;
        string? artifactType = null;
        Platform? platform = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("mediaType"u8)) { mediaType = reader.ReadString(); }
            else if (reader.Is("digest"u8)) { digest = reader.ReadDigest(); }
            else if (reader.Is("size"u8)) { size = ReadSize(ref reader); }
            else if (reader.Is("urls"u8)) { urls = reader.ReadStrings(); }
            else if (reader.Is("annotations"u8)) { annotations = reader.ReadStringMap(); }
            else if (reader.Is("data"u8)) { data = reader.ReadBytes(); }
            else if (reader.Is("artifactType"u8)) { artifactType = reader.ReadString(); }
            else if (reader.Is("platform"u8)) { platform = reader.Read<Platform>(); }
            else { reader.SkipUnknown(); }
        }

        return new Descriptor
        {
            MediaType = mediaType ?? throw reader.Missing("mediaType"),
            Digest = digest ?? throw reader.Missing("digest"),
            Size = size ?? throw reader.Missing("size"),
            Urls = urls,
            Annotations = annotations,
            Data = data,
            ArtifactType = artifactType,
            Platform = platform,
        };
    }

    void IJsonObject<Descriptor>.Write(JsonObjectWriter writer)
    {
        writer.Write("mediaType"u8, MediaType);
        writer.Write("digest"u8, Digest);
        writer.Write("size"u8, Size);
        writer.Write("urls"u8, Urls);
        writer.Write("annotations"u8, Annotations);
        writer.Write("data"u8, Data);
        writer.Write("artifactType"u8, ArtifactType);
        writer.WriteObject("platform"u8, Platform);
    }

    private static long? ReadSize(ref JsonObjectReader reader) =>
        reader.ReadInt64() is not { } size ? null : size >= 0 ? size : throw reader.Refuse($"{size} is negative");
}
