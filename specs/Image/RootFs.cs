using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Image;

/// <summary>The diff IDs of an image's layers.</summary>
/// <remarks>image-spec 1.1, config.md, "Properties", rootfs.</remarks>
public sealed record RootFs : IJsonObject<RootFs>
{
    /// <summary>Always <c>layers</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The digest of each unpacked layer, the lowest first.</summary>
    public required Digest[] DiffIds { get; init; }

    static RootFs IJsonObject<RootFs>.Read(ref JsonObjectReader reader)
    {
        string? type = null;
        Digest[]? diffIds = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8)) { type = reader.ReadString(); }
            else if (reader.Is("diff_ids"u8)) { diffIds = reader.ReadDigests(); }
            else { reader.SkipUnknown(); }
        }

        return new RootFs
        {
            Type = type ?? throw reader.Missing("type"),
            DiffIds = diffIds ?? throw reader.Missing("diff_ids"),
        };
    }

    void IJsonObject<RootFs>.Write(JsonObjectWriter writer)
    {
        writer.Write("type"u8, Type);
        writer.Write("diff_ids"u8, DiffIds);
    }
}
