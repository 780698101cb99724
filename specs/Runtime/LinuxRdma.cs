using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>Limits of an RDMA device; what is absent is not limited.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "RDMA".</remarks>
public sealed record LinuxRdma : IJsonObject<LinuxRdma>
{
    /// <summary>How many handles may be open.</summary>
    public uint? HcaHandles { get; init; }

    /// <summary>How many objects may exist.</summary>
    public uint? HcaObjects { get; init; }

    static LinuxRdma IJsonObject<LinuxRdma>.Read(ref JsonObjectReader reader)
    {
        uint? hcaHandles = null;
        uint? hcaObjects = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("hcaHandles"u8)) { hcaHandles = reader.ReadUInt32(); }
            else if (reader.Is("hcaObjects"u8)) { hcaObjects = reader.ReadUInt32(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxRdma
        {
            HcaHandles = hcaHandles,
            HcaObjects = hcaObjects,
        };
    }

    void IJsonObject<LinuxRdma>.Write(JsonObjectWriter writer)
    {
        writer.Write("hcaHandles"u8, HcaHandles);
        writer.Write("hcaObjects"u8, HcaObjects);
    }
}
