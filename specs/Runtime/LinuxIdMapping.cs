using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A range of ids of the container and the ids of the host that they stand for.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "User namespace mappings".</remarks>
public sealed record LinuxIdMapping : IJsonObject<LinuxIdMapping>
{
    /// <summary>The first id in the container.</summary>
    public required uint ContainerId { get; init; }

    /// <summary>The id on the host that it stands for.</summary>
    public required uint HostId { get; init; }

    /// <summary>How many ids.</summary>
    public required uint Size { get; init; }

    static LinuxIdMapping IJsonObject<LinuxIdMapping>.Read(ref JsonObjectReader reader)
    {
        uint? containerId = null;
        uint? hostId = null;
        uint? size = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("containerID"u8)) { containerId = reader.ReadUInt32(); }
            else if (reader.Is("hostID"u8)) { hostId = reader.ReadUInt32(); }
            else if (reader.Is("size"u8)) { size = reader.ReadUInt32(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxIdMapping
        {
            ContainerId = containerId ?? throw reader.Missing("containerID"),
            HostId = hostId ?? throw reader.Missing("hostID"),
            Size = size ?? throw reader.Missing("size"),
        };
    }

    void IJsonObject<LinuxIdMapping>.Write(JsonObjectWriter writer)
    {
        writer.Write("containerID"u8, ContainerId);
        writer.Write("hostID"u8, HostId);
        writer.Write("size"u8, Size);
    }
}
