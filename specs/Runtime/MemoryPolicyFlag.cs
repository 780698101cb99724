using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A flag of the NUMA memory policy.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Memory Policy"; set_mempolicy(2).</remarks>
public enum MemoryPolicyFlag
{
    /// <summary>The kernel may move pages among the nodes.</summary>
    NumaBalancing,

    /// <summary>Nodes count within the set that the process may use.</summary>
    RelativeNodes,

    /// <summary>Nodes stay the same when that set changes.</summary>
    StaticNodes,
}

/// <summary>How the specification spells each <see cref="MemoryPolicyFlag"/>.</summary>
public readonly struct MemoryPolicyFlagSpelling : ISpelling<MemoryPolicyFlag>
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Of(MemoryPolicyFlag value) => value switch
    {
        MemoryPolicyFlag.NumaBalancing => "MPOL_F_NUMA_BALANCING"u8,
        MemoryPolicyFlag.RelativeNodes => "MPOL_F_RELATIVE_NODES"u8,
        MemoryPolicyFlag.StaticNodes => "MPOL_F_STATIC_NODES"u8,
        _ => default,
    };
}
