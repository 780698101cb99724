using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The weights of a block device.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Block IO", weightDevice.</remarks>
public sealed record LinuxWeightDevice : IJsonObject<LinuxWeightDevice>
{
    /// <summary>The device's major number.</summary>
    public required long Major { get; init; }

    /// <summary>The device's minor number.</summary>
    public required long Minor { get; init; }

    /// <summary>The weight; this or <see cref="LeafWeight"/> is given.</summary>
    public ushort? Weight { get; init; }

    /// <summary>The weight against child cgroups (CFQ only).</summary>
    public ushort? LeafWeight { get; init; }

    static LinuxWeightDevice IJsonObject<LinuxWeightDevice>.Read(ref JsonObjectReader reader)
    {
        long? major = null;
        long? minor = null;
        ushort? weight = null;
        ushort? leafWeight = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("major"u8)) { major = reader.ReadInt64(); }
            else if (reader.Is("minor"u8)) { minor = reader.ReadInt64(); }
            else if (reader.Is("weight"u8)) { weight = reader.ReadUInt16(); }
            else if (reader.Is("leafWeight"u8)) { leafWeight = reader.ReadUInt16(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxWeightDevice
        {
            Major = major ?? throw reader.Missing("major"),
            Minor = minor ?? throw reader.Missing("minor"),
            Weight = weight,
            LeafWeight = leafWeight,
        };
    }

    void IJsonObject<LinuxWeightDevice>.Write(JsonObjectWriter writer)
    {
        writer.Write("major"u8, Major);
        writer.Write("minor"u8, Minor);
        writer.Write("weight"u8, Weight);
        writer.Write("leafWeight"u8, LeafWeight);
    }
}
