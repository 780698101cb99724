using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>Whether a runtime supports Intel RDT, whatever the host does.</summary>
/// <remarks>runtime-spec 1.3, features-linux.md, "Intel RDT".</remarks>
public sealed record IntelRdtFeatures : IJsonObject<IntelRdtFeatures>
{
    /// <summary>Whether it does.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Whether <see cref="LinuxIntelRdt.Schemata"/> is supported.</summary>
    public bool? Schemata { get; init; }

    /// <summary>Whether <see cref="LinuxIntelRdt.EnableMonitoring"/> is supported.</summary>
    public bool? Monitoring { get; init; }

    static IntelRdtFeatures IJsonObject<IntelRdtFeatures>.Read(ref JsonObjectReader reader)
    {
        bool? enabled = null;
        bool? schemata = null;
        bool? monitoring = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("enabled"u8)) { enabled = reader.ReadBoolean(); }
            else if (reader.Is("schemata"u8)) { schemata = reader.ReadBoolean(); }
            else if (reader.Is("monitoring"u8)) { monitoring = reader.ReadBoolean(); }
            else { reader.SkipUnknown(); }
        }

        return new IntelRdtFeatures
        {
            Enabled = enabled,
            Schemata = schemata,
            Monitoring = monitoring,
        };
    }

    void IJsonObject<IntelRdtFeatures>.Write(JsonObjectWriter writer)
    {
        writer.Write("enabled"u8, Enabled);
        writer.Write("schemata"u8, Schemata);
        writer.Write("monitoring"u8, Monitoring);
    }
}
