using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>Weights and limits of block I/O.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Block IO".</remarks>
public sealed record LinuxBlockIo : IJsonObject<LinuxBlockIo>
{
    /// <summary>The weight against other cgroups, 10 to 1000.</summary>
    public ushort? Weight { get; init; }

    /// <summary>The weight of the cgroup's own tasks against its child cgroups (CFQ only).</summary>
    public ushort? LeafWeight { get; init; }

    /// <summary>Weights for single devices.</summary>
    public LinuxWeightDevice[]? WeightDevice { get; init; }

    /// <summary>Limits of reading, bytes a second.</summary>
    public LinuxThrottleDevice[]? ThrottleReadBpsDevice { get; init; }

    /// <summary>Limits of writing, bytes a second.</summary>
    public LinuxThrottleDevice[]? ThrottleWriteBpsDevice { get; init; }

    /// <summary>Limits of reading, operations a second.</summary>
    public LinuxThrottleDevice[]? ThrottleReadIopsDevice { get; init; }

    /// <summary>Limits of writing, operations a second.</summary>
    public LinuxThrottleDevice[]? ThrottleWriteIopsDevice { get; init; }

    static LinuxBlockIo IJsonObject<LinuxBlockIo>.Read(ref JsonObjectReader reader)
    {
        ushort? weight = null;
        ushort? leafWeight = null;
        LinuxWeightDevice[]? weightDevice = null;
        LinuxThrottleDevice[]? throttleReadBpsDevice = null;
        LinuxThrottleDevice[]? throttleWriteBpsDevice = null;
        LinuxThrottleDevice[]? throttleReadIopsDevice = null;
        LinuxThrottleDevice[]? throttleWriteIopsDevice = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("weight"u8)) { weight = reader.ReadUInt16(); }
            else if (reader.Is("leafWeight"u8)) { leafWeight = reader.ReadUInt16(); }
            else if (reader.Is("weightDevice"u8)) { weightDevice = reader.ReadArray<LinuxWeightDevice>(); }
            else if (reader.Is("throttleReadBpsDevice"u8)) { throttleReadBpsDevice = reader.ReadArray<LinuxThrottleDevice>(); }
            else if (reader.Is("throttleWriteBpsDevice"u8)) { throttleWriteBpsDevice = reader.ReadArray<LinuxThrottleDevice>(); }
            else if (reader.Is("throttleReadIOPSDevice"u8)) { throttleReadIopsDevice = reader.ReadArray<LinuxThrottleDevice>(); }
            else if (reader.Is("throttleWriteIOPSDevice"u8)) { throttleWriteIopsDevice = reader.ReadArray<LinuxThrottleDevice>(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxBlockIo
        {
            Weight = weight,
            LeafWeight = leafWeight,
            WeightDevice = weightDevice,
            ThrottleReadBpsDevice = throttleReadBpsDevice,
            ThrottleWriteBpsDevice = throttleWriteBpsDevice,
            ThrottleReadIopsDevice = throttleReadIopsDevice,
            ThrottleWriteIopsDevice = throttleWriteIopsDevice,
        };
    }

    void IJsonObject<LinuxBlockIo>.Write(JsonObjectWriter writer)
    {
        writer.Write("weight"u8, Weight);
        writer.Write("leafWeight"u8, LeafWeight);
        writer.WriteArray("weightDevice"u8, WeightDevice);
        writer.WriteArray("throttleReadBpsDevice"u8, ThrottleReadBpsDevice);
        writer.WriteArray("throttleWriteBpsDevice"u8, ThrottleWriteBpsDevice);
        writer.WriteArray("throttleReadIOPSDevice"u8, ThrottleReadIopsDevice);
        writer.WriteArray("throttleWriteIOPSDevice"u8, ThrottleWriteIopsDevice);
    }
}
