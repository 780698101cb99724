using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The size of a terminal.</summary>
/// <remarks>runtime-spec 1.3, config.md, "Process", consoleSize.</remarks>
public sealed record Box : IJsonObject<Box>
{
    /// <summary>Rows, in characters.</summary>
    public required uint Height { get; init; }

    /// <summary>Columns, in characters.</summary>
    public required uint Width { get; init; }

    static Box IJsonObject<Box>.Read(ref JsonObjectReader reader)
    {
        uint? height = null;
        uint? width = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("height"u8)) { height = reader.ReadUInt32(); }
            else if (reader.Is("width"u8)) { width = reader.ReadUInt32(); }
            else { reader.SkipUnknown(); }
        }

        return new Box
        {
            Height = height ?? throw reader.Missing("height"),
            Width = width ?? throw reader.Missing("width"),
        };
    }

    void IJsonObject<Box>.Write(JsonObjectWriter writer)
    {
        writer.Write("height"u8, Height);
        writer.Write("width"u8, Width);
    }
}
