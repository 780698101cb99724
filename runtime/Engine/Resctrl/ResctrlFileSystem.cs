using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Resctrl;

/// <summary>The mounted resctrl file system, through which the kernel shares out caches and memory bandwidth.</summary>
/// <remarks>kernel, Documentation/filesystems/resctrl.rst. It is mounted once, by whoever administers the machine.</remarks>
/// <param name="root">Its root, which is the default group.</param>
internal sealed class ResctrlFileSystem(DirectoryHandle root)
{
    private const long RDTGROUP_SUPER_MAGIC = 0x7655821;

    /// <summary>The default group.</summary>
    public DirectoryHandle Root => root;

    /// <summary>Whether shares of the L3 cache can be had, be it divided into code and data.</summary>
    public bool HasCacheAllocation => Has("info/L3") || Has("info/L3CODE");

    /// <summary>Whether shares of memory bandwidth can be had.</summary>
    public bool HasBandwidthAllocation => Has("info/MB");

    /// <summary>Finds it; null where none is mounted.</summary>
    public static ResctrlFileSystem? TryOpen() =>
        MountPoints.TryOpen("resctrl", RDTGROUP_SUPER_MAGIC, "/sys/fs/resctrl") is { } root ? new(root) : null;

    /// <summary>Whether something can be monitored.</summary>
    /// <param name="start">How its name starts, as in <c>info/L3_MON/mon_features</c>.</param>
    public bool Monitors(string start)
    {
        foreach (string feature in (root.TryReadText("info/L3_MON/mon_features") ?? "").Split('\n'))
        {
            if (feature.Length > 0 && feature.StartsWith(start, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Says why something failed, with what the kernel has to add.</summary>
    public ContainerException Explain(string what, LinuxException error)
    {
        string? status = null;
        try
        {
            status = root.TryReadText("info/last_cmd_status");
        }
        catch (LinuxException)
        {
            // The first error is the one that counts.
        }

        return new ContainerException($"linux.intelRdt: {what}: {error.Message}{(status is null or "" or "ok" ? "" : $", {status}")}", error);
    }

    private bool Has(string path) => root.StatusOf(path) is not null;
}
