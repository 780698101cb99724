using Bulkhead.Cgroups.Systemd;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups;

/// <summary>No cgroup: none is wanted or the caller may make none, and the container's processes stay in the caller's.</summary>
/// <param name="version">The layout; of no meaning for a container that exists.</param>
/// <param name="callers">The caller's own directories, by controller.</param>
internal sealed class AbsentCgroup(CgroupVersion version, IReadOnlyDictionary<string, string> callers) : ICgroup
{
    private const string Reason = "the container has no cgroup, for none was wanted or the user may make none; it takes root, or a cgroup delegated to the user";

    public SystemdUnit? Unit => null;

    public CgroupVersion Version => version;

    public IReadOnlyDictionary<string, string> Paths { get; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> ProcessPaths => callers;

    public DirectoryHandle? CloneTarget => null;

    public bool AlreadyExisted => false;

    public bool IsFrozen => false;

    public DirectoryHandle? CreateCloneTarget() => null;

    public void Create(int process)
    {
    }

    /// <remarks>Rules for devices are no matter: a user who may make no cgroup may make no device either, and root wanted it so.</remarks>
    public void Apply(LinuxResources resources)
    {
        if (RequestedLimits.First(resources) is { } property)
        {
            throw new CgroupException($"{property}: {Reason}");
        }
    }

    public void Update(LinuxResources resources) => Apply(resources);

    public void Delegate(uint user)
    {
    }

    [ChildSafe]
    public void JoinSelf(bool clonedIntoTarget = true)
    {
    }

    public void Add(int pid)
    {
    }

    public void SetFrozen(bool frozen) => throw new CgroupException($"freeze: {Reason}");

    public IReadOnlyList<int> Processes() => [];

    public void KillAll(int signal)
    {
    }

    public CgroupStatistics Statistics() => new();

    public IOutOfMemoryWatch? WatchOutOfMemory() => null;

    public void Remove()
    {
    }

    public void Dispose()
    {
    }
}
