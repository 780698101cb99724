using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The limit of a block device.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Block IO".</remarks>
public sealed record LinuxThrottleDevice : IJsonObject<LinuxThrottleDevice>
{
    /// <summary>The device's major number.</summary>
    public required long Major { get; init; }

    /// <summary>The device's minor number.</summary>
    public required long Minor { get; init; }

    /// <summary>Bytes or operations a second.</summary>
    public required ulong Rate { get; init; }

    static LinuxThrottleDevice IJsonObject<LinuxThrottleDevice>.Read(ref JsonObjectReader reader)
    {
        long? major = null;
        long? minor = null;
        ulong? rate = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("major"u8)) { major = reader.ReadInt64(); }
            else if (reader.Is("minor"u8)) { minor = reader.ReadInt64(); }
            else if (reader.Is("rate"u8)) { rate = reader.ReadUInt64(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxThrottleDevice
        {
            Major = major ?? throw reader.Missing("major"),
            Minor = minor ?? throw reader.Missing("minor"),
            Rate = rate ?? throw reader.Missing("rate"),
        };
    }

    void IJsonObject<LinuxThrottleDevice>.Write(JsonObjectWriter writer)
    {
        writer.Write("major"u8, Major);
        writer.Write("minor"u8, Minor);
        writer.Write("rate"u8, Rate);
    }
}
