using System.Globalization;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Validation;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Resctrl;

/// <summary>A container's group of resctrl: made, joined by each of its processes, and removed with it.</summary>
/// <remarks>
/// runtime-spec 1.3, config-linux.md, "IntelRdt". A life: <see cref="Plan"/> checks all there is to check and changes nothing;
/// <see cref="Recorded"/> and, until there is a container, <see cref="RecordedWhileMade"/> go on record; <see cref="Make"/>;
/// <see cref="Join"/>; at the end <see cref="Remove"/> with what is on record, or <see cref="Undo"/> when the container could
/// not be made.
/// </remarks>
internal sealed class ResctrlGroup
{
    private const string DefaultGroup = "/";
    private const UnixFileMode DirectoryPermissions = (UnixFileMode)0b111_101_101;

    private readonly ResctrlFileSystem _system;
    private readonly string _name;
    private readonly bool _isShared;
    private readonly string? _monitoring;
    private readonly List<string> _schemata = [];
    private bool _isMissing;
    private bool _hasMade;
    private bool _hasMadeMonitoring;

    private ResctrlGroup(ResctrlFileSystem system, LinuxIntelRdt rdt, ContainerId id)
    {
        _system = system;
        _isShared = rdt.ClosId is { Length: > 0 };
        _name = _isShared ? rdt.ClosId! : id.ToString();
        _monitoring = rdt.EnableMonitoring ?? false ? Inside($"mon_groups/{id}") : null;
    }

    /// <summary>The groups to remove with the container, the inner one first: those that are its own.</summary>
    public IReadOnlyList<string> Recorded
    {
        get
        {
            List<string> paths = [];
            if (_monitoring is not null)
            {
                paths.Add(_system.Root.PathOf(_monitoring));
            }

            if (_isMissing && !_isShared)
            {
                paths.Add(_system.Root.PathOf(_name));
            }

            return paths;
        }
    }

    /// <summary>The shared group that is to be made, which outlives the container but not an attempt at one; null for none.</summary>
    public string? RecordedWhileMade => _isMissing && _isShared ? _system.Root.PathOf(_name) : null;

    private bool Exists => _name == DefaultGroup || _system.Root.StatusOf(_name) is not null;

    /// <summary>Finds the group for a new container, or that there is none yet.</summary>
    /// <param name="system">Where groups are; null where the machine has none.</param>
    /// <param name="rdt">What the document wants.</param>
    /// <param name="id">The container's id, by which a group without a name is called.</param>
    /// <exception cref="ContainerException">The machine can't do it, or the group exists and is another.</exception>
    public static ResctrlGroup Plan(ResctrlFileSystem? system, LinuxIntelRdt rdt, ContainerId id)
    {
        Require(system, rdt);
        ResctrlGroup group = new(system!, rdt, id);
        group.AddSchemata(Schemata.Combine(rdt.L3CacheSchema, rdt.MemBwSchema));

        // A text of its own: of one resource the kernel takes one line at a time, and the last is to count.
        group.AddSchemata(string.Join('\n', rdt.Schemata ?? []));
        group._isMissing = !group.Exists;
        if (!group._isMissing)
        {
            group.Compare();
            if (group._monitoring is { } monitoring && system!.Root.StatusOf(monitoring) is not null)
            {
                throw new ContainerException($"linux.intelRdt.enableMonitoring: the monitoring group \"{monitoring}\" exists already");
            }
        }
        else if (group is { _isShared: true, _schemata.Count: 0 })
        {
            throw new ContainerException($"linux.intelRdt.closID: there is no group \"{rdt.ClosId}\", and no schema to make it with");
        }

        return group;
    }

    /// <summary>Finds the group of a container that exists; null when it has none, or none any more.</summary>
    public static ResctrlGroup? Find(LinuxIntelRdt? rdt, ContainerId id) =>
        rdt is not null && ResctrlFileSystem.TryOpen() is { } system ? Find(system, rdt, id) : null;

    /// <inheritdoc cref="Find(LinuxIntelRdt?, ContainerId)"/>
    internal static ResctrlGroup? Find(ResctrlFileSystem system, LinuxIntelRdt rdt, ContainerId id)
    {
        ResctrlGroup group = new(system, rdt, id);
        return group.Exists ? group : null;
    }

    /// <summary>Finds the group of a container whose shares are to be changed.</summary>
    /// <exception cref="ContainerException">It has none, or the machine can't do it.</exception>
    public static ResctrlGroup ForUpdate(LinuxIntelRdt shares, LinuxIntelRdt? own, ContainerId id)
    {
        IntelRdtCheck.Check(shares);
        ResctrlFileSystem? system = ResctrlFileSystem.TryOpen();
        Require(system, shares);
        return own is not null && Find(system!, own, id) is { } group ? group
            : throw new ContainerException("linux.intelRdt: it was made without a group, whose shares could be changed");
    }

    /// <summary>What the kernel says of it.</summary>
    /// <exception cref="LinuxException">As open(2) and read(2).</exception>
    public ResctrlStatistics Statistics() => ResctrlStatistics.Read(_system, _name == DefaultGroup ? "" : _name);

