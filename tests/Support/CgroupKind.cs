namespace Bulkhead.Tests.Support;

/// <summary>How cgroups are mounted.</summary>
public enum CgroupKind
{
    /// <summary>Version 1 hierarchies alone.</summary>
    V1,

    /// <summary>Version 1 hierarchies, and a version 2 hierarchy without the controllers that they have.</summary>
    Hybrid,

    /// <summary>The version 2 hierarchy alone.</summary>
    Unified,
}
