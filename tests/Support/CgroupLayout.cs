namespace Bulkhead.Tests.Support;

/// <summary>The cgroup hierarchies mounted on this machine at the moment of looking.</summary>
public sealed class CgroupLayout
{
    private readonly MountEntry[] _mounts;

    private CgroupLayout(MountEntry[] mounts)
    {
        _mounts = mounts;
        bool v1 = mounts.Any(mount => mount.Type == "cgroup" && !mount.SuperOptions.Any(IsNamed));
        bool v2 = mounts.Any(mount => mount.Type == "cgroup2");
        Kind = v1 ? v2 ? CgroupKind.Hybrid : CgroupKind.V1 : CgroupKind.Unified;
    }

    /// <summary>The layout as it is now; another process may mount a further hierarchy at any time.</summary>
    public static CgroupLayout Here => new(MountEntry.Read("self").Where(mount => mount.Type is "cgroup" or "cgroup2").ToArray());

    /// <summary>Which of the three.</summary>
    public CgroupKind Kind { get; }

    /// <summary>Where each hierarchy is mounted.</summary>
    public IEnumerable<string> MountPoints => _mounts.Select(mount => mount.MountPoint).Distinct();

    /// <summary>The cgroups of a process.</summary>
    public ContainerCgroups Of(int pid)
    {
        var directories = new Dictionary<string, string>();
        foreach (string line in File.ReadLines($"/proc/{pid}/cgroup"))
        {
            string[] fields = line.Split(':', 3);
            string[] controllers = fields[1].Split(',');
            MountEntry? mount = _mounts.FirstOrDefault(mount => fields[1].Length == 0
                ? mount.Type == "cgroup2"
                : mount.Type == "cgroup" && controllers.All(controller => mount.SuperOptions.Contains(controller)));
            if (mount is null)
            {
                continue; // in the kernel, but not mounted
            }

            string below = fields[2].StartsWith(mount.Root, StringComparison.Ordinal) ? fields[2][mount.Root.Length..] : fields[2];
            foreach (string controller in controllers)
            {
                directories[controller] = Path.Join(mount.MountPoint, below).TrimEnd('/');
            }
        }

        return new ContainerCgroups(Kind, directories);
    }

    private static bool IsNamed(string option) => option.StartsWith("name=", StringComparison.Ordinal);
}
