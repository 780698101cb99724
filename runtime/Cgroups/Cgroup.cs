using Bulkhead.Cgroups.Layout;
using Bulkhead.Cgroups.Systemd;
using Bulkhead.Cgroups.V1;
using Bulkhead.Cgroups.V2;
using Bulkhead.Linux.Files;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups;

/// <summary>Finds the back end for the way the machine's cgroups are mounted.</summary>
public static class Cgroup
{
    /// <summary>Decides where a container's cgroup goes; makes nothing yet.</summary>
    /// <param name="id">The container's id, the last part of the path when <paramref name="cgroupsPath"/> is absent.</param>
    /// <param name="cgroupsPath">
    /// The document's <c>linux.cgroupsPath</c>. An absolute path counts from the mount of each hierarchy; a relative one, as
    /// the id, from the caller's own cgroup there, on v2 from the one above it, because its own holds processes and so can't
    /// pass controllers on. <c>..</c> leads to neither's outside.
    /// </param>
    /// <param name="isRootless">
    /// Whether hierarchies in which the caller may make no cgroup are left out, unless <paramref name="cgroupsPath"/> asks for
    /// one, and rules for devices that can't be set are no error: <see cref="ICgroup.Paths"/> may be empty then.
    /// </param>
    /// <exception cref="CgroupException">No cgroup file system is mounted, or the path is a hierarchy's root.</exception>
    public static ICgroup ForContainer(string id, string? cgroupsPath, bool isRootless = false) =>
        ForContainer(isRootless && cgroupsPath is null ? CgroupLayout.DetectAny() : CgroupLayout.Detect(), id, cgroupsPath, isRootless);

    /// <summary>Decides which unit of systemd a container's cgroup is that of; makes nothing yet.</summary>
    /// <param name="id">The container's id.</param>
    /// <param name="cgroupsPath">The document's <c>linux.cgroupsPath</c>: <c>slice:prefix:name</c>, or absent.</param>
    /// <param name="annotations">The document's annotations; those named <c>org.systemd.property.</c> are properties of the unit.</param>
    /// <param name="resources">The limits that the unit begins with.</param>
    /// <param name="isRootless">Whether rules for devices that can't be set are no error.</param>
    /// <exception cref="CgroupException">
    /// The path or an annotation can't be understood; no cgroup file system is mounted; or a user's own systemd is needed
    /// and can't be asked.
    /// </exception>
    /// <remarks>runc 1.3, docs/systemd.md.</remarks>
    public static ICgroup ForUnit(string id, string? cgroupsPath, IReadOnlyDictionary<string, string>? annotations, LinuxResources resources, bool isRootless = false)
    {
        SystemdUnit unit = SystemdUnit.For(id, cgroupsPath, SystemdManager.IsOfUser());
        CgroupLayout layout = CgroupLayout.Detect();
        if (unit.IsOfUser && layout.Version != CgroupVersion.V2)
        {
            throw new CgroupException("cgroups managed by a user's own systemd need cgroup v2");
        }

        List<UnitProperty> properties = SystemdCgroup.Base(unit, layout.Version);
        UnitResources.Append(properties, resources with { Devices = resources.Devices ?? [] }, layout.Version == CgroupVersion.V2);
        UnitUnifiedFiles.AppendOomPolicy(properties, resources.Unified);
        UnitAnnotations.Append(properties, annotations);
        return new SystemdCgroup(ForContainer(layout, id, $"/{unit.PlaceBelow(ManagersCgroup(unit.IsOfUser))}", isRootless), unit, properties);
    }

    /// <summary>Decides that a container gets no cgroup: its processes stay in the caller's, without limits.</summary>
    public static ICgroup ForNobody()
    {
        CgroupLayout layout = CgroupLayout.DetectAny();
        OwnCgroups own = OwnCgroups.Read();
        Dictionary<string, string> callers = [];
        foreach (CgroupHierarchy hierarchy in layout.Hierarchies)
        {
            using DirectoryHandle root = OpenMount(hierarchy);
            NoteCallers(callers, hierarchy, root, own);
        }

        return new AbsentCgroup(layout.Version, callers);
    }

    private static void NoteCallers(Dictionary<string, string> callers, CgroupHierarchy hierarchy, DirectoryHandle root, OwnCgroups own)
    {
        string place = root.PathOf(own.In(hierarchy)).TrimEnd('/');
        Array.ForEach(hierarchy.Controllers, controller => callers[controller] = place);
    }

    private static string ManagersCgroup(bool isOfUser)
    {
        if (!isOfUser)
        {
            return "";
        }

        using SystemdManager manager = new(isOfUser);
        return manager.ReadControlGroup();
    }

