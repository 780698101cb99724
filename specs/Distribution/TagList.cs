using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Distribution;

/// <summary>The tags of a repository.</summary>
/// <remarks>distribution-spec 1.1, spec.md, "Listing Tags".</remarks>
public sealed record TagList : IJsonObject<TagList>
{
    /// <summary>The repository's name.</summary>
    public required string Name { get; init; }

    /// <summary>The tags; absent or null, as registries answer for a repository without any, means none.</summary>
    public string[]? Tags { get; init; }

    static TagList IJsonObject<TagList>.Read(ref JsonObjectReader reader)
    {
        string? name = null;
        string[]? tags = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8)) { name = reader.ReadString(); }
            else if (reader.Is("tags"u8)) { tags = reader.ReadStrings(); }
            else { reader.SkipUnknown(); }
        }

        return new TagList
        {
            Name = name ?? throw reader.Missing("name"),
            Tags = tags,
        };
    }

    void IJsonObject<TagList>.Write(JsonObjectWriter writer)
    {
        writer.Write("name"u8, Name);
        writer.Write("tags"u8, Tags);
    }
}
