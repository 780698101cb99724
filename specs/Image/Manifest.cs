using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Image;

/// <summary>The configuration and layers of an image for one platform, or the content of another artifact.</summary>
/// <remarks>image-spec 1.1, manifest.md.</remarks>
public sealed record Manifest : IJsonObject<Manifest>
{
    /// <summary>Always 2.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>What the document is; absent in some old ones.</summary>
    public string? MediaType { get; init; }

    /// <summary>What the artifact is, where that is not said by the configuration.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The configuration, an <see cref="ImageDocument"/> if its media type says so.</summary>
    public required Descriptor Config { get; init; }

    /// <summary>The layers, the lowest first.</summary>
    public required Descriptor[] Layers { get; init; }

    /// <summary>The manifest that this one refers to.</summary>
    public Descriptor? Subject { get; init; }

    /// <summary>Metadata of any kind: <see cref="AnnotationKeys"/>, and others.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    static Manifest IJsonObject<Manifest>.Read(ref JsonObjectReader reader)
    {
        int? schemaVersion = null;
        string? mediaType = null;
        string? artifactType = null;
        Descriptor? config = null;
        Descriptor[]? layers = null;
        Descriptor? subject = null;
        IReadOnlyDictionary<string, string>? annotations = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("schemaVersion"u8)) { schemaVersion = ReadSchemaVersion(ref reader); }
            else if (reader.Is("mediaType"u8)) { mediaType = reader.ReadString(); }
            else if (reader.Is("artifactType"u8)) { artifactType = reader.ReadString(); }
            else if (reader.Is("config"u8)) { config = reader.Read<Descriptor>(); }
            else if (reader.Is("layers"u8)) { layers = reader.ReadArray<Descriptor>(); }
            else if (reader.Is("subject"u8)) { subject = reader.Read<Descriptor>(); }
            else if (reader.Is("annotations"u8)) { annotations = reader.ReadStringMap(); }
            // CVE-2021-41190: a document that is a manifest to one reader and an index to another has two contents.
            else if (reader.Is("manifests"u8)) { throw reader.Refuse("not allowed in an image manifest"); }
            else { reader.SkipUnknown(); }
        }

        return new Manifest
        {
            SchemaVersion = schemaVersion ?? throw reader.Missing("schemaVersion"),
            MediaType = mediaType,
            ArtifactType = artifactType,
            Config = config ?? throw reader.Missing("config"),
            Layers = layers ?? throw reader.Missing("layers"),
            Subject = subject,
            Annotations = annotations,
        };
    }

    void IJsonObject<Manifest>.Write(JsonObjectWriter writer)
    {
        writer.Write("schemaVersion"u8, SchemaVersion);
        writer.Write("mediaType"u8, MediaType);
        writer.Write("artifactType"u8, ArtifactType);
        writer.WriteObject("config"u8, Config);
        writer.WriteArray("layers"u8, Layers);
        writer.WriteObject("subject"u8, Subject);
        writer.Write("annotations"u8, Annotations);
    }

    private static int? ReadSchemaVersion(ref JsonObjectReader reader) =>
        reader.ReadInt32() is not { } version ? null : version == 2 ? version : throw reader.Refuse($"{version} is not 2");
}
