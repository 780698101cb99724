using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Runtime.Child;
using Bulkhead.Runtime.Create;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Rootfs;

/// <summary>Mounts the container's root and what the document wants in it, before the root is changed.</summary>
[ChildSafe]
internal static class RootMounts
{
    private const UnixFileMode DirectoryPermissions = (UnixFileMode)0b111_101_101;
    private const UnixFileMode FilePermissions = (UnixFileMode)0b110_100_100;

    /// <summary>Cuts the mount namespace off from the host's and makes the root a mount of its own.</summary>
    public static DetachedMount Prepare(CreatePlan plan, ParentPipe parent)
    {
        parent.At("cut the mounts off from the host's");
        MountPropagation kind = plan.Propagation.Kind;

        // What is unbindable could not even be bound as the root: it becomes so when the root is changed.
        MountTable.SetPropagation("/", kind == MountPropagation.Unbindable ? MountPropagation.Private : kind, plan.Propagation.Recursive);
        if (kind == MountPropagation.Shared || !plan.Propagation.Recursive)
        {
            // Else what is mounted on the root would appear on the host; pivot_root(2) refuses it, too.
            MountPropagation cut = kind == MountPropagation.Slave ? MountPropagation.Slave : MountPropagation.Private;
            MountTable.SetPropagation(MountPoints.Containing(plan.Rootfs), cut, recursive: false);
        }

        parent.At($"mount the root file system \"{plan.Rootfs}\"");
        DetachedMount root = DetachedMount.CloneOf(plan.Rootfs, recursive: true);
        using DirectoryHandle place = DirectoryHandle.OpenPath(plan.Rootfs);
        root.AttachTo(place);
        return root;
    }

    /// <summary>Does one mount of the document.</summary>
    public static void Mount(MountPlan mount, RootedLookup root, CreatePlan plan, ParentPipe parent)
    {
        parent.At($"mount \"{mount.Destination}\"");
        HostMounts.RefuseRoot(mount, root, plan);
        switch (mount.Kind)
        {
            case MountKind.Bind:
                Bind(mount, root, plan);
                break;
            case MountKind.Remount:
                using (FileDescriptor place = root.Open(mount.Destination, FileMode.PathOnly))
                {
                    MountTable.Remount(place, mount.Options);
                }

                break;
            case MountKind.Cgroup:
                CgroupMount.Mount(mount, root, plan);
                break;
            default:
                MountFileSystem(mount, root);
                break;
        }
    }

    private static void Bind(MountPlan mount, RootedLookup root, CreatePlan plan)
    {
        using DetachedMount source = CloneSource(mount, plan);
        source.Apply(mount.Options);
        bool isDirectory = source.Root.Status().IsDirectory;
        using FileDescriptor place = isDirectory
            ? root.MakeDirectories(mount.Destination, DirectoryPermissions)
            : root.MakeFile(mount.Destination, FilePermissions, DirectoryPermissions);
        if (place.Status().IsDirectory != isDirectory)
        {
            ParentPipe.Refuse($"{place.Path} is a directory, and the source {mount.Source} is not");
        }

        source.AttachTo(place);
        source.ApplyPropagation(mount.Options);
    }

    private static DetachedMount CloneSource(MountPlan mount, CreatePlan plan)
    {
        try
        {
            return DetachedMount.CloneOf(mount.Source!, mount.Options.Recursive);
        }
        catch (LinuxException error) when (error.Error is Errno.EACCES && mount.Opened is { } opened)
        {
            // The second choice, for the kernel locks the host's read-only and nosuid only on mounts of this mount namespace.
            if (plan.Propagation.Kind == MountPropagation.Private)
            {
                opened.SetPropagation(MountPropagation.Private, recursive: true);
            }

            return opened;
        }
    }

    private static void MountFileSystem(MountPlan mount, RootedLookup root)
    {
        RefuseLink(mount, root);
        MountOptions options = mount.Options;
        if (mount.Type == "tmpfs" && root.TryOpenExisting(mount.Destination, FileMode.PathOnly) is { } covered)
        {
            // A tmpfs looks like the directory it covers, unless the document says otherwise.
            options = options.WithData("mode=", Convert.ToString((int)covered.Status().Permissions, 8));
            covered.Dispose();
        }

        using DetachedMount made = DetachedMount.Create(mount.Type, mount.Source, options);
        using DirectoryHandle place = root.MakeDirectories(mount.Destination, DirectoryPermissions);
        made.AttachTo(place);
        made.ApplyPropagation(options);
    }

    /// <summary>proc and sysfs must be where their names say: masks and read-only paths are put there by name.</summary>
    /// <remarks>CVE-2019-16884, CVE-2019-19921.</remarks>
    private static void RefuseLink(MountPlan mount, RootedLookup root)
    {
        if (mount.Type is not ("proc" or "sysfs"))
        {
            return;
        }

        using FileDescriptor? place = root.TryOpenExisting(mount.Destination, FileMode.PathOnlyNoFollow);
        if (place is not null && !place.Status().IsDirectory)
        {
            ParentPipe.Refuse($"{place.Path} is not a directory");
        }
    }
}
