using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The priority of a network interface's traffic.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Network", priorities.</remarks>
public sealed record LinuxInterfacePriority : IJsonObject<LinuxInterfacePriority>
{
    /// <summary>The interface's name in the runtime's network namespace.</summary>
    public required string Name { get; init; }

    /// <summary>The priority.</summary>
    public required uint Priority { get; init; }

    static LinuxInterfacePriority IJsonObject<LinuxInterfacePriority>.Read(ref JsonObjectReader reader)
    {
        string? name = null;
        uint? priority = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8)) { name = reader.ReadString(); }
            else if (reader.Is("priority"u8)) { priority = reader.ReadUInt32(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxInterfacePriority
        {
            Name = name ?? throw reader.Missing("name"),
            Priority = priority ?? throw reader.Missing("priority"),
        };
    }

    void IJsonObject<LinuxInterfacePriority>.Write(JsonObjectWriter writer)
    {
        writer.Write("name"u8, Name);
        writer.Write("priority"u8, Priority);
    }
}
