using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>An offset of a clock in a time namespace.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Offset for Time Namespace"; time_namespaces(7).</remarks>
public sealed record LinuxTimeOffset : IJsonObject<LinuxTimeOffset>
{
    /// <summary>Seconds; absent means 0.</summary>
    public long? Secs { get; init; }

    /// <summary>Nanoseconds to add; absent means 0.</summary>
    public uint? Nanosecs { get; init; }

    static LinuxTimeOffset IJsonObject<LinuxTimeOffset>.Read(ref JsonObjectReader reader)
    {
        long? secs = null;
        uint? nanosecs = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("secs"u8)) { secs = reader.ReadInt64(); }
            else if (reader.Is("nanosecs"u8)) { nanosecs = reader.ReadUInt32(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxTimeOffset
        {
            Secs = secs,
            Nanosecs = nanosecs,
        };
    }

    void IJsonObject<LinuxTimeOffset>.Write(JsonObjectWriter writer)
    {
        writer.Write("secs"u8, Secs);
        writer.Write("nanosecs"u8, Nanosecs);
    }
}
