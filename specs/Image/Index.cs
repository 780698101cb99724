using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Image;

/// <summary>A list of manifests, mostly one for a platform: an image index, or Docker's manifest list.</summary>
/// <remarks>image-spec 1.1, image-index.md.</remarks>
public sealed record Index : IJsonObject<Index>
{
    /// <summary>Always 2.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>What the document is; absent in some old ones.</summary>
    public string? MediaType { get; init; }

    /// <summary>What the artifact is.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The manifests.</summary>
    public required Descriptor[] Manifests { get; init; }

    /// <summary>The manifest that this one refers to.</summary>
    public Descriptor? Subject { get; init; }

    /// <summary>Metadata of any kind: <see cref="AnnotationKeys"/>, and others.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    static Index IJsonObject<Index>.Read(ref JsonObjectReader reader)
    {
        int? schemaVersion = null;
        string? mediaType = null;
        string? artifactType = null;
        Descriptor[]? manifests = null;
        Descriptor? subject = null;
        IReadOnlyDictionary<string, string>? annotations = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("schemaVersion"u8)) { schemaVersion = ReadSchemaVersion(ref reader); }
            else if (reader.Is("mediaType"u8)) { mediaType = reader.ReadString(); }
            else if (reader.Is("artifactType"u8)) { artifactType = reader.ReadString(); }
            else if (reader.Is("manifests"u8)) { manifests = reader.ReadArray<Descriptor>(); }
            else if (reader.Is("subject"u8)) { subject = reader.Read<Descriptor>(); }
            else if (reader.Is("annotations"u8)) { annotations = reader.ReadStringMap(); }
            // CVE-2021-41190: a document that is an index to one reader and a manifest to another has two contents.
            else if (reader.Is("config"u8) || reader.Is("layers"u8)) { throw reader.Refuse("not allowed in an image index"); }
            else { reader.SkipUnknown(); }
        }

        return new Index
        {
            SchemaVersion = schemaVersion ?? throw reader.Missing("schemaVersion"),
            MediaType = mediaType,
            ArtifactType = artifactType,
            Manifests = manifests ?? throw reader.Missing("manifests"),
            Subject = subject,
            Annotations = annotations,
        };
    }

    void IJsonObject<Index>.Write(JsonObjectWriter writer)
    {
        writer.Write("schemaVersion"u8, SchemaVersion);
        writer.Write("mediaType"u8, MediaType);
        writer.Write("artifactType"u8, ArtifactType);
        writer.WriteArray("manifests"u8, Manifests);
        writer.WriteObject("subject"u8, Subject);
        writer.Write("annotations"u8, Annotations);
    }

    private static int? ReadSchemaVersion(ref JsonObjectReader reader) =>
        reader.ReadInt32() is not { } version ? null : version == 2 ? version : throw reader.Refuse($"{version} is not 2");
}
