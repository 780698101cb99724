using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>Whether a runtime supports AppArmor, whatever the host does.</summary>
/// <remarks>runtime-spec 1.3, features-linux.md, "AppArmor".</remarks>
public sealed record ApparmorFeatures : IJsonObject<ApparmorFeatures>
{
    /// <summary>Whether it does.</summary>
    public bool? Enabled { get; init; }

    static ApparmorFeatures IJsonObject<ApparmorFeatures>.Read(ref JsonObjectReader reader)
    {
        bool? enabled = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("enabled"u8)) { enabled = reader.ReadBoolean(); }
            else { reader.SkipUnknown(); }
        }

        return new ApparmorFeatures
        {
            Enabled = enabled,
        };
    }

    void IJsonObject<ApparmorFeatures>.Write(JsonObjectWriter writer)
    {
        writer.Write("enabled"u8, Enabled);
    }
}
