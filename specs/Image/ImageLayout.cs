using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Image;

/// <summary>The file <c>oci-layout</c> of an image layout.</summary>
/// <remarks>image-spec 1.1, image-layout.md, "oci-layout file".</remarks>
public sealed record ImageLayout : IJsonObject<ImageLayout>
{
    /// <summary>The file's name.</summary>
    public const string FileName = "oci-layout";

    /// <summary>The version that is written.</summary>
    public const string CurrentVersion = "1.0.0";

    /// <summary>The layout's version: <see cref="CurrentVersion"/>.</summary>
    public required string ImageLayoutVersion { get; init; }

    static ImageLayout IJsonObject<ImageLayout>.Read(ref JsonObjectReader reader)
    {
        string? imageLayoutVersion = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("imageLayoutVersion"u8)) { imageLayoutVersion = reader.ReadString(); }
            else { reader.SkipUnknown(); }
        }

        return new ImageLayout
        {
            ImageLayoutVersion = imageLayoutVersion ?? throw reader.Missing("imageLayoutVersion"),
        };
    }

    void IJsonObject<ImageLayout>.Write(JsonObjectWriter writer)
    {
        writer.Write("imageLayoutVersion"u8, ImageLayoutVersion);
    }
}