    /// <summary>Makes what there isn't yet; <see cref="Undo"/> is the caller's to call when that fails.</summary>
    /// <exception cref="ContainerException">The kernel refuses.</exception>
    public void Make()
    {
        string what = $"make the group \"{_name}\"";
        try
        {
            if (_isMissing)
            {
                _hasMade = MakeNew(_name);
                foreach (string text in _schemata)
                {
                    what = $"write the schemata of the group \"{_name}\"";
                    _system.Root.WriteText(Inside("schemata"), text + '\n');
                }
            }

            if (_monitoring is not null)
            {
                what = $"make the monitoring group \"{_monitoring}\"";
                _hasMadeMonitoring = MakeNew(_monitoring);
            }
        }
        catch (LinuxException error)
        {
            throw _system.Explain(what, error);
        }
    }

    /// <summary>Changes the shares of the group, and so of all who are in it.</summary>
    /// <param name="schemata">Lines; the others stay.</param>
    /// <exception cref="ContainerException">The kernel refuses.</exception>
    public void Update(string schemata)
    {
        try
        {
            _system.Root.WriteText(Inside("schemata"), schemata + '\n');
        }
        catch (LinuxException error)
        {
            throw _system.Explain($"write the schemata of the group \"{_name}\"", error);
        }
    }

    /// <summary>Puts a process that has one thread into the group; what it starts from then on is in it too.</summary>
    /// <exception cref="ContainerException">The kernel refuses.</exception>
    public void Join(int pid)
    {
        string number = pid.ToString(CultureInfo.InvariantCulture);
        try
        {
            _system.Root.WriteText(Inside("tasks"), number);
            if (_monitoring is not null)
            {
                // Second: a monitoring group takes only who is in the group that it is in.
                _system.Root.WriteText($"{_monitoring}/tasks", number);
            }
        }
        catch (LinuxException error)
        {
            throw _system.Explain($"join the group \"{_name}\"", error);
        }
    }

    /// <summary>Removes what <see cref="Make"/> made, unless somebody else is in it by now. The container's processes have ended.</summary>
    /// <exception cref="LinuxException">As rmdir(2).</exception>
    public void Undo()
    {
        if (_hasMadeMonitoring)
        {
            _system.Root.RemoveDirectory(_monitoring!);
            _hasMadeMonitoring = false;
        }

        if (_hasMade && _isShared)
        {
            RemoveUnused(_system.Root, _name);
        }
        else if (_hasMade)
        {
            _system.Root.RemoveDirectory(_name);
        }

        _hasMade = false;
    }

    /// <summary>Removes the groups of a container that is gone. One that is not there is none to remove.</summary>
    /// <param name="paths">What <see cref="Recorded"/> gave.</param>
    /// <param name="whileMade">What <see cref="RecordedWhileMade"/> gave, for a container that never was; stays if somebody is in it by now.</param>
    /// <exception cref="LinuxException">As rmdir(2).</exception>
    public static void Remove(IReadOnlyList<string> paths, string? whileMade)
    {
        if (paths.Count == 0 && whileMade is null)
        {
            return;
        }

        using DirectoryHandle root = DirectoryHandle.OpenPath("/");
        foreach (string path in paths)
        {
            root.RemoveDirectory(path[1..]);
        }

        if (whileMade is not null)
        {
            RemoveUnused(root, whileMade[1..]);
        }
    }

    /// <summary>Removes a group that nobody is in: of another the kernel would put the processes into the default group.</summary>
    private static void RemoveUnused(DirectoryHandle root, string group)
    {
        if (root.TryReadText($"{group}/tasks") is not { Length: > 0 })
        {
            root.RemoveDirectory(group);
        }
    }

    private string Inside(string entry) => _name == DefaultGroup ? entry : $"{_name}/{entry}";

    private bool MakeNew(string name) =>
        _system.Root.MakeDirectory(name, DirectoryPermissions) ? true : throw new LinuxException("mkdir", _system.Root.PathOf(name), Errno.EEXIST);

    private void AddSchemata(string text)
    {
        if (text.Length > 0)
        {
            _schemata.Add(text);
        }
    }

    private void Compare()
    {
        foreach (string text in _schemata)
        {
            if (Schemata.FindDifference(text, _system.Root.ReadText(Inside("schemata"))) is { } difference)
            {
                throw new ContainerException($"linux.intelRdt.closID: the group \"{_name}\" exists and has another value than {difference}");
            }
        }
    }

    /// <summary>Requires what the kernel needs to have for these properties.</summary>
    /// <exception cref="ContainerException">It does not.</exception>
    private static void Require(ResctrlFileSystem? system, LinuxIntelRdt rdt)
    {
        if (system is null)
        {
            throw new ContainerException("linux.intelRdt: no resctrl file system is mounted on this machine");
        }

        RequireIf(rdt.L3CacheSchema is { Length: > 0 } && !system.HasCacheAllocation, "l3CacheSchema", "the machine can't share out its L3 cache");
        RequireIf(rdt.MemBwSchema is { Length: > 0 } && !system.HasBandwidthAllocation, "memBwSchema", "the machine can't share out its memory bandwidth");
        RequireIf((rdt.EnableMonitoring ?? false) && !system.Monitors(""), "enableMonitoring", "the machine can't monitor groups");
        RequireIf((rdt.EnableCmt ?? false) && !system.Monitors("llc_occupancy"), "enableCMT", "the machine can't monitor the use of its cache");
        RequireIf((rdt.EnableMbm ?? false) && !system.Monitors("mbm_"), "enableMBM", "the machine can't monitor its memory bandwidth");
    }

    private static void RequireIf(bool missing, string property, string why)
    {
        if (missing)
        {
            throw new ContainerException($"linux.intelRdt.{property}: {why}");
        }
    }
}
