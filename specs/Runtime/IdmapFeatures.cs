using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>Whether a runtime supports id-mapped mounts, whatever the host does.</summary>
/// <remarks>runtime-spec 1.3, features-linux.md, "MountExtensions", idmap.</remarks>
public sealed record IdmapFeatures : IJsonObject<IdmapFeatures>
{
    /// <summary>Whether it does.</summary>
    public bool? Enabled { get; init; }

    static IdmapFeatures IJsonObject<IdmapFeatures>.Read(ref JsonObjectReader reader)
    {
        bool? enabled = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("enabled"u8)) { enabled = reader.ReadBoolean(); }
            else { reader.SkipUnknown(); }
        }

        return new IdmapFeatures
        {
            Enabled = enabled,
        };
    }

    void IJsonObject<IdmapFeatures>.Write(JsonObjectWriter writer)
    {
        writer.Write("enabled"u8, Enabled);
    }
}
