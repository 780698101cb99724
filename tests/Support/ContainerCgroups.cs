namespace Bulkhead.Tests.Support;

/// <summary>The cgroups that a process is in.</summary>
public sealed class ContainerCgroups(CgroupKind kind, IReadOnlyDictionary<string, string> directories)
{
    /// <summary>How cgroups are mounted.</summary>
    public CgroupKind Kind => kind;

    /// <summary>The directory of each version 1 controller (<c>memory</c>, <c>name=systemd</c>), and of version 2 under the empty name.</summary>
    public IReadOnlyDictionary<string, string> Directories => directories;

    /// <summary>Reads a limit under whichever name it has here: <c>Read("memory", "memory.limit_in_bytes", "memory.max")</c>.</summary>
    /// <param name="controller">The version 1 controller.</param>
    /// <param name="v1">The file of version 1.</param>
    /// <param name="v2">The file of version 2.</param>
    /// <returns>Its content without the line feed at the end.</returns>
    public string Read(string controller, string v1, string v2) => File.ReadAllText(kind == CgroupKind.Unified
        ? Path.Combine(directories[""], v2)
        : Path.Combine(directories[controller], v1)).TrimEnd('\n');
}
