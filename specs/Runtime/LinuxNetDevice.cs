using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A network device that is moved into the container.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Network Devices".</remarks>
public sealed record LinuxNetDevice : IJsonObject<LinuxNetDevice>
{
    /// <summary>Its name in the container; absent keeps the name.</summary>
    public string? Name { get; init; }

    static LinuxNetDevice IJsonObject<LinuxNetDevice>.Read(ref JsonObjectReader reader)
    {
        string? name = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8)) { name = reader.ReadString(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxNetDevice
        {
            Name = name,
        };
    }

    void IJsonObject<LinuxNetDevice>.Write(JsonObjectWriter writer)
    {
        writer.Write("name"u8, Name);
    }
}
