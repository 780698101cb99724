using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Runtime.Child;
using Bulkhead.Runtime.Create;
using Bulkhead.Runtime.Security;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Rootfs;

/// <summary>Mounts a file system that is not the host's.</summary>
[ChildSafe]
internal static class FileSystemMount
{
    private const UnixFileMode DirectoryPermissions = (UnixFileMode)0b111_101_101;

    // As old as its namespace, whatever is mounted when: options that change it are refused.
    private const string QueueFileSystem = "mqueue";

    /// <summary>Does the mount.</summary>
    /// <returns>The mount, if it is to become read-only once there is nothing left to be made in it.</returns>
    public static DetachedMount? Mount(MountPlan mount, RootedLookup root, CreatePlan plan, KernelMounts kernel)
    {
        RefuseLink(mount, root);
        bool later = mount.Options.ReadOnly && IsFilledLater(mount);
        MountOptions options = later ? mount.Options.Writable() : mount.Options;
        DirectoryHandle? covered = mount.Type == "tmpfs" ? FindCovered(mount, root) : null;
        if (covered is not null)
        {
            // A tmpfs looks like the directory it covers, unless the document says otherwise.
            options = options.WithData("mode=", Convert.ToString((int)covered.Status().Permissions, 8));
        }

        string? label = mount.Type is "proc" or "sysfs" ? null : plan.MountLabel;
        if (mount.Type != QueueFileSystem)
        {
            options = SelinuxLabel.Context(options, label);
        }

        using DirectoryHandle place = covered ?? root.MakeDirectories(mount.Destination, DirectoryPermissions);
        MountPlaces.Check(place, mount, plan, source: null);
        if (MountTable.NeedsOldCall(mount.Source, options))
        {
            MountByOldCall(mount, options, place, root, plan);
            return null;
        }

        DetachedMount made = Create(mount, options);
        if (options.CopyUp && covered is not null)
        {
            TreeCopy.Copy(covered, made.Root);
        }

        if (mount.Type == QueueFileSystem && label is not null)
        {
            SelinuxLabel.SetOfRoot(made, label);
        }

        made.AttachTo(place);
        made.ApplyPropagation(options);
        if (later)
        {
            return made;
        }

        if (IsOfTheKernel(mount))
        {
            kernel.Keep(mount.Destination, made);
        }
        else
        {
            made.Dispose();
        }

        return null;
    }

    private static bool IsOfTheKernel(MountPlan mount) => mount.Type is "proc" or "sysfs";

    private static DetachedMount Create(MountPlan mount, MountOptions options)
    {
        try
        {
            return DetachedMount.Create(mount.Type, mount.Source, options);
        }
        catch (LinuxException error) when (error.Error is Errno.EPERM && mount.Type == "sysfs")
        {
            // Only the owner of the network namespace may mount one: sysfs(5). Others can show what is mounted, with all below it,
            // for the kernel uncovers nothing that lies under another mount.
            DetachedMount shown = DetachedMount.CloneOf("/sys", recursive: true);
            shown.SetPropagation(MountPropagation.Slave, recursive: true);
            shown.Restrict(options);
            return shown;
        }
    }

    /// <summary>Devices are made in <c>/dev</c>, and the places of other mounts in any tmpfs.</summary>
    private static bool IsFilledLater(MountPlan mount) => mount.Type == "tmpfs" || mount.Destination.TrimEnd('/') == "/dev";

    private static DirectoryHandle? FindCovered(MountPlan mount, RootedLookup root)
    {
        using FileDescriptor? found = root.TryOpenExisting(mount.Destination, FileMode.PathOnly);
        return found is null ? null : root.OpenDirectory(mount.Destination);
    }

    private static void MountByOldCall(MountPlan mount, MountOptions options, DirectoryHandle place, RootedLookup root, CreatePlan plan)
    {
        if (options.CopyUp)
        {
            ParentPipe.Refuse("tmpcopyup can't be had with an option of this length or with several options in one text");
        }

        MountTable.MountOver(place, mount.Type, mount.Source, mount.Options.ReadOnly ? options.WithReadOnly() : options);
        if (options.HasPropagation)
        {
            // The descriptor means what is covered, so the mount on it has to be looked up again.
            using FileDescriptor made = root.Open(mount.Destination, FileMode.PathOnly);
            MountPlaces.Check(made, mount, plan, source: null);
            MountTable.ApplyPropagation(made, options);
        }
    }

    /// <summary>proc and sysfs must be where their names say: masks and read-only paths are put there by name.</summary>
    /// <remarks>CVE-2019-16884, CVE-2019-19921.</remarks>
    private static void RefuseLink(MountPlan mount, RootedLookup root)
    {
        if (!IsOfTheKernel(mount))
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
