using Bulkhead.Cgroups;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Rootfs;
using Bulkhead.Specs.Runtime;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Checkpoint;

/// <summary>The mounts of a container that show something of the host, and that CRIU therefore does not make itself.</summary>
/// <param name="spec">The container's document.</param>
/// <param name="bundle">What relative sources count from.</param>
/// <param name="cgroup">Its cgroup.</param>
internal sealed class ExternalMounts(Spec spec, string bundle, ICgroup cgroup)
{
    private const string NullDevice = "/dev/null";

    /// <summary>The name and source of each on the host; masks share one, and are not among them.</summary>
    private IEnumerable<(string Destination, string Source)> All()
    {
        NamespaceKinds namespaces = Container.NamespacesOf(spec);
        foreach (Mount mount in spec.Mounts ?? [])
        {
            if (mount.Type is "cgroup" or "cgroup2")
            {
                foreach ((string name, string source) in namespaces.HasFlag(NamespaceKinds.Cgroup) ? [] : CgroupMount.Places(cgroup))
                {
                    yield return (name.Length == 0 ? mount.Destination : $"{mount.Destination}/{name}", source);
                }
            }
            else if (mount.Source is { } source && (mount.Type == "bind" || Array.Exists(mount.Options ?? [], option => option is "bind" or "rbind")))
            {
                yield return (mount.Destination, source.StartsWith('/') ? source : $"{bundle}/{source}");
            }
        }

        if (namespaces.HasFlag(NamespaceKinds.User))
        {
            // Root of a user namespace may make no devices, and gets the host's.
            foreach ((string path, _, _) in DefaultDevices.All.ToArray())
            {
                yield return (path, path);
            }

            foreach (LinuxDevice device in spec.Linux?.Devices ?? [])
            {
                yield return (device.Path, device.Path);
            }
        }
    }

    /// <summary>Names them for a dump.</summary>
    /// <param name="request">Gets the names.</param>
    /// <param name="root">The container's root, where links of the image's own count.</param>
    internal void NameForDump(CriuRequest request, RootedLookup root)
    {
        foreach ((string destination, _) in All())
        {
            request.AddExternalMount(Resolve(root, destination), destination);
        }

        foreach (string path in spec.Linux?.MaskedPaths ?? [])
        {
            using FileDescriptor? place = root.TryOpenExisting(path, FileMode.PathOnly);
            if (place is not null && !place.Status().IsDirectory)
            {
                request.AddExternalMount(Resolve(root, path), NullDevice);
            }
        }
    }

    /// <summary>Gives their sources for a restore.</summary>
    internal void NameForRestore(CriuRequest request)
    {
        bool hasNull = false;
        foreach ((string destination, string source) in All())
        {
            hasNull |= destination == NullDevice;
            request.AddExternalMount(destination, source);
        }

        if (!hasNull && spec.Linux?.MaskedPaths is { Length: > 0 })
        {
            request.AddExternalMount(NullDevice, NullDevice);
        }
    }

    /// <summary>The place as the kernel's mount table has it: without links.</summary>
    private static string Resolve(RootedLookup root, string path)
    {
        try
        {
            using FileDescriptor top = root.Open("/", FileMode.PathOnly);
            using FileDescriptor place = root.Open(path, FileMode.PathOnly);
            string above = SymbolicLink.Read(top.ProcPath).TrimEnd('/');
            string full = SymbolicLink.Read(place.ProcPath);
            return full.StartsWith($"{above}/", StringComparison.Ordinal) ? full[above.Length..] : path;
        }
        catch (LinuxException error) when (error.Error is Errno.ENOENT or Errno.ENOTDIR or Errno.EACCES)
        {
            // Removed or hidden by the container meanwhile.
            return path;
        }
    }
}
