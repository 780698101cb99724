namespace Bulkhead.Cgroups;

/// <summary>How the machine's cgroup hierarchies are mounted.</summary>
public enum CgroupVersion
{
    /// <summary>cgroup v1 hierarchies alone.</summary>
    V1,

    /// <summary>cgroup v1 hierarchies and beside them a cgroup2 mount, which may hold controllers that no v1 hierarchy has.</summary>
    Hybrid,

    /// <summary>One cgroup2 hierarchy with all controllers.</summary>
    V2,
}
