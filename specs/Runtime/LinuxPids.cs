using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The limit of tasks.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "PIDs".</remarks>
public sealed record LinuxPids : IJsonObject<LinuxPids>
{
    /// <summary>
    /// How many tasks there may be; -1 is no limit, 0 allows no further one, absent leaves it alone.
    /// </summary>
    public long? Limit { get; init; }

    static LinuxPids IJsonObject<LinuxPids>.Read(ref JsonObjectReader reader)
    {
        long? limit = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("limit"u8)) { limit = reader.ReadInt64(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxPids
        {
            Limit = limit,
        };
    }

    void IJsonObject<LinuxPids>.Write(JsonObjectWriter writer)
    {
        writer.Write("limit"u8, Limit);
    }
}