    private static ICgroup ForContainer(CgroupLayout layout, string id, string? cgroupsPath, bool isRootless)
    {
        OwnCgroups? own = cgroupsPath is ['/', ..] ? null : OwnCgroups.Read();
        List<V1Directory> directories = [];
        UnifiedDirectory? unified = null;
        Dictionary<string, string> callers = [];
        try
        {
            foreach (CgroupHierarchy hierarchy in layout.Hierarchies)
            {
                string place = CgroupPath.Place(id, cgroupsPath, Above(own, hierarchy, layout.Version));
                CgroupDirectory directory = new(OpenMount(hierarchy), place);
                if (isRootless && cgroupsPath is null && !MayMake(directory, hierarchy))
                {
                    NoteCallers(callers, hierarchy, directory.Root, own!);
                    directory.Root.Dispose();
                }
                else if (hierarchy.IsUnified)
                {
                    unified = new UnifiedDirectory(directory, isNew: true);
                }
                else
                {
                    directories.Add(new V1Directory(hierarchy.Controllers, directory));
                }
            }
        }
        catch
        {
            directories.ForEach(static directory => directory.Cgroup.Root.Dispose());
            unified?.Dispose();
            throw;
        }

        return (layout.Version, directories.Count, unified) switch
        {
            (CgroupVersion.V2, _, not null) => new V2Cgroup(unified, isRootless),
            (not CgroupVersion.V2, > 0, _) => new V1Cgroup([.. directories], unified, isRootless, callers),
            _ => new AbsentCgroup(layout.Version, callers),
        };
    }

    /// <summary>Takes up a cgroup that was made before; it may be gone meanwhile.</summary>
    /// <param name="version">The layout it was made in.</param>
    /// <param name="paths">As <see cref="ICgroup.Paths"/> gave them; empty for a container that was made without a cgroup.</param>
    /// <param name="unit">As <see cref="ICgroup.Unit"/> gave it.</param>
    /// <exception cref="CgroupException">The paths are not those of such a layout.</exception>
    public static ICgroup Open(CgroupVersion version, IReadOnlyDictionary<string, string> paths, SystemdUnit? unit = null) =>
        unit is null ? OpenFiles(version, paths) : new SystemdCgroup(OpenFiles(version, paths), unit, null);

    /// <summary>Takes up the cgroup that a process is in, whoever made it.</summary>
    /// <param name="pid">The process's number in the caller's PID namespace.</param>
    /// <exception cref="Linux.LinuxException">As open(2): ENOENT when there is no such process.</exception>
    public static ICgroup OfProcess(int pid)
    {
        CgroupLayout layout = CgroupLayout.DetectAny();
        OwnCgroups own = OwnCgroups.Of(pid);
        Dictionary<string, string> paths = [];
        foreach (CgroupHierarchy hierarchy in layout.Hierarchies)
        {
            string place = own.In(hierarchy);
            foreach (string controller in hierarchy.Controllers)
            {
                paths[controller] = $"{hierarchy.MountPoint}/{place}";
            }
        }

        return OpenFiles(layout.Version, paths);
    }

    private static ICgroup OpenFiles(CgroupVersion version, IReadOnlyDictionary<string, string> paths)
    {
        if (paths.Count == 0)
        {
            return new AbsentCgroup(version, paths);
        }

        UnifiedDirectory? unified = null;
        Dictionary<string, List<string>> byPath = [];
        foreach ((string controller, string path) in paths)
        {
            if (path is not ['/', _, ..])
            {
                throw new CgroupException($"the cgroup path \"{path}\" of the state document is not absolute");
            }

            if (controller == CgroupHierarchy.Unified)
            {
                unified = new UnifiedDirectory(Saved(path), isNew: false);
            }
            else if (byPath.TryGetValue(path, out List<string>? controllers))
            {
                controllers.Add(controller);
            }
            else
            {
                byPath[path] = [controller];
            }
        }

        List<V1Directory> directories = [];
        foreach ((string path, List<string> controllers) in byPath)
        {
            directories.Add(new V1Directory([.. controllers], Saved(path)));
        }

        return (version, directories.Count, unified) switch
        {
            (CgroupVersion.V2, 0, not null) => new V2Cgroup(unified),
            (CgroupVersion.V1 or CgroupVersion.Hybrid, > 0, _) => new V1Cgroup([.. directories], unified),
            _ => throw new CgroupException($"the cgroup paths of the state document are not those of layout {version}"),
        };
    }

    /// <summary>Whether the caller may make a cgroup and move itself there: on v2 that takes a right over the cgroup above both.</summary>
    /// <remarks>kernel, cgroup-v2.rst, "Delegation Containment".</remarks>
    private static bool MayMake(CgroupDirectory directory, CgroupHierarchy hierarchy)
    {
        CgroupDirectory above = new(directory.Root, CgroupPath.Parent(directory.Place));
        return FileAccessCheck.MayWrite(directory.Root, above.PathFromRoot("."))
            && (!hierarchy.IsUnified || FileAccessCheck.MayWrite(directory.Root, above.PathFromRoot("cgroup.procs")));
    }

    private static CgroupDirectory Saved(string path) => new(DirectoryHandle.OpenPath("/"), CgroupPath.Clean(path));

    private static Func<string> Above(OwnCgroups? own, CgroupHierarchy hierarchy, CgroupVersion version) => () =>
        own is null ? "" : version == CgroupVersion.V2 ? CgroupPath.Parent(own.In(hierarchy)) : own.In(hierarchy);

    private static DirectoryHandle OpenMount(CgroupHierarchy hierarchy)
    {
        DirectoryHandle root = DirectoryHandle.Open(hierarchy.MountPoint);
        long expected = hierarchy.IsUnified ? CgroupLayout.CGROUP2_SUPER_MAGIC : CgroupLayout.CGROUP_SUPER_MAGIC;
        if (root.FileSystemType() == expected)
        {
            return root;
        }

        root.Dispose();
        throw new CgroupException($"{hierarchy.MountPoint} is a cgroup mount that something else is mounted over");
    }
}
