namespace Bulkhead.Cgroups.Layout;

/// <summary>A mounted cgroup hierarchy.</summary>
/// <param name="MountPoint">Where it is mounted.</param>
/// <param name="Root">Which of its cgroups the mount shows as its root: <c>/</c>, or another one inside of a container.</param>
/// <param name="Controllers">
/// What it controls: one v1 controller or several, <c>name=systemd</c> for one without, and the empty name for cgroup2.
/// </param>
internal sealed record CgroupHierarchy(string MountPoint, string Root, string[] Controllers)
{
    /// <summary>The name of the cgroup2 hierarchy among controllers.</summary>
    internal const string Unified = "";

    /// <summary>Whether it is the cgroup2 hierarchy.</summary>
    internal bool IsUnified => Controllers is [Unified];

    /// <summary>Whether it has a controller, and is not only there to group processes.</summary>
    internal bool HasController => !IsUnified && !Controllers[0].StartsWith("name=", StringComparison.Ordinal);

    /// <summary>Whether containers have a cgroup in it. Named hierarchies belong to those who made them, systemd's excepted.</summary>
    internal bool IsJoined => IsUnified || HasController || Controllers[0] == "name=systemd";
}
