using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A mode of the NUMA memory policy.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Memory Policy"; set_mempolicy(2).</remarks>
public enum MemoryPolicyMode
{
    /// <summary>The system's own policy.</summary>
    Default,

    /// <summary>Only from the nodes.</summary>
    Bind,

    /// <summary>From the nodes in turn.</summary>
    Interleave,

    /// <summary>From the nodes in turn, by their weights.</summary>
    WeightedInterleave,

    /// <summary>From one node as long as it has some.</summary>
    Preferred,

    /// <summary>From the nodes as long as they have some.</summary>
    PreferredMany,

    /// <summary>From the node of the CPU.</summary>
    Local,
}

/// <summary>How the specification spells each <see cref="MemoryPolicyMode"/>.</summary>
public readonly struct MemoryPolicyModeSpelling : ISpelling<MemoryPolicyMode>
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Of(MemoryPolicyMode value) => value switch
    {
        MemoryPolicyMode.Default => "MPOL_DEFAULT"u8,
        MemoryPolicyMode.Bind => "MPOL_BIND"u8,
        MemoryPolicyMode.Interleave => "MPOL_INTERLEAVE"u8,
        MemoryPolicyMode.WeightedInterleave => "MPOL_WEIGHTED_INTERLEAVE"u8,
        MemoryPolicyMode.Preferred => "MPOL_PREFERRED"u8,
        MemoryPolicyMode.PreferredMany => "MPOL_PREFERRED_MANY"u8,
        MemoryPolicyMode.Local => "MPOL_LOCAL"u8,
        _ => default,
    };
}
