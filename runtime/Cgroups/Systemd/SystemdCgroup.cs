using System.Globalization;
using Bulkhead.Cgroups.V2;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups.Systemd;

/// <summary>A cgroup that systemd makes, as that of a unit, and takes away. What lies within it goes by files.</summary>
/// <param name="files">The cgroup by its files.</param>
/// <param name="unit">The unit.</param>
/// <param name="properties">The properties of a unit that is to be made; null for one that was made before.</param>
/// <remarks>systemd, "Control Group APIs and Delegation"; runc 1.3, docs/systemd.md.</remarks>
internal sealed class SystemdCgroup(ICgroup files, SystemdUnit unit, List<UnitProperty>? properties) : ICgroup
{
    private readonly SystemdManager _manager = new(unit.IsOfUser);
    private bool _isAsked = properties is null;

    public SystemdUnit? Unit => unit;

    public CgroupVersion Version => files.Version;

    public IReadOnlyDictionary<string, string> Paths => files.Paths;

    public IReadOnlyDictionary<string, string> ProcessPaths => files.ProcessPaths;

    public DirectoryHandle? CloneTarget => files.CloneTarget;

    public bool AlreadyExisted => false;

    public bool IsFrozen => files.IsFrozen;

    /// <summary>A scope can't be without a process, so there is nothing to clone the first one into.</summary>
    public DirectoryHandle? CreateCloneTarget() => properties is null ? files.CreateCloneTarget() : null;

    public void Create(int process)
    {
        if (properties is not null)
        {
            if (!unit.IsSlice)
            {
                properties.Add(new UnitProperty("PIDs", new Bus.BusArray("u", [Bus.BusValue.Of((uint)process)])));
            }

            _manager.Connect();
            _isAsked = true;
            _manager.Start(unit.Name, properties);
        }

        files.Create(process);
    }

    public void Apply(LinuxResources resources) => files.Apply(resources);

    public void Update(LinuxResources resources)
    {
        List<UnitProperty> changes = [];
        bool isUnified = Version == CgroupVersion.V2;
        if (isUnified && resources.Memory is { } memory)
        {
            // Before systemd sets the limit, which is the same in the end.
            using DirectoryHandle directory = DirectoryHandle.OpenPath(Paths[""]);
            CgroupDirectory cgroup = new(directory, "");
            UnifiedMemoryController.CheckUsage(cgroup, memory);
            resources = resources with { Memory = UnifiedMemoryController.WithPresentLimit(cgroup, memory) };
        }

        UnitResources.Append(changes, WithPresentBandwidth(resources), isUnified);
        _manager.Set(unit.Name, changes);
        files.Update(resources);
    }

    public void Delegate(uint user) => files.Delegate(user);

    /// <summary>systemd has moved the process where it manages cgroups itself; the other hierarchies of v1 are left to do.</summary>
    [ChildSafe]
    public void JoinSelf(bool clonedIntoTarget = true)
    {
        if (unit.IsSlice || Version != CgroupVersion.V2)
        {
            files.JoinSelf(clonedIntoTarget: properties is null && clonedIntoTarget);
        }
    }

    /// <summary>
    /// A user moves no process from outside into what was delegated to them: their systemd has the system's do it, as long
    /// as the process is that user's.
    /// </summary>
    /// <remarks>kernel, cgroup-v2.rst, "Delegation Containment"; org.freedesktop.systemd1(5), AttachProcessesToUnit.</remarks>
    public void Add(int pid)
    {
        try
        {
            files.Add(pid);
        }
        catch (LinuxException error) when (unit.IsOfUser && error.Error is (Errno.EACCES or Errno.EPERM))
        {
            _manager.Attach(unit.Name, pid);
        }
    }

    public void SetFrozen(bool frozen) => files.SetFrozen(frozen);

    public IReadOnlyList<int> Processes() => files.Processes();

    public void KillAll(int signal) => files.KillAll(signal);

    public CgroupStatistics Statistics() => files.Statistics();

    public IOutOfMemoryWatch? WatchOutOfMemory() => files.WatchOutOfMemory();

    public void Remove()
    {
        if (_isAsked)
        {
            _manager.Stop(unit.Name);
        }

        // Cgroups below the unit's, and hierarchies that systemd does not manage.
        files.Remove();
    }

    public void Dispose()
    {
        _manager.Dispose();
        files.Dispose();
    }

    /// <summary>The properties that every unit of a container has, before what the document says.</summary>
    internal static List<UnitProperty> Base(SystemdUnit unit, CgroupVersion version)
    {
        List<UnitProperty> properties =
        [
            new("Description", Bus.BusValue.Of($"container {unit.Container}")),
            unit.IsSlice ? new("Wants", new Bus.BusArray("s", [Bus.BusValue.Of(unit.Slice)])) : new("Slice", Bus.BusValue.Of(unit.Slice)),
            new("MemoryAccounting", Bus.BusValue.Of(true)),
            new("CPUAccounting", Bus.BusValue.Of(true)),
            new(version == CgroupVersion.V2 ? "IOAccounting" : "BlockIOAccounting", Bus.BusValue.Of(true)),
            new("TasksAccounting", Bus.BusValue.Of(true)),
            new("DefaultDependencies", Bus.BusValue.Of(false)),
        ];
        if (!unit.IsSlice)
        {
            properties.Add(new("Delegate", Bus.BusValue.Of(true)));
        }

        return properties;
    }

    /// <summary>
    /// Of quota and period the one that does not change, as it is: systemd keeps their ratio, while the document's numbers
    /// are each its own.
    /// </summary>
    private LinuxResources WithPresentBandwidth(LinuxResources resources)
    {
        if (resources.Cpu is not { } cpu || (cpu.Quota is null or 0) == (cpu.Period is null or 0) || ReadBandwidth() is not var (quota, period))
        {
            return resources;
        }

        return resources with { Cpu = cpu with { Quota = cpu.Quota is null or 0 ? quota : cpu.Quota, Period = cpu.Period is null or 0 ? period : cpu.Period } };
    }

    private (long Quota, ulong Period)? ReadBandwidth()
    {
        bool isUnified = Version == CgroupVersion.V2;
        if (!Paths.TryGetValue(isUnified ? "" : "cpu", out string? path))
        {
            return null;
        }

        using DirectoryHandle directory = DirectoryHandle.OpenPath(path);
        string text = isUnified ? directory.TryReadText("cpu.max") ?? ""
            : $"{directory.TryReadText("cpu.cfs_quota_us")?.Trim()} {directory.TryReadText("cpu.cfs_period_us")?.Trim()}";
        string[] words = text.Trim().Split(' ');
        return words.Length == 2 && ulong.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong period)
            ? (long.TryParse(words[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long quota) ? quota : -1, period)
            : null;
    }
}
