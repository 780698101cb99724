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
    /// <returns>What is still to be made read-only, once there is nothing left to be made in it; null in most cases.</returns>
    public static DetachedMount? Mount(MountPlan mount, RootedLookup root, CreatePlan plan, ParentPipe parent, CgroupStep cgroup, KernelMounts kernel)
    {
        parent.At($"mount \"{mount.Destination}\"");
        if (mount.Kind != MountKind.Remount)
        {
            kernel.Cover(mount.Destination);
        }

        switch (mount.Kind)
        {
            case MountKind.Bind:
                BindMount.Mount(mount, root, plan, parent, cgroup);
                return null;
            case MountKind.Remount:
                using (FileDescriptor place = root.Open(mount.Destination, FileMode.PathOnly))
                {
                    MountTable.Remount(place, mount.Options);
                }

                return null;
            case MountKind.Cgroup:
                cgroup.Ensure();
                CgroupMount.Mount(mount, root, plan);
                return null;
            default:
                return FileSystemMount.Mount(mount, root, plan, kernel);
        }
    }
}
