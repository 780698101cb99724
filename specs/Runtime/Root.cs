using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The container's root file system.</summary>
/// <remarks>runtime-spec 1.3, config.md, "Root".</remarks>
public sealed record Root : IJsonObject<Root>
{
    /// <summary>The directory, absolute or relative to the bundle.</summary>
    public required string Path { get; init; }

    /// <summary>Whether the container sees it read-only; absent means no.</summary>
    public bool? Readonly { get; init; }

    static Root IJsonObject<Root>.Read(ref JsonObjectReader reader)
    {
        string? path = null;
        bool? @readonly = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("path"u8)) { path = reader.ReadString(); }
            else if (reader.Is("readonly"u8)) { @readonly = reader.ReadBoolean(); }
            else { reader.SkipUnknown(); }
        }

        return new Root
        {
            Path = path ?? throw reader.Missing("path"),
            Readonly = @readonly,
        };
    }

    void IJsonObject<Root>.Write(JsonObjectWriter writer)
    {
        writer.Write("path"u8, Path);
        writer.Write("readonly"u8, Readonly);
    }
}
