using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>Which mounts beyond mount(2) a runtime supports.</summary>
/// <remarks>runtime-spec 1.3, features-linux.md, "MountExtensions".</remarks>
public sealed record MountExtensionsFeatures : IJsonObject<MountExtensionsFeatures>
{
    /// <summary>Id-mapped mounts.</summary>
    public IdmapFeatures? Idmap { get; init; }

    static MountExtensionsFeatures IJsonObject<MountExtensionsFeatures>.Read(ref JsonObjectReader reader)
    {
        IdmapFeatures? idmap = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("idmap"u8)) { idmap = reader.Read<IdmapFeatures>(); }
            else { reader.SkipUnknown(); }
        }

        return new MountExtensionsFeatures
        {
            Idmap = idmap,
        };
    }

    void IJsonObject<MountExtensionsFeatures>.Write(JsonObjectWriter writer)
    {
        writer.WriteObject("idmap"u8, Idmap);
    }
}
