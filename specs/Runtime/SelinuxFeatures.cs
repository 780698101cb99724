using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>Whether a runtime supports SELinux, whatever the host does.</summary>
/// <remarks>runtime-spec 1.3, features-linux.md, "SELinux".</remarks>
public sealed record SelinuxFeatures : IJsonObject<SelinuxFeatures>
{
    /// <summary>Whether it does.</summary>
    public bool? Enabled { get; init; }

    static SelinuxFeatures IJsonObject<SelinuxFeatures>.Read(ref JsonObjectReader reader)
    {
        bool? enabled = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("enabled"u8)) { enabled = reader.ReadBoolean(); }
            else { reader.SkipUnknown(); }
        }

        return new SelinuxFeatures
        {
            Enabled = enabled,
        };
    }

    void IJsonObject<SelinuxFeatures>.Write(JsonObjectWriter writer)
    {
        writer.Write("enabled"u8, Enabled);
    }
}
