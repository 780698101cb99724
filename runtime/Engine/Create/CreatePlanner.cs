using Bulkhead.Cgroups;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Seccomp;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Resctrl;
using Bulkhead.Runtime.Rootfs;
using Bulkhead.Runtime.Security;
using Bulkhead.Runtime.Validation;
using Bulkhead.Specs.Runtime;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Create;

/// <summary>Makes the plan of a container from its document: everything that can be wrong with it is found out here.</summary>
internal static class CreatePlanner
{
    private const UnixFileMode DefaultDevicePermissions = (UnixFileMode)0b110_110_110;

    /// <summary>Makes the plan.</summary>
    /// <exception cref="ContainerException">The document can't be carried out.</exception>
    /// <exception cref="LinuxException">A path in it can't be opened.</exception>
    public static CreatePlan Plan(CreateOptions options, Spec spec, SeccompProgram? seccomp, bool isRootless, EngineLog log)
    {
        SpecCheck.Check(spec);
        RootlessCheck.Check(spec);
        LinuxSection linux = spec.Linux!;
        (NamespaceKinds created, List<(FileDescriptor Place, NamespaceKinds Kind)> joined) = PlanNamespaces(linux.Namespaces ?? []);
        RefuseHosts(joined, spec);
        FileDescriptor? joinedUsers = joined.Find(place => place.Kind == NamespaceKinds.User).Place;
        bool ownUsers = created.HasFlag(NamespaceKinds.User) || joinedUsers is not null;
        MountIdMaps idMaps = new(linux, created.HasFlag(NamespaceKinds.User), joinedUsers);
        MountPlan[] mounts = MountPlanner.Plan(spec.Mounts ?? [], options.Bundle, idMaps, log);
        CreatePlan plan = new()
        {
            Id = options.Id,
            Spec = spec,
            Bundle = options.Bundle,
            IsUnprivileged = ProcessIdentity.EffectiveUser != 0,
            Rootfs = FindRootfs(spec.Root!.Path, options.Bundle),
            NewNamespaces = created,
            JoinedNamespaces = [.. joined],
            Cgroup = PlanCgroup(options, spec, linux, isRootless),
            Resctrl = linux.IntelRdt is { } rdt ? ResctrlGroup.Plan(ResctrlFileSystem.TryOpen(), rdt, options.Id) : null,
            Propagation = PlanPropagation(linux.RootfsPropagation),
            Mounts = mounts,
            MountLabel = SelinuxLabel.Require(linux.MountLabel, "linux.mountLabel"),
            Devices = PlanDevices(linux.Devices ?? [], mounts)?.ToArray(),
            ReadOnlyRoot = spec.Root.Readonly ?? false,
            NoPivot = options.NoPivot,
            Proc = ProcFile.OpenHost(),
            Process = ProcessPlanner.Plan(
                spec.Process!,
                linux,
                seccomp,
                CapabilityLimits.OfChild(ownUsers),
                options.NoNewKeyring ? null : $"_ses.{options.Id}",
                options.PreserveDescriptors,
                log),
        };
        HostMounts.Check(plan);
        RootlessCheck.WarnOfGroups(spec.Process!, plan.Proc, log);
        return plan;
    }

    private static ICgroup PlanCgroup(CreateOptions options, Spec spec, LinuxSection linux, bool isRootless)
    {
        string? path = linux.CgroupsPath is { Length: > 0 } given ? given : null;
        return options.CgroupManager switch
        {
            CgroupManager.Systemd => Cgroup.ForUnit(options.Id.ToString(), path, spec.Annotations, linux.Resources ?? new(), isRootless),
            CgroupManager.Nobody => Cgroup.ForNobody(),
            _ => Cgroup.ForContainer(options.Id.ToString(), path, isRootless),
        };
    }

    private static string FindRootfs(string path, string bundle)
    {
        string full = path.StartsWith('/') ? path : $"{bundle}/{path}";
        try
        {
            using DirectoryHandle rootfs = DirectoryHandle.OpenPath(full);
            return SymbolicLink.Read(rootfs.ProcPath);
        }
        catch (LinuxException error)
        {
            throw new ContainerException($"root.path: {error.Message}", error);
        }
    }

    private static (NamespaceKinds Created, List<(FileDescriptor Place, NamespaceKinds Kind)> Joined) PlanNamespaces(LinuxNamespace[] namespaces)
    {
        NamespaceKinds created = NamespaceKinds.None;
        List<(FileDescriptor Place, NamespaceKinds Kind)> joined = [];
        for (int i = 0; i < namespaces.Length; i++)
        {
            NamespaceKinds kind = Kind(namespaces[i].Type);
            if (namespaces[i].Path is not { Length: > 0 } path)
            {
                created |= kind;
                continue;
            }

            FileDescriptor place = OpenNamespace(path, kind, i);
            if (kind == NamespaceKinds.User)
            {
                // First: entering the others takes the rights that this one gives.
                joined.Insert(0, (place, kind));
            }
            else
            {
                joined.Add((place, kind));
            }
        }

        return (created, joined);
    }

