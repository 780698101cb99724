using Bulkhead.Cgroups.Layout;
using Bulkhead.Linux.Files;

namespace Bulkhead.Cgroups;

/// <summary>Cgroups below a container's, which somebody made there, for processes that are to be in them.</summary>
public static class SubCgroups
{
    /// <summary>Stands for every controller.</summary>
    public const string Every = "";

    /// <summary>Takes up the cgroups below one; whether they exist shows when a process joins them.</summary>
    /// <param name="cgroup">The container's.</param>
    /// <param name="places">
    /// Paths that count from the container's cgroup, by controller, or one for <see cref="Every"/>. Controllers that share a
    /// hierarchy share the place; those that are not named stay in the container's own.
    /// </param>
    /// <exception cref="CgroupException">A path leads out of the container's cgroup, or it has none with such a controller.</exception>
    public static ICgroup Open(ICgroup cgroup, IReadOnlyDictionary<string, string> places) =>
        Cgroup.Open(cgroup.Version, Place(cgroup.Paths, places));

    /// <summary>Finds the cgroup2 directory, below a container's, that a process has been moved to.</summary>
    /// <param name="cgroup">The container's.</param>
    /// <param name="pid">The process, by its number in the caller's PID namespace.</param>
    /// <returns>Null when it is not below the container's.</returns>
    public static DirectoryHandle? TryOpenUnifiedOf(ICgroup cgroup, int pid)
    {
        if (cgroup.Paths.GetValueOrDefault(CgroupHierarchy.Unified) is not { } own)
        {
            return null;
        }

        foreach (CgroupHierarchy hierarchy in CgroupLayout.Detect().Hierarchies)
        {
            string path = $"{hierarchy.MountPoint}/{OwnCgroups.Of(pid).In(hierarchy)}";
            if (hierarchy.IsUnified && path.StartsWith($"{own}/", StringComparison.Ordinal))
            {
                return DirectoryHandle.Open(path);
            }
        }

        return null;
    }

    /// <summary>The directories after <see cref="Open"/>, by controller.</summary>
    internal static Dictionary<string, string> Place(IReadOnlyDictionary<string, string> paths, IReadOnlyDictionary<string, string> places)
    {
        if (paths.Count == 0)
        {
            throw new CgroupException("the container has no cgroup that one could be below");
        }

        Dictionary<string, string> below = new(paths);
        foreach ((string controller, string place) in places)
        {
            string? hierarchy = paths.GetValueOrDefault(controller);
            if (hierarchy is null && controller != Every)
            {
                throw new CgroupException($"the container has no cgroup with the controller \"{controller}\"");
            }

            foreach ((string other, string path) in paths)
            {
                if (controller == Every || path == hierarchy)
                {
                    below[other] = below[other] == path ? Below(path, place) : throw new CgroupException($"two places for \"{other}\", which shares its hierarchy");
                }
            }
        }

        return below;
    }

    private static string Below(string path, string place)
    {
        int depth = 0;
        foreach (string part in place.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            depth += part == ".." ? -1 : part == "." ? 0 : 1;
            if (depth < 0)
            {
                throw new CgroupException($"\"{place}\" is not below the container's cgroup");
            }
        }

        string clean = CgroupPath.Clean(place);
        return clean.Length == 0 ? path : $"{path}/{clean}";
    }
}
