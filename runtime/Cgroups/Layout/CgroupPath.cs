namespace Bulkhead.Cgroups.Layout;

/// <summary>Paths inside of a hierarchy: relative, without empty parts, <c>.</c> or <c>..</c>.</summary>
internal static class CgroupPath
{
    /// <summary>Takes a path as though its start were the root: <c>..</c> there leads nowhere.</summary>
    internal static string Clean(string path)
    {
        List<string> parts = [];
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                if (parts.Count > 0)
                {
                    parts.RemoveAt(parts.Count - 1);
                }
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    /// <summary>The path above; empty for one of a single part.</summary>
    internal static string Parent(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "";

    /// <summary>Puts two paths together, either of which may be empty.</summary>
    internal static string Join(string first, string second) =>
        first.Length == 0 ? second : second.Length == 0 ? first : $"{first}/{second}";

    /// <summary>
    /// Where a container's cgroup goes in a hierarchy, as runc decides it: an absolute path counts from the mount; a
    /// relative one, or else the id, from the runtime's own cgroup.
    /// </summary>
    /// <param name="id">The container's id.</param>
    /// <param name="cgroupsPath">The document's path, or null.</param>
    /// <param name="own">The runtime's own cgroup in this hierarchy; only asked for when it matters.</param>
    /// <exception cref="CgroupException">The path leads to the root of the hierarchy.</exception>
    internal static string Place(string id, string? cgroupsPath, Func<string> own)
    {
        if (string.IsNullOrEmpty(cgroupsPath))
        {
            return Join(own(), id);
        }

        string inner = Clean(cgroupsPath);
        if (inner.Length == 0)
        {
            throw new CgroupException($"linux.cgroupsPath: \"{cgroupsPath}\" is the root, which no container can have for itself");
        }

        return cgroupsPath[0] == '/' ? inner : Join(own(), inner);
    }
}
