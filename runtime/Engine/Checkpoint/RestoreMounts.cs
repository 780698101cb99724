using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Create;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Checkpoint;

/// <summary>A mount namespace for CRIU, in which the container's root is what CRIU wants it to be.</summary>
/// <remarks>
/// criu(8), <c>--root</c>: the root has to be a mount, and what it is mounted on must not be covered. The host sees nothing
/// of it, and the kernel takes it away with CRIU, whatever kills the runtime.
/// </remarks>
internal sealed class RestoreMounts : IDisposable
{
    private const UnixFileMode DirectoryPermissions = (UnixFileMode)0b111_101_101;
    private const UnixFileMode FilePermissions = (UnixFileMode)0b110_100_100;

    private readonly StateFolder _folder;
    private readonly string _bundle;
    private readonly FileDescriptor _own;
    private bool _isInside;

    private RestoreMounts(StateFolder folder, string bundle)
    {
        _folder = folder;
        _bundle = bundle;
        _own = FileDescriptor.Open("/proc/thread-self/ns/mnt", FileMode.Read);
    }

    /// <summary>The path of the container's root there.</summary>
    internal string Root { get; private set; } = "";

    /// <summary>Makes the namespace and enters it; what is started now is in it.</summary>
    internal static RestoreMounts Enter(CreatePlan plan, StateFolder folder)
    {
        RestoreMounts mounts = new(folder, plan.Bundle);
        try
        {
            Namespaces.Unshare(NamespaceKinds.Mount);
            mounts._isInside = true;
            MountTable.SetPropagation("/", MountPropagation.Slave, recursive: true);
            using (DirectoryHandle place = DirectoryHandle.OpenPath(folder.CreateRestoreRoot()))
            using (DetachedMount root = DetachedMount.CloneOf(plan.Rootfs, recursive: true))
            {
                root.AttachTo(place);
                mounts.Root = SymbolicLink.Read(place.ProcPath);
            }

            MakePlaces(plan);
            return mounts;
        }
        catch
        {
            mounts.Dispose();
            throw;
        }
    }

    /// <summary>Goes back to the runtime's own mount namespace, and to the bundle.</summary>
    internal void Leave()
    {
        if (_isInside)
        {
            _isInside = false;
            Namespaces.Enter(_own, NamespaceKinds.Mount);
            MountTable.ChangeDirectory(_bundle);
        }
    }

    /// <summary>Removes what is left of it on the host: an empty directory. CRIU has ended.</summary>
    public void Dispose()
    {
        Leave();
        _folder.RemoveRestoreRoot();
        _own.Dispose();
    }

    /// <summary>Makes the places of mounts that are missing in the root file system, as the making of a container does.</summary>
    private static void MakePlaces(CreatePlan plan)
    {
        using DirectoryHandle rootfs = DirectoryHandle.OpenPath(plan.Rootfs);
        RootedLookup root = new(rootfs);
        List<string> temporary = [];
        foreach (MountPlan mount in plan.Mounts)
        {
            if (mount.Kind is MountKind.Cgroup or MountKind.Remount || temporary.Exists(above => $"{mount.Destination}/".StartsWith(above, StringComparison.Ordinal)))
            {
                // CRIU makes these itself, and restores all that was on a tmpfs.
                continue;
            }

            try
            {
                MakePlace(mount, root);
            }
            catch (LinuxException error)
            {
                throw new ContainerException($"make the place of the mount \"{mount.Destination}\": {error.Message}", error);
            }

            if (mount.Type == "tmpfs")
            {
                temporary.Add($"{mount.Destination.TrimEnd('/')}/");
            }
        }
    }

    private static void MakePlace(MountPlan mount, RootedLookup root)
    {
        if (mount.Kind != MountKind.Bind)
        {
            root.MakeDirectories(mount.Destination, DirectoryPermissions).Dispose();
            return;
        }

        // Mounted here as well: what comes below it has its place in the source.
        using DetachedMount source = DetachedMount.CloneOf(mount.Source!, mount.Options.Recursive);
        using FileDescriptor place = source.Root.Status().IsDirectory
            ? root.MakeDirectories(mount.Destination, DirectoryPermissions)
            : root.MakeFile(mount.Destination, FilePermissions, DirectoryPermissions);
        source.AttachTo(place);
    }
}
