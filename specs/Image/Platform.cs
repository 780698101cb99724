using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Image;

/// <summary>The platform that an image runs on.</summary>
/// <remarks>image-spec 1.1, image-index.md, "Image Index Property Descriptions", platform.</remarks>
public sealed record Platform : IJsonObject<Platform>
{
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

    /// <summary>Reserved by the specification; in Docker's manifest lists, features of the processor.</summary>
    public string[]? Features { get; init; }

    static Platform IJsonObject<Platform>.Read(ref JsonObjectReader reader)
    {
        string? architecture = null;
        string? os = null;
        string? osVersion = null;
        string[]? osFeatures = null;
        string? variant = null;
        string[]? features = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("architecture"u8)) { architecture = reader.ReadString(); }
            else if (reader.Is("os"u8)) { os = reader.ReadString(); }
            else if (reader.Is("os.version"u8)) { osVersion = reader.ReadString(); }
            else if (reader.Is("os.features"u8)) { osFeatures = reader.ReadStrings(); }
            else if (reader.Is("variant"u8)) { variant = reader.ReadString(); }
            else if (reader.Is("features"u8)) { features = reader.ReadStrings(); }
            else { reader.SkipUnknown(); }
        }

        return new Platform
        {
            Architecture = architecture ?? throw reader.Missing("architecture"),
            Os = os ?? throw reader.Missing("os"),
            OsVersion = osVersion,
            OsFeatures = osFeatures,
            Variant = variant,
            Features = features,
        };
    }

    void IJsonObject<Platform>.Write(JsonObjectWriter writer)
    {
        writer.Write("architecture"u8, Architecture);
        writer.Write("os"u8, Os);
        writer.Write("os.version"u8, OsVersion);
        writer.Write("os.features"u8, OsFeatures);
        writer.Write("variant"u8, Variant);
        writer.Write("features"u8, Features);
    }
}
