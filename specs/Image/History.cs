using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Image;

/// <summary>How a layer came to be.</summary>
/// <remarks>image-spec 1.1, config.md, "Properties", history.</remarks>
public sealed record History : IJsonObject<History>
{
    /// <summary>When, RFC 3339 with up to nanoseconds, kept as it is written.</summary>
    public string? Created { get; init; }

    /// <summary>Who made it.</summary>
    public string? Author { get; init; }

    /// <summary>The command that made it.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>A remark.</summary>
    public string? Comment { get; init; }

    /// <summary>Whether it changed no file and so has no layer.</summary>
    public bool? EmptyLayer { get; init; }

    static History IJsonObject<History>.Read(ref JsonObjectReader reader)
    {
        string? created = null;
        string? author = null;
        string? createdBy = null;
        string? comment = null;
        bool? emptyLayer = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("created"u8)) { created = reader.ReadString(); }
            else if (reader.Is("author"u8)) { author = reader.ReadString(); }
            else if (reader.Is("created_by"u8)) { createdBy = reader.ReadString(); }
            else if (reader.Is("comment"u8)) { comment = reader.ReadString(); }
            else if (reader.Is("empty_layer"u8)) { emptyLayer = reader.ReadBoolean(); }
            else { reader.SkipUnknown(); }
        }

        return new History
        {
            Created = created,
            Author = author,
            CreatedBy = createdBy,
            Comment = comment,
            EmptyLayer = emptyLayer,
        };
    }

    void IJsonObject<History>.Write(JsonObjectWriter writer)
    {
        writer.Write("created"u8, Created);
        writer.Write("author"u8, Author);
        writer.Write("created_by"u8, CreatedBy);
        writer.Write("comment"u8, Comment);
        writer.Write("empty_layer"u8, EmptyLayer);
    }
}
