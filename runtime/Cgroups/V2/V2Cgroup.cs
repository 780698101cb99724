using System.Globalization;
using Bulkhead.Cgroups.Devices;
using Bulkhead.Cgroups.Layout;
using Bulkhead.Cgroups.Systemd;
using Bulkhead.Cgroups.V1;
using Bulkhead.Linux;
using Bulkhead.Linux.Bpf;
using Bulkhead.Linux.Files;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups.V2;

/// <summary>A cgroup in the one hierarchy of cgroup v2.</summary>
/// <param name="directory">Its directory.</param>
/// <param name="isRootless">Whether rules for devices that can't be set are no error: such a caller can make no device either.</param>
/// <remarks>kernel, cgroup-v2.rst.</remarks>
internal sealed class V2Cgroup(UnifiedDirectory directory, bool isRootless = false) : ICgroup
{
    private readonly List<CgroupDirectory> _parents = [];

    private CgroupDirectory Cgroup => directory.Cgroup;

    public CgroupVersion Version => CgroupVersion.V2;

    public IReadOnlyDictionary<string, string> Paths => new Dictionary<string, string> { [CgroupHierarchy.Unified] = Cgroup.Path };

    public IReadOnlyDictionary<string, string> ProcessPaths => Paths;

    public DirectoryHandle? CloneTarget => directory.Handle;

    public SystemdUnit? Unit => null;

    public bool AlreadyExisted { get; private set; }

    public bool IsFrozen => directory.IsFrozen;

    public DirectoryHandle? CreateCloneTarget()
    {
        Create();
        return CloneTarget;
    }

    public void Create(int process = 0)
    {
        if (directory.Handle is not null)
        {
            return;
        }

        directory.Create(_parents);
        AlreadyExisted = !Cgroup.IsFresh;
        if (directory.IsNew)
        {
            Cgroup.Obstacle = SubtreeControl.Enable(Cgroup, null);
            BecomeUsable();
        }
    }

    public void Apply(LinuxResources resources) => Update(resources with { Devices = resources.Devices ?? [] });

    public void Update(LinuxResources resources)
    {
        try
        {
            Write(resources);
        }
        finally
        {
            Cgroup.IsFresh = false;
        }
    }

    private void Write(LinuxResources resources)
    {
        if (resources.Network is { ClassId: not (null or 0) } or { Priorities.Length: > 0 })
        {
            string name = resources.Network.ClassId is not (null or 0) ? "classID" : "priorities";
            throw new CgroupException($"linux.resources.network.{name}: cgroup v2 has no such setting");
        }

        if (resources.Devices is { } devices)
        {
            ApplyDevices(devices);
        }

        if (resources.Memory is { } memory)
        {
            UnifiedMemoryController.Apply(Cgroup, memory);
        }

        if (resources.Cpu is { } cpu)
        {
            UnifiedCpuController.Apply(Cgroup, cpu);
            CpusetController.Apply(Cgroup, cpu);
        }

        if (resources.Pids?.Limit is { } tasks)
        {
            PidsController.Apply(Cgroup, tasks);
        }

        if (resources.BlockIo is { } blockIo)
        {
            UnifiedIoController.Apply(Cgroup, blockIo);
        }

        if (resources.HugepageLimits is { Length: > 0 } hugepages)
        {
            HugepageController.Check(hugepages);
            HugepageController.Apply(Cgroup, hugepages, isUnified: true);
        }

        if (resources.Rdma is { Count: > 0 } rdma)
        {
            RdmaController.Apply(Cgroup, rdma);
        }

        // Last: what is said in the kernel's own words goes before what is translated.
        if (resources.Unified is { Count: > 0 } files)
        {
            UnifiedFiles.Apply(directory, files);
        }
    }

    public void Delegate(uint user) => Delegation.Give(Cgroup, user);

    [ChildSafe]
    public void JoinSelf(bool clonedIntoTarget = true)
    {
        if (!clonedIntoTarget)
        {
            Cgroup.Root.WriteText(directory.ProcessesPath, "0");
        }
    }

    public void Add(int pid) => CgroupTree.AddProcess(Cgroup, pid.ToString(CultureInfo.InvariantCulture));

    public void SetFrozen(bool frozen) => directory.SetFrozen(frozen);

    public IReadOnlyList<int> Processes() => CgroupTree.Processes(Cgroup);

    public void KillAll(int signal) => ProcessKiller.Kill(this, signal, directory);

    public CgroupStatistics Statistics() => new()
    {
        Cpu = UnifiedCpuController.Read(Cgroup),
        Memory = UnifiedMemoryController.Read(Cgroup),
        Pids = PidsController.Read(Cgroup),
        BlockIo = UnifiedIoController.Read(Cgroup),
        Hugepages = HugepageController.Read(Cgroup, isUnified: true),
        Rdma = RdmaController.Read(Cgroup),
    };

    public IOutOfMemoryWatch? WatchOutOfMemory() => UnifiedOutOfMemoryWatch.TryStart(Cgroup);

    public void Remove()
    {
        CgroupTree.Remove(Cgroup);
        CgroupTree.RemoveParents(_parents);
    }

    public void Dispose() => directory.Dispose();

    /// <summary>A cgroup below a threaded one can hold no process until it is threaded itself, and then only some controllers reach it.</summary>
    /// <remarks>kernel, cgroup-v2.rst, "Threads".</remarks>
    private void BecomeUsable()
    {
        if (Cgroup.IsFresh && Cgroup.TryRead("cgroup.type") == "domain invalid")
        {
            Cgroup.Write("cgroup.type", "threaded");
            Cgroup.Obstacle ??= $"{Cgroup.Path} is in a threaded tree, where only cpu, cpuset, perf_event and pids work";
        }
    }

    private void ApplyDevices(LinuxDeviceCgroup[] devices)
    {
        BpfInstruction[] program = DeviceProgram.For(DeviceRules.Effective(devices));
        DirectoryHandle? opened = directory.Handle is null ? Cgroup.Root.OpenDirectory(Cgroup.Place) : null;
        try
        {
            DeviceFilter.Set(directory.Handle ?? opened!, program, Cgroup.IsFresh);
        }
        catch (LinuxException error) when (isRootless && error.Error is Errno.EPERM or Errno.EACCES)
        {
        }
        catch (LinuxException error)
        {
            throw new CgroupException($"linux.resources.devices: {error.Message}", error);
        }
        finally
        {
            opened?.Dispose();
        }
    }
}