    private static FileDescriptor OpenNamespace(string path, NamespaceKinds kind, int index)
    {
        try
        {
            FileDescriptor place = FileDescriptor.Open(path, FileMode.Read);
            return Namespaces.IsNamespace(place, kind)
                ? place
                : throw new ContainerException($"linux.namespaces[{index}].path: {path} is not a namespace of the type {Namespaces.FileName(kind)}");
        }
        catch (LinuxException error)
        {
            throw new ContainerException($"linux.namespaces[{index}].path: {error.Message}", error);
        }
    }

    /// <summary>A path can lead to the runtime's own namespace; what would be changed in it is the host's.</summary>
    private static void RefuseHosts(List<(FileDescriptor Place, NamespaceKinds Kind)> joined, Spec spec)
    {
        foreach ((FileDescriptor place, NamespaceKinds kind) in joined)
        {
            bool changed = kind switch
            {
                NamespaceKinds.Mount => true,
                NamespaceKinds.Network => spec.Linux!.NetDevices is { Count: > 0 } || SysctlCheck.Any(spec.Linux!.Sysctl, LinuxNamespaceType.Network),
                NamespaceKinds.Ipc => SysctlCheck.Any(spec.Linux!.Sysctl, LinuxNamespaceType.Ipc),
                NamespaceKinds.Uts => spec.Hostname is { Length: > 0 } || spec.Domainname is { Length: > 0 } || SysctlCheck.Any(spec.Linux!.Sysctl, LinuxNamespaceType.Uts),
                _ => false,
            };
            if (changed && Namespaces.IsOwn(place, kind))
            {
                throw new ContainerException($"linux.namespaces: {place.Path} is the host's own {Namespaces.FileName(kind)} namespace, which would be changed");
            }
        }
    }

    /// <summary>The kind of namespace that a type of the document is.</summary>
    internal static NamespaceKinds Kind(LinuxNamespaceType type) => type switch
    {
        LinuxNamespaceType.Pid => NamespaceKinds.Pid,
        LinuxNamespaceType.Network => NamespaceKinds.Network,
        LinuxNamespaceType.Mount => NamespaceKinds.Mount,
        LinuxNamespaceType.Ipc => NamespaceKinds.Ipc,
        LinuxNamespaceType.Uts => NamespaceKinds.Uts,
        LinuxNamespaceType.User => NamespaceKinds.User,
        LinuxNamespaceType.Cgroup => NamespaceKinds.Cgroup,
        LinuxNamespaceType.Time => NamespaceKinds.Time,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static RootPropagation PlanPropagation(string? text) => text switch
    {
        null or "" or "rslave" => new(MountPropagation.Slave, true),
        "slave" => new(MountPropagation.Slave, false),
        "private" => new(MountPropagation.Private, false),
        "rprivate" => new(MountPropagation.Private, true),
        "shared" => new(MountPropagation.Shared, false),
        "rshared" => new(MountPropagation.Shared, true),
        "unbindable" => new(MountPropagation.Unbindable, false),
        "runbindable" => new(MountPropagation.Unbindable, true),
        _ => throw new ContainerException($"linux.rootfsPropagation: unknown value \"{text}\""),
    };

    /// <summary>The default devices, each unless the document has one of that path, and the document's.</summary>
    private static List<DevicePlan>? PlanDevices(LinuxDevice[] devices, MountPlan[] mounts)
    {
        foreach (MountPlan mount in mounts)
        {
            if (mount.Kind == MountKind.Bind && mount.Destination.TrimEnd('/') == "/dev")
            {
                return null;
            }
        }

        List<DevicePlan> plans = [];
        foreach ((string Path, uint Major, uint Minor) standard in DefaultDevices.All)
        {
            if (!Array.Exists(devices, device => device.Path == standard.Path))
            {
                plans.Add(DefaultDevices.Plan(standard));
            }
        }

        for (int i = 0; i < devices.Length; i++)
        {
            plans.Add(PlanDevice(devices[i], i));
        }

        return plans;
    }

    private static DevicePlan PlanDevice(LinuxDevice device, int index)
    {
        FileKind kind = device.Type switch
        {
            "c" or "u" => FileKind.CharacterDevice,
            "b" => FileKind.BlockDevice,
            "p" => FileKind.Fifo,
            _ => throw new ContainerException($"linux.devices[{index}].type: unknown type \"{device.Type}\""),
        };
        if (!device.Path.StartsWith('/'))
        {
            throw new ContainerException($"linux.devices[{index}].path: \"{device.Path}\" is not absolute");
        }

        if (kind != FileKind.Fifo && (device.Major is null or < 0 or > uint.MaxValue || device.Minor is null or < 0 or > uint.MaxValue))
        {
            throw new ContainerException($"linux.devices[{index}]: major or minor is missing or out of range");
        }

        DeviceNumber number = kind == FileKind.Fifo ? default : new DeviceNumber((uint)device.Major!, (uint)device.Minor!);
        UnixFileMode permissions = device.FileMode is { } mode ? (UnixFileMode)(mode & 0xfff) : DefaultDevicePermissions;
        return new DevicePlan(device.Path, kind, number, permissions, device.Uid ?? 0, device.Gid ?? 0);
    }
}
