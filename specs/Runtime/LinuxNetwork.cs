using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>Class and priorities of network traffic (cgroup v1).</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Network".</remarks>
public sealed record LinuxNetwork : IJsonObject<LinuxNetwork>
{
    /// <summary>The class of the container's packets for traffic control.</summary>
    public uint? ClassId { get; init; }

    /// <summary>Priorities, by interface.</summary>
    public LinuxInterfacePriority[]? Priorities { get; init; }

    static LinuxNetwork IJsonObject<LinuxNetwork>.Read(ref JsonObjectReader reader)
    {
        uint? classId = null;
        LinuxInterfacePriority[]? priorities = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("classID"u8)) { classId = reader.ReadUInt32(); }
            else if (reader.Is("priorities"u8)) { priorities = reader.ReadArray<LinuxInterfacePriority>(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxNetwork
        {
            ClassId = classId,
            Priorities = priorities,
        };
    }

    void IJsonObject<LinuxNetwork>.Write(JsonObjectWriter writer)
    {
        writer.Write("classID"u8, ClassId);
        writer.WriteArray("priorities"u8, Priorities);
    }
}
