using Bulkhead.Cgroups;

namespace Bulkhead.Shim.Tasks;

/// <summary>Where a container's cgroup is. It is opened when something is asked of it: a container that nobody asks about holds no descriptor.</summary>
internal sealed class ContainerCgroup
{
    private const string Memory = "memory";
    private readonly CgroupVersion _version;
    private readonly IReadOnlyDictionary<string, string> _paths;

    private ContainerCgroup(ICgroup cgroup)
    {
        _version = cgroup.Version;
        _paths = cgroup.Paths;
    }

    /// <summary>The cgroup that a process is in.</summary>
    /// <exception cref="Linux.LinuxException">As <see cref="Cgroup.OfProcess"/>.</exception>
    public static ContainerCgroup Of(int pid)
    {
        using ICgroup cgroup = Cgroup.OfProcess(pid);
        return new ContainerCgroup(cgroup);
    }

    /// <summary>Opens it.</summary>
    public ICgroup Open() => Cgroup.Open(_version, _paths);

    /// <summary>Opens what of it has to do with memory.</summary>
    public ICgroup OpenMemory() => _version != CgroupVersion.V2 && _paths.TryGetValue(Memory, out string? path)
        ? Cgroup.Open(_version, new Dictionary<string, string> { [Memory] = path })
        : Open();
}
