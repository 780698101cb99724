using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Runtime.Child;
using Bulkhead.Runtime.Create;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Rootfs;

/// <summary>Shows a place of the host's file tree in the container.</summary>
[ChildSafe]
internal static class BindMount
{
    private const UnixFileMode DirectoryPermissions = (UnixFileMode)0b111_101_101;
    private const UnixFileMode FilePermissions = (UnixFileMode)0b110_100_100;

    /// <summary>Does the mount.</summary>
    public static void Mount(MountPlan mount, RootedLookup root, CreatePlan plan, ParentPipe parent, CgroupStep cgroup)
    {
        MountOptions options = mount.Options;
        if (options.CopySymbolicLink && TryCopyLink(mount, root, plan, parent, cgroup))
        {
            return;
        }

        using DetachedMount source = CloneSource(mount, plan, parent, cgroup);
        if (mount.IdMap is not null)
        {
            // The parent says that the cgroup is ready before it answers.
            cgroup.Ensure();
            parent.HaveMapped(mount.Index, source);
        }

        source.Apply(options);
        bool isDirectory = source.Root.Status().IsDirectory;
        using FileDescriptor place = OpenPlace(mount, root, isDirectory);
        MountPlaces.Check(place, mount, plan, source.Root);
        if (place.Status().IsDirectory != isDirectory)
        {
            ParentPipe.Refuse($"{place.Path} is a directory, and the source {mount.Source} is not");
        }

        source.AttachTo(place);
        source.ApplyPropagation(options);
    }

    private static FileDescriptor OpenPlace(MountPlan mount, RootedLookup root, bool isDirectory) =>
        mount.Options.KeepDestinationLink && root.TryOpenExisting(mount.Destination, FileMode.PathOnlyNoFollow) is { } link ? link
        : isDirectory ? root.MakeDirectories(mount.Destination, DirectoryPermissions)
        : root.MakeFile(mount.Destination, FilePermissions, DirectoryPermissions);

    private static DetachedMount CloneSource(MountPlan mount, CreatePlan plan, ParentPipe parent, CgroupStep cgroup)
    {
        try
        {
            return DetachedMount.CloneOf(mount.Source!, mount.Options.Recursive, followLink: !mount.Options.KeepSourceLink);
        }
        catch (LinuxException error) when (error.Error is Errno.EACCES && plan.HasUserNamespace)
        {
            using FileDescriptor source = AskForSource(mount, parent, cgroup);
            return DetachedMount.CloneOf(source, mount.Options.Recursive);
        }
    }

    private static FileDescriptor AskForSource(MountPlan mount, ParentPipe parent, CgroupStep cgroup)
    {
        cgroup.Ensure();
        parent.At($"mount \"{mount.Destination}\"");
        return parent.AskForSource(mount.Index);
    }

    /// <summary>Makes the source anew if it is a symbolic link.</summary>
    private static bool TryCopyLink(MountPlan mount, RootedLookup root, CreatePlan plan, ParentPipe parent, CgroupStep cgroup)
    {
        using FileDescriptor source = OpenLink(mount, plan, parent, cgroup);
        if (source.Status().Kind != FileKind.SymbolicLink)
        {
            return false;
        }

        string target = SymbolicLink.Read(source);
        (string folder, string name) = RootedLookup.Split(mount.Destination);
        using DirectoryHandle directory = root.MakeDirectories(folder, DirectoryPermissions);
        if (!directory.MakeSymbolicLink(name, target)
            && (directory.StatusOf(name) is not { Kind: FileKind.SymbolicLink } || directory.ReadLink(name) != target))
        {
            ParentPipe.Refuse($"{directory.PathOf(name)} exists and is not a link to {target}");
        }

        return true;
    }

    private static FileDescriptor OpenLink(MountPlan mount, CreatePlan plan, ParentPipe parent, CgroupStep cgroup)
    {
        try
        {
            return FileDescriptor.Open(mount.Source!, FileMode.PathOnlyNoFollow);
        }
        catch (LinuxException error) when (error.Error is Errno.EACCES && plan.HasUserNamespace)
        {
            return AskForSource(mount, parent, cgroup);
        }
    }
}
