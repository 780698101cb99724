using System.Globalization;
using Bulkhead.Cgroups.Layout;
using Bulkhead.Cgroups.Systemd;
using Bulkhead.Cgroups.V2;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups.V1;

/// <summary>A cgroup with a directory in each cgroup v1 hierarchy, and in the hybrid layout in the cgroup2 hierarchy too.</summary>
internal sealed class V1Cgroup : ICgroup
{
    private readonly V1Directory[] _directories;
    private readonly UnifiedDirectory? _unified;
    private readonly List<CgroupDirectory> _parents = [];
    private readonly bool _isRootless;
    private readonly Dictionary<string, string> _callers;

    /// <param name="directories">One for each v1 hierarchy.</param>
    /// <param name="unified">The one in the cgroup2 hierarchy of the hybrid layout.</param>
    /// <param name="isRootless">Whether rules for devices that can't be set are no error: such a caller can make no device either.</param>
    /// <param name="callers">The caller's own directories in hierarchies in which it may make none, by controller.</param>
    internal V1Cgroup(V1Directory[] directories, UnifiedDirectory? unified, bool isRootless = false, Dictionary<string, string>? callers = null)
    {
        _directories = directories;
        _unified = unified;
        _isRootless = isRootless;
        _callers = callers ?? [];
        Version = unified is null ? CgroupVersion.V1 : CgroupVersion.Hybrid;
    }

    public CgroupVersion Version { get; }

    public SystemdUnit? Unit => null;

    public bool AlreadyExisted { get; private set; }

    public DirectoryHandle? CloneTarget => _unified?.Handle;

    public bool IsFrozen => Find("freezer") is { } freezer ? FreezerController.IsFrozen(freezer) : _unified?.IsFrozen ?? false;

    public IReadOnlyDictionary<string, string> Paths
    {
        get
        {
            Dictionary<string, string> paths = [];
            foreach (V1Directory directory in _directories)
            {
                foreach (string controller in directory.Controllers)
                {
                    paths[controller] = directory.Cgroup.Path;
                }
            }

            if (_unified is not null)
            {
                paths[CgroupHierarchy.Unified] = _unified.Cgroup.Path;
            }

            return paths;
        }
    }

    public IReadOnlyDictionary<string, string> ProcessPaths => _callers.Count == 0 ? Paths : new Dictionary<string, string>(_callers.Concat(Paths));

    public DirectoryHandle? CreateCloneTarget()
    {
        _unified?.Create(_parents);
        return CloneTarget;
    }

    public void Create(int process = 0)
    {
        CreateCloneTarget();
        foreach (V1Directory directory in _directories)
        {
            List<string> made = CgroupTree.Make(directory.Cgroup, _parents);
            if (directory.Has("cpuset"))
            {
                CpusetController.Fill(directory.Cgroup, made);
            }
        }

        AlreadyExisted = !Main().IsFresh;
    }

    public void Apply(LinuxResources resources)
    {
        Update(resources with { Devices = resources.Devices ?? [] });
    }

    public void Update(LinuxResources resources)
    {
        try
        {
            Write(resources);
        }
        finally
        {
            foreach (V1Directory directory in _directories)
            {
                directory.Cgroup.IsFresh = false;
            }

            _unified?.Cgroup.IsFresh = false;
        }
    }

    private void Write(LinuxResources resources)
    {
        if (resources.Devices is { } devices)
        {
            ApplyDevices(devices);
        }

        ApplyMemory(resources.Memory);
        ApplyCpu(resources.Cpu);
        if (resources.Pids?.Limit is { } tasks)
        {
            PidsController.Apply(Either("linux.resources.pids.limit", "pids"), tasks);
        }

        ApplyBlockIo(resources.BlockIo);
        if (resources.HugepageLimits is { Length: > 0 } hugepages)
        {
            HugepageController.Check(hugepages);
            CgroupDirectory? own = Find("hugetlb");
            HugepageController.Apply(own ?? Either("linux.resources.hugepageLimits", "hugetlb"), hugepages, isUnified: own is null);
        }

        ApplyNetwork(resources.Network);
        if (resources.Rdma is { Count: > 0 } rdma)
        {
            RdmaController.Apply(Either("linux.resources.rdma", "rdma"), rdma);
        }

        if (resources.Unified is { Count: > 0 } unified)
        {
            UnifiedFiles.Apply(_unified ?? throw new CgroupException("linux.resources.unified: needs cgroup v2, and only v1 is mounted"), unified);
        }
    }

    public void Delegate(uint user)
    {
        // "Cgroup delegation is not secure in cgroups v1", says the specification.
    }

    [ChildSafe]
    public void JoinSelf(bool clonedIntoTarget = true)
    {
        // "0" in "tasks" moves the calling thread alone. The kernel then takes none of the locks over whole processes, for
        // which writing to cgroup.procs waits a grace period of RCU, one or two milliseconds for each hierarchy.
        foreach (V1Directory directory in _directories)
        {
            directory.Cgroup.Root.WriteText(directory.TasksPath, "0");
        }

        if (!clonedIntoTarget)
        {
            _unified?.Cgroup.Root.WriteText(_unified.ProcessesPath, "0");
        }
    }

    public void Add(int pid)
    {
        string text = pid.ToString(CultureInfo.InvariantCulture);
        foreach (V1Directory directory in _directories)
        {
            CgroupTree.AddProcess(directory.Cgroup, text);
        }

        if (_unified is not null)
        {
            CgroupTree.AddProcess(_unified.Cgroup, text);
        }
    }

