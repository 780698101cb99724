using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Google.Protobuf.Collections;
using Mount = Bulkhead.Proto.Containerd.Types.Mount;

namespace Bulkhead.Shim.Rootfs;

/// <summary>The mounts that make a container's root file system, as containerd's snapshotters describe them.</summary>
internal static class RootfsMounts
{
    private const UnixFileMode Permissions = (UnixFileMode)0b111_101_101;

    /// <summary>Makes them, in their order, over a folder; when one can't be made, those before it are taken back.</summary>
    /// <exception cref="LinuxException">As mount(2), fsopen(2) and open_tree(2).</exception>
    public static void Make(string rootfs, RepeatedField<Mount> mounts)
    {
        if (mounts.Count == 0)
        {
            return;
        }

        using (DirectoryHandle _ = HostDirectories.Make(rootfs, Permissions))
        {
            // It may have to be made; the mounts are looked up anew, because each covers the place of the one before.
        }

        try
        {
            foreach (Mount mount in mounts)
            {
                using DirectoryHandle root = DirectoryHandle.OpenPath(rootfs);
                using DirectoryHandle place = new RootedLookup(root).MakeDirectories(mount.Target, Permissions);
                Make(mount, place);
            }
        }
        catch
        {
            Remove(rootfs);
            throw;
        }
    }

    /// <summary>Removes whatever is mounted on a folder.</summary>
    /// <exception cref="LinuxException">As umount2(2), but for what is not mounted, or not there.</exception>
    public static void Remove(string rootfs)
    {
        try
        {
            while (true)
            {
                MountTable.Detach(rootfs);
            }
        }
        catch (LinuxException error) when (error.Error is Errno.EINVAL or Errno.ENOENT)
        {
            // Nothing is left.
        }
    }

    private static void Make(Mount mount, DirectoryHandle place)
    {
        string[] texts = [.. mount.Options];
        MountOptions options = MountOptions.Parse(texts);
        if (options.Bind || mount.Type == "bind")
        {
            using DetachedMount clone = DetachedMount.CloneOf(mount.Source, options.Recursive);
            clone.Apply(options);
            clone.AttachTo(place);
            clone.ApplyPropagation(options);
            return;
        }

        // A layer at a time, so that neither their number nor the length of their paths is bound by a page of options.
        if (OverlayLayers.TrySplit(mount.Type, texts) is { } split && TryMake(mount, MountOptions.Parse(split), place))
        {
            return;
        }

        if (MountTable.NeedsOldCall(mount.Source, options))
        {
            MountTable.MountOver(place, mount.Type, mount.Source, options);
            return;
        }

        Attach(DetachedMount.Create(mount.Type, mount.Source, options), options, place);
    }

    private static bool TryMake(Mount mount, MountOptions options, DirectoryHandle place)
    {
        if (MountTable.NeedsOldCall(mount.Source, options))
        {
            return false;
        }

        try
        {
            Attach(DetachedMount.Create(mount.Type, mount.Source, options), options, place);
            return true;
        }
        catch (LinuxException error) when (error.Error is Errno.EINVAL)
        {
            // lowerdir+ came with 6.8. Kernels before 6.5 take any option, and refuse the whole in the end.
            return false;
        }
    }

    private static void Attach(DetachedMount made, MountOptions options, DirectoryHandle place)
    {
        using (made)
        {
            made.AttachTo(place);
            made.ApplyPropagation(options);
        }
    }
}
