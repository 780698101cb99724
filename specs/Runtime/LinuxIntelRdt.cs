using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>Intel RDT: shares of cache and memory bandwidth, by the resctrl file system.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "IntelRdt".</remarks>
public sealed record LinuxIntelRdt : IJsonObject<LinuxIntelRdt>
{
    /// <summary>The class of service; absent means the container's id.</summary>
    public string? ClosId { get; init; }

    /// <summary>Lines for the class's <c>schemata</c> file.</summary>
    public string[]? Schemata { get; init; }

    /// <summary>A line for the L3 cache.</summary>
    public string? L3CacheSchema { get; init; }

    /// <summary>A line for memory bandwidth, which starts with <c>MB:</c>.</summary>
    public string? MemBwSchema { get; init; }

    /// <summary>Whether the container gets a monitoring group.</summary>
    public bool? EnableMonitoring { get; init; }

    /// <summary>Of version 1.2 and before: whether cache occupancy is monitored.</summary>
    public bool? EnableCmt { get; init; }

    /// <summary>Of version 1.2 and before: whether memory bandwidth is monitored.</summary>
    public bool? EnableMbm { get; init; }

    static LinuxIntelRdt IJsonObject<LinuxIntelRdt>.Read(ref JsonObjectReader reader)
    {
        string? closId = null;
        string[]? schemata = null;
        string? l3CacheSchema = null;
        string? memBwSchema = null;
        bool? enableMonitoring = null;
        bool? enableCmt = null;
        bool? enableMbm = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("closID"u8)) { closId = reader.ReadString(); }
            else if (reader.Is("schemata"u8)) { schemata = reader.ReadStrings(); }
            else if (reader.Is("l3CacheSchema"u8)) { l3CacheSchema = reader.ReadString(); }
            else if (reader.Is("memBwSchema"u8)) { memBwSchema = reader.ReadString(); }
            else if (reader.Is("enableMonitoring"u8)) { enableMonitoring = reader.ReadBoolean(); }
            else if (reader.Is("enableCMT"u8)) { enableCmt = reader.ReadBoolean(); }
            else if (reader.Is("enableMBM"u8)) { enableMbm = reader.ReadBoolean(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxIntelRdt
        {
            ClosId = closId,
            Schemata = schemata,
            L3CacheSchema = l3CacheSchema,
            MemBwSchema = memBwSchema,
            EnableMonitoring = enableMonitoring,
            EnableCmt = enableCmt,
            EnableMbm = enableMbm,
        };
    }

    void IJsonObject<LinuxIntelRdt>.Write(JsonObjectWriter writer)
    {
        writer.Write("closID"u8, ClosId);
        writer.Write("schemata"u8, Schemata);
        writer.Write("l3CacheSchema"u8, L3CacheSchema);
        writer.Write("memBwSchema"u8, MemBwSchema);
        writer.Write("enableMonitoring"u8, EnableMonitoring);
        writer.Write("enableCMT"u8, EnableCmt);
        writer.Write("enableMBM"u8, EnableMbm);
    }
}
