using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Rootfs;

/// <summary>The procfs and sysfs that were mounted for a container, held so that what is masked in them is found whatever becomes of their names.</summary>
/// <remarks>
/// Somebody else with a hand in the root file system can rename the directory that a mount is on, and rename it back: by
/// its path the mount would be missed, and stay without its masks.
/// </remarks>
[ChildSafe]
internal sealed class KernelMounts : IDisposable
{
    private readonly List<(string Destination, DetachedMount Mount)> _mounts = [];

    /// <summary>Holds a mount that has been attached.</summary>
    public void Keep(string destination, DetachedMount mount) => _mounts.Add((Normalized(destination), mount));

    /// <summary>Takes note that something else is mounted at a place: what is at or below it is covered from now on.</summary>
    public void Cover(string destination)
    {
        string place = Normalized(destination);
        for (int i = _mounts.Count - 1; i >= 0; i--)
        {
            if (IsAtOrBelow(_mounts[i].Destination, place))
            {
                _mounts[i].Mount.Dispose();
                _mounts.RemoveAt(i);
            }
        }
    }

    /// <summary>Opens, as a place, what a path leads to: in the mount that it names, if it is one of these, else from the root.</summary>
    /// <returns>Null when there is nothing.</returns>
    /// <exception cref="LinuxException">As openat2(2), ENOENT and ENOTDIR excepted.</exception>
    public FileDescriptor? TryOpen(string path, RootedLookup root)
    {
        string normalized = Normalized(path);
        foreach ((string destination, DetachedMount mount) in _mounts)
        {
            if (IsAtOrBelow(normalized, destination))
            {
                return new RootedLookup(mount.Root).TryOpenExisting(normalized[destination.Length..], FileMode.PathOnly);
            }
        }

        return root.TryOpenExisting(path, FileMode.PathOnly);
    }

    /// <summary>Lets go of the mounts, which stay where they are.</summary>
    public void Dispose()
    {
        foreach ((_, DetachedMount mount) in _mounts)
        {
            mount.Dispose();
        }
    }

    private static bool IsAtOrBelow(string path, string place) =>
        path.StartsWith(place, StringComparison.Ordinal) && (path.Length == place.Length || path[place.Length] == '/');

    /// <summary>A path without empty parts and dots; one that goes up is left alone, and so is in no mount by its name.</summary>
    private static string Normalized(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return Array.IndexOf(parts, "..") >= 0 ? path : $"/{string.Join('/', Array.FindAll(parts, static part => part != "."))}";
    }
}
