using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Image;

/// <summary>
/// An image's configuration, the document that a manifest's <see cref="Manifest.Config"/> points to.
/// </summary>
/// <remarks>image-spec 1.1, config.md.</remarks>
public sealed record ImageDocument : IJsonObject<ImageDocument>
{
    /// <summary>When the image was made, RFC 3339 with up to nanoseconds, kept as it is written.</summary>
    public string? Created { get; init; }

    /// <summary>Who made it.</summary>
    public string? Author { get; init; }

    /// <summary>The processor, in Go's words: <c>amd64</c>, <c>arm64</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>The operating system, in Go's words: <c>linux</c>.</summary>
    public required string Os { get; init; }

    /// <summary>The operating system's version, for Windows.</summary>
    public string? OsVersion { get; init; }

    /// <summary>Features of the operating system that are needed, for Windows.</summary>
    public string[]? OsFeatures { get; init; }

    /// <summary>The variant of the processor: <c>v7</c>.</summary>
    public string? Variant { get; init; }

    /// <summary>How a container of the image is run if nothing else is said.</summary>
    public ImageConfig? Config { get; init; }

    /// <summary>The layers' diff IDs.</summary>
    public required RootFs RootFs { get; init; }

    /// <summary>How each layer came to be.</summary>
    public History[]? History { get; init; }

    static ImageDocument IJsonObject<ImageDocument>.Read(ref JsonObjectReader reader)
    {
        string? created = null;
        string? author = null;
        string? architecture = null;
        string? os = null;
        string? osVersion = null;
        string[]? osFeatures = null;
        string? variant = null;
        ImageConfig? config = null;
        RootFs? rootFs = null;
        History[]? history = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("created"u8)) { created = reader.ReadString(); }
            else if (reader.Is("author"u8)) { author = reader.ReadString(); }
            else if (reader.Is("architecture"u8)) { architecture = reader.ReadString(); }
            else if (reader.Is("os"u8)) { os = reader.ReadString(); }
            else if (reader.Is("os.version"u8)) { osVersion = reader.ReadString(); }
            else if (reader.Is("os.features"u8)) { osFeatures = reader.ReadStrings(); }
            else if (reader.Is("variant"u8)) { variant = reader.ReadString(); }
            else if (reader.Is("config"u8)) { config = reader.Read<ImageConfig>(); }
            else if (reader.Is("rootfs"u8)) { rootFs = reader.Read<RootFs>(); }
            else if (reader.Is("history"u8)) { history = reader.ReadArray<History>(); }
            else { reader.SkipUnknown(); }
        }

        return new ImageDocument
        {
            Created = created,
            Author = author,
            Architecture = architecture ?? throw reader.Missing("architecture"),
            Os = os ?? throw reader.Missing("os"),
            OsVersion = osVersion,
            OsFeatures = osFeatures,
            Variant = variant,
            Config = config,
            RootFs = rootFs ?? throw reader.Missing("rootfs"),
            History = history,
        };
    }

    void IJsonObject<ImageDocument>.Write(JsonObjectWriter writer)
    {
        writer.Write("created"u8, Created);
        writer.Write("author"u8, Author);
        writer.Write("architecture"u8, Architecture);
        writer.Write("os"u8, Os);
        writer.Write("os.version"u8, OsVersion);
        writer.Write("os.features"u8, OsFeatures);
        writer.Write("variant"u8, Variant);
        writer.WriteObject("config"u8, Config);
        writer.WriteObject("rootfs"u8, RootFs);
        writer.WriteArray("history"u8, History);
    }
}
