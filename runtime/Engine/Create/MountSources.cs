using System.Globalization;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Runtime.Containers;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Create;

/// <summary>What the parent does for the child's mounts, because root of a user namespace is anybody on the host.</summary>
internal sealed class MountSources(IReadOnlyList<MountPlan> mounts)
{
    /// <summary>Opens the source of a bind mount that the child may not reach.</summary>
    /// <param name="pid">The child.</param>
    /// <param name="index">Which mount.</param>
    /// <exception cref="ContainerException">It can't be opened.</exception>
    /// <remarks>
    /// With the parent's rights, but in the child's mount namespace: there the kernel has locked the host's read-only, nosuid,
    /// nodev and noexec, which a mount of the parent's own namespace would let root of the container take away.
    /// </remarks>
    public FileDescriptor Open(int pid, int index)
    {
        MountPlan mount = mounts[index];
        try
        {
            using DirectoryHandle root = DirectoryHandle.OpenPath(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/root"));
            FileMode mode = mount.Options.KeepSourceLink || mount.Options.CopySymbolicLink ? FileMode.PathOnlyNoFollow : FileMode.PathOnly;
            return new RootedLookup(root).Open(mount.Source!, mode);
        }
        catch (LinuxException error)
        {
            throw new ContainerException($"mount \"{mount.Destination}\": open {mount.Source}: {LinuxException.Describe(error.Error)}", error);
        }
    }

    /// <summary>Has a mount of the child's show the ids that the document maps.</summary>
    /// <param name="pid">The child.</param>
    /// <param name="index">Which mount of the document it is.</param>
    /// <param name="made">The mount, not attached yet.</param>
    /// <exception cref="ContainerException">The file system can't be mapped.</exception>
    public void Map(int pid, int index, FileDescriptor made)
    {
        MountPlan mount = mounts[index];
        MountIdMap map = mount.IdMap!;
        using FileDescriptor? own = map.Namespace is null ? FileDescriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/user"), FileMode.Read) : null;
        try
        {
            DetachedMount.MapIds(made, map.Namespace ?? own!, map.Recursive);
        }
        catch (LinuxException error)
        {
            string why = error.Error is Errno.EINVAL ? "its file system can't be id-mapped, or not twice" : "it can't be id-mapped";
            throw new ContainerException($"mount \"{mount.Destination}\": map the ids of {mount.Source}: {why}: {LinuxException.Describe(error.Error)}", error);
        }
    }
}
