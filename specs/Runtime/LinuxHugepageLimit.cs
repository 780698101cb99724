using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The limit of huge pages of a size.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Huge page limits".</remarks>
public sealed record LinuxHugepageLimit : IJsonObject<LinuxHugepageLimit>
{
    /// <summary>The page size: number, unit prefix and <c>B</c> ("2MB", "1GB").</summary>
    public required string PageSize { get; init; }

    /// <summary>Bytes that may be reserved or used.</summary>
    public required ulong Limit { get; init; }

    static LinuxHugepageLimit IJsonObject<LinuxHugepageLimit>.Read(ref JsonObjectReader reader)
    {
        string? pageSize = null;
        ulong? limit = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("pageSize"u8)) { pageSize = reader.ReadString(); }
            else if (reader.Is("limit"u8)) { limit = reader.ReadUInt64(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxHugepageLimit
        {
            PageSize = pageSize ?? throw reader.Missing("pageSize"),
            Limit = limit ?? throw reader.Missing("limit"),
        };
    }

    void IJsonObject<LinuxHugepageLimit>.Write(JsonObjectWriter writer)
    {
        writer.Write("pageSize"u8, PageSize);
        writer.Write("limit"u8, Limit);
    }
}
