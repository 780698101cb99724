using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The NUMA memory policy of a process.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Memory Policy"; set_mempolicy(2).</remarks>
public sealed record LinuxMemoryPolicy : IJsonObject<LinuxMemoryPolicy>
{
    /// <summary>The mode.</summary>
    public required MemoryPolicyMode Mode { get; init; }

    /// <summary>The memory nodes, a list ("0-1"); absent or empty means none.</summary>
    public string? Nodes { get; init; }

    /// <summary>Flags of the mode.</summary>
    public MemoryPolicyFlag[]? Flags { get; init; }

    static LinuxMemoryPolicy IJsonObject<LinuxMemoryPolicy>.Read(ref JsonObjectReader reader)
    {
        MemoryPolicyMode? mode = null;
        string? nodes = null;
        MemoryPolicyFlag[]? flags = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("mode"u8)) { mode = reader.ReadEnum<MemoryPolicyMode, MemoryPolicyModeSpelling>(); }
            else if (reader.Is("nodes"u8)) { nodes = reader.ReadString(); }
            else if (reader.Is("flags"u8)) { flags = reader.ReadEnums<MemoryPolicyFlag, MemoryPolicyFlagSpelling>(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxMemoryPolicy
        {
            Mode = mode ?? throw reader.Missing("mode"),
            Nodes = nodes,
            Flags = flags,
        };
    }

    void IJsonObject<LinuxMemoryPolicy>.Write(JsonObjectWriter writer)
    {
        writer.WriteEnum<MemoryPolicyMode, MemoryPolicyModeSpelling>("mode"u8, Mode);
        writer.Write("nodes"u8, Nodes);
        writer.WriteEnums<MemoryPolicyFlag, MemoryPolicyFlagSpelling>("flags"u8, Flags);
    }
}
