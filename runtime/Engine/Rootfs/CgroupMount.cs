using Bulkhead.Cgroups;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Runtime.Child;
using Bulkhead.Runtime.Create;
using Bulkhead.Runtime.Security;

namespace Bulkhead.Runtime.Rootfs;

/// <summary>Mounts what the container sees of its cgroups: in a namespace of its own the hierarchies, else its directory of each.</summary>
[ChildSafe]
internal static class CgroupMount
{
    private const UnixFileMode DirectoryPermissions = (UnixFileMode)0b111_101_101;

    /// <summary>Does the mount, after the process has joined its cgroup.</summary>
    public static void Mount(MountPlan mount, RootedLookup root, CreatePlan plan)
    {
        bool ownNamespace = plan.NewNamespaces.HasFlag(NamespaceKinds.Cgroup) || plan.Joins(NamespaceKinds.Cgroup);
        using DirectoryHandle place = root.MakeDirectories(mount.Destination, DirectoryPermissions);
        MountPlaces.Check(place, mount, plan, source: null);
        if (plan.Cgroup.Version == CgroupVersion.V2)
        {
            MountUnified(mount, place, plan, ownNamespace);
        }
        else
        {
            MountHierarchies(mount, place, plan, ownNamespace);
        }
    }

    /// <summary>Where the mount shows directories of the host's, as it does without a cgroup namespace.</summary>
    /// <returns>The names below the mount, empty for the mount itself, and the directories.</returns>
    public static IEnumerable<(string Name, string Path)> Places(ICgroup cgroup)
    {
        if (cgroup.Version == CgroupVersion.V2)
        {
            if (cgroup.Paths.TryGetValue("", out string? unified))
            {
                yield return ("", unified);
            }

            yield break;
        }

        foreach ((string[] controllers, string path) in Hierarchies(cgroup.Paths))
        {
            yield return (DirectoryName(controllers), path);
        }
    }

    private static void MountUnified(MountPlan mount, DirectoryHandle place, CreatePlan plan, bool ownNamespace)
    {
        using DetachedMount made = ownNamespace ? CreateUnified(mount, plan) : CloneUnified(plan);
        made.Apply(mount.Options);
        made.AttachTo(place);
        made.ApplyPropagation(mount.Options);
    }

    private static DetachedMount CreateUnified(MountPlan mount, CreatePlan plan)
    {
        try
        {
            return DetachedMount.Create("cgroup2", "cgroup", mount.Options);
        }
        catch (LinuxException error) when (error.Error is Errno.EPERM or Errno.EBUSY)
        {
            // A user namespace that does not own the cgroup namespace may not mount it, but may show what is mounted.
            return CloneUnified(plan);
        }
    }

    private static DetachedMount CloneUnified(CreatePlan plan)
    {
        if (!plan.Cgroup.ProcessPaths.TryGetValue("", out string? path))
        {
            ParentPipe.Refuse("no cgroup file system is mounted");
        }

        return DetachedMount.CloneOf(path, recursive: false);
    }

    /// <summary>A tmpfs with a directory for each v1 hierarchy, and a link for each controller that shares one.</summary>
    private static void MountHierarchies(MountPlan mount, DirectoryHandle place, CreatePlan plan, bool ownNamespace)
    {
        MountOptions each = MountOptions.Parse(mount.Options.ReadOnly ? ["nosuid", "nodev", "noexec", "ro"] : ["nosuid", "nodev", "noexec"]);
        using DetachedMount top = DetachedMount.Create(
            "tmpfs", "tmpfs", SelinuxLabel.Context(MountOptions.Parse(["nosuid", "nodev", "noexec", "mode=755"]), plan.MountLabel));
        top.AttachTo(place);
        foreach ((string[] controllers, string path) in Hierarchies(plan.Cgroup.ProcessPaths))
        {
            string name = DirectoryName(controllers);
            top.Root.MakeDirectory(name, DirectoryPermissions);
            using DirectoryHandle directory = top.Root.OpenDirectory(name);
            using DetachedMount made = ownNamespace
                ? DetachedMount.Create("cgroup", controllers[0].StartsWith("name=", StringComparison.Ordinal) ? name : "cgroup", each.WithFlags(controllers))
                : DetachedMount.CloneOf(path, recursive: false);
            made.Apply(each);
            made.AttachTo(directory);
            if (controllers.Length > 1)
            {
                foreach (string controller in controllers)
                {
                    top.Root.MakeSymbolicLink(controller, name);
                }
            }
        }

        top.Apply(mount.Options);
        top.ApplyPropagation(mount.Options);
    }

    private static string DirectoryName(string[] controllers) =>
        controllers is [var only] && only.StartsWith("name=", StringComparison.Ordinal) ? only["name=".Length..] : string.Join(',', controllers);

    /// <summary>The v1 hierarchies: controllers that have the same directory share one.</summary>
    private static List<(string[] Controllers, string Path)> Hierarchies(IReadOnlyDictionary<string, string> paths)
    {
        List<(string[] Controllers, string Path)> found = [];
        foreach ((string controller, string path) in paths)
        {
            if (controller.Length == 0)
            {
                continue;
            }

            int same = found.FindIndex(hierarchy => hierarchy.Path == path);
            if (same < 0)
            {
                found.Add(([controller], path));
            }
            else
            {
                found[same] = ([.. found[same].Controllers, controller], path);
            }
        }

        return found;
    }
}