    public void SetFrozen(bool frozen)
    {
        if (Find("freezer") is { } freezer)
        {
            FreezerController.Set(freezer, frozen);
        }
        else
        {
            (_unified ?? throw new CgroupException("freeze: the freezer controller is not mounted")).SetFrozen(frozen);
        }
    }

    public IReadOnlyList<int> Processes() => CgroupTree.Processes(Main());

    public void KillAll(int signal) => ProcessKiller.Kill(this, signal, _unified);

    public CgroupStatistics Statistics()
    {
        CgroupDirectory? unified = _unified?.Cgroup;
        return new CgroupStatistics
        {
            Cpu = CpuController.Read(Find("cpu"), Find("cpuacct")),
            Cpuset = Find("cpuset") is { } cpuset ? CpusetController.Read(cpuset) : new CpusetStatistics(),
            Memory = Find("memory") is { } memory ? MemoryController.Read(memory) : new MemoryStatistics(),
            Pids = (Find("pids") ?? unified) is { } pids ? PidsController.Read(pids) : new PidsStatistics(),
            BlockIo = Find("blkio") is { } blockIo ? BlockIoController.Read(blockIo) : new BlockIoStatistics(),
            Hugepages = Find("hugetlb") is { } hugepages ? HugepageController.Read(hugepages, isUnified: false)
                : unified is not null ? HugepageController.Read(unified, isUnified: true)
                : [],
            Rdma = (Find("rdma") ?? unified) is { } rdma ? RdmaController.Read(rdma) : new RdmaStatistics(),
        };
    }

    public IOutOfMemoryWatch? WatchOutOfMemory() =>
        Find("memory") is { } memory ? OutOfMemoryWatch.TryStart(memory)
            : _unified is not null ? UnifiedOutOfMemoryWatch.TryStart(_unified.Cgroup)
            : null;

    public void Remove()
    {
        foreach (V1Directory directory in _directories)
        {
            CgroupTree.Remove(directory.Cgroup);
        }

        if (_unified is not null)
        {
            CgroupTree.Remove(_unified.Cgroup);
        }

        CgroupTree.RemoveParents(_parents);
    }

    public void Dispose()
    {
        foreach (V1Directory directory in _directories)
        {
            directory.Cgroup.Root.Dispose();
        }

        _unified?.Dispose();
    }

    private void ApplyDevices(LinuxDeviceCgroup[] devices)
    {
        try
        {
            DevicesController.Apply(Find("devices") ?? throw Missing("linux.resources.devices", "devices"), devices);
        }
        catch (CgroupException) when (_isRootless)
        {
        }
    }

    private void ApplyMemory(LinuxMemory? memory)
    {
        if (memory is null)
        {
            return;
        }

        if (Find("memory") is { } directory)
        {
            MemoryController.Apply(directory, memory);
        }
        else if (MemoryController.IsAsked(memory))
        {
            UnifiedMemoryController.Apply(Either("linux.resources.memory", "memory"), memory);
        }
    }

    private void ApplyCpu(LinuxCpu? cpu)
    {
        if (cpu is null)
        {
            return;
        }

        if (CpuController.IsAsked(cpu))
        {
            if (Find("cpu") is { } directory)
            {
                CpuController.Apply(directory, cpu);
            }
            else
            {
                UnifiedCpuController.Apply(Either("linux.resources.cpu", "cpu"), cpu);
            }
        }

        if (CpusetController.IsAsked(cpu))
        {
            CpusetController.Apply(Either("linux.resources.cpu.cpus", "cpuset"), cpu);
        }
    }

    private void ApplyBlockIo(LinuxBlockIo? blockIo)
    {
        if (blockIo is null || !BlockIoController.IsAsked(blockIo))
        {
            return;
        }

        if (Find("blkio") is { } directory)
        {
            BlockIoController.Apply(directory, blockIo);
        }
        else
        {
            UnifiedIoController.Apply(Either("linux.resources.blockIO", "blkio", "io"), blockIo);
        }
    }

    private void ApplyNetwork(LinuxNetwork? network)
    {
        // 0 is no class, which is what a cgroup has without the controller.
        if (network?.ClassId is { } classId && (classId != 0 || Find("net_cls") is not null))
        {
            NetworkController.ApplyClass(Find("net_cls") ?? throw Missing("linux.resources.network.classID", "net_cls"), classId);
        }

        if (network?.Priorities is { Length: > 0 } priorities)
        {
            NetworkController.ApplyPriorities(Find("net_prio") ?? throw Missing("linux.resources.network.priorities", "net_prio"), priorities);
        }
    }

    /// <summary>The directory that has a controller: the v1 one, or the cgroup2 one when v1 does not have it.</summary>
    private CgroupDirectory Either(string property, string controller, string? unifiedName = null) =>
        Find(controller) ?? _unified?.WithController(unifiedName ?? controller) ?? throw Missing(property, controller);

    private CgroupDirectory? Find(string controller)
    {
        foreach (V1Directory directory in _directories)
        {
            if (directory.Has(controller))
            {
                return directory.Cgroup;
            }
        }

        return null;
    }

    /// <summary>The directory that is asked about processes and existence: one that engines and users don't move processes out of.</summary>
    private CgroupDirectory Main() => Find("devices") ?? Find("freezer") ?? Find("pids") ?? _directories[0].Cgroup;

    private CgroupException Missing(string property, string controller) => new(_callers.ContainsKey(controller)
        ? $"{property}: the user may make no cgroup for the {controller} controller"
        : $"{property}: the {controller} controller is not mounted");
}
