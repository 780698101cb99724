using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>What a runtime knows of NUMA memory policies.</summary>
/// <remarks>runtime-spec 1.3, features-linux.md, "Memory Policy".</remarks>
public sealed record MemoryPolicyFeatures : IJsonObject<MemoryPolicyFeatures>
{
    /// <summary>The modes that are recognised.</summary>
    public string[]? Modes { get; init; }

    /// <summary>The flags that are recognised.</summary>
    public string[]? Flags { get; init; }

    static MemoryPolicyFeatures IJsonObject<MemoryPolicyFeatures>.Read(ref JsonObjectReader reader)
    {
        string[]? modes = null;
        string[]? flags = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("modes"u8)) { modes = reader.ReadStrings(); }
            else if (reader.Is("flags"u8)) { flags = reader.ReadStrings(); }
            else { reader.SkipUnknown(); }
        }

        return new MemoryPolicyFeatures
        {
            Modes = modes,
            Flags = flags,
        };
    }

    void IJsonObject<MemoryPolicyFeatures>.Write(JsonObjectWriter writer)
    {
        writer.Write("modes"u8, Modes);
        writer.Write("flags"u8, Flags);
    }
}
