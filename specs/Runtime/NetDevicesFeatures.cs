using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>Whether a runtime moves network devices into the container.</summary>
/// <remarks>runtime-spec 1.3, features-linux.md, "Net Devices".</remarks>
public sealed record NetDevicesFeatures : IJsonObject<NetDevicesFeatures>
{
    /// <summary>Whether it does.</summary>
    public bool? Enabled { get; init; }

    static NetDevicesFeatures IJsonObject<NetDevicesFeatures>.Read(ref JsonObjectReader reader)
    {
        bool? enabled = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("enabled"u8)) { enabled = reader.ReadBoolean(); }
            else { reader.SkipUnknown(); }
        }

        return new NetDevicesFeatures
        {
            Enabled = enabled,
        };
    }

    void IJsonObject<NetDevicesFeatures>.Write(JsonObjectWriter writer)
    {
        writer.Write("enabled"u8, Enabled);
    }
}
