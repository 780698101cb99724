using System.Globalization;
using Bulkhead.Linux.Files;

namespace Bulkhead.Runtime.Resctrl;

/// <summary>The shares of a container's group of resctrl, and what it uses of what is shared.</summary>
/// <remarks>kernel, Documentation/filesystems/resctrl.rst. The group may be shared with others, and the figures are all theirs.</remarks>
public sealed record ResctrlStatistics
{
    /// <summary>How the L3 cache can be shared out; null where it can't be.</summary>
    public ResctrlCache? Cache { get; init; }

    /// <summary>How memory bandwidth can be shared out; null where it can't be.</summary>
    public ResctrlBandwidth? Bandwidth { get; init; }

    /// <summary>The bytes that were moved, by domain; null where the kernel does not count them.</summary>
    public IReadOnlyList<ResctrlTraffic>? Traffic { get; init; }

    /// <summary>The bytes of the L3 cache that are in use, by domain; null where the kernel does not count them.</summary>
    public IReadOnlyList<ulong>? CacheBytes { get; init; }

    /// <summary>Reads what the kernel says of a group.</summary>
    /// <param name="system">Where groups are.</param>
    /// <param name="group">Its path from the root; empty for the default group.</param>
    /// <exception cref="Linux.LinuxException">As open(2) and read(2).</exception>
    internal static ResctrlStatistics Read(ResctrlFileSystem system, string group)
    {
        DirectoryHandle root = system.Root;
        string prefix = group.Length == 0 ? "" : group + "/";
        (string all, string own) = (root.ReadText("schemata"), root.ReadText(prefix + "schemata"));
        bool countsTraffic = system.Monitors("mbm_total_bytes") || system.Monitors("mbm_local_bytes");
        bool countsCache = system.Monitors("llc_occupancy");
        List<ResctrlTraffic> traffic = [];
        List<ulong> cache = [];
        foreach (string domain in countsTraffic || countsCache ? Domains(root, prefix + "mon_data") : [])
        {
            traffic.Add(new ResctrlTraffic(Number(root, domain + "/mbm_total_bytes"), Number(root, domain + "/mbm_local_bytes")));
            cache.Add(Number(root, domain + "/llc_occupancy"));
        }

        return new ResctrlStatistics
        {
            Cache = root.StatusOf("info/L3") is null ? null : new ResctrlCache(
                root.TryReadText("info/L3/cbm_mask") ?? "", Number(root, "info/L3/min_cbm_bits"), Number(root, "info/L3/num_closids"), Line(all, "L3"), Line(own, "L3")),
            Bandwidth = root.StatusOf("info/MB") is null ? null : new ResctrlBandwidth(
                Number(root, "info/MB/bandwidth_gran"),
                Number(root, "info/MB/delay_linear"),
                Number(root, "info/MB/min_bandwidth"),
                Number(root, "info/MB/num_closids"),
                Line(all, "MB"),
                Line(own, "MB")),
            Traffic = countsTraffic ? traffic : null,
            CacheBytes = countsCache ? cache : null,
        };
    }

    private static List<string> Domains(DirectoryHandle root, string path)
    {
        using DirectoryHandle directory = root.OpenDirectory(path);
        List<string> domains = [];
        foreach (string name in directory.Names())
        {
            // Newer kernels have domains of other things beside them.
            if (name.StartsWith("mon_L3_", StringComparison.Ordinal))
            {
                domains.Add($"{path}/{name}");
            }
        }

        domains.Sort(StringComparer.Ordinal);
        return domains;
    }

    private static string Line(string schemata, string resource)
    {
        string found = "";
        foreach (string line in schemata.Split('\n'))
        {
            found = line.Contains(resource, StringComparison.Ordinal) ? line.Trim() : found;
        }

        return found;
    }

    /// <summary>A number; 0 for one that isn't there, or that the kernel can't tell just now: "Unavailable".</summary>
    private static ulong Number(DirectoryHandle root, string path) =>
        ulong.TryParse(root.TryReadText(path), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : 0;
}

/// <summary>How the L3 cache can be shared out, and how it is.</summary>
/// <param name="Mask">The bits of the whole cache, in hexadecimal: <c>7ff</c>.</param>
/// <param name="LeastBits">How many bits a share has at least.</param>
/// <param name="Groups">How many groups there can be.</param>
/// <param name="RootShares">The line of the default group: <c>L3:0=7ff;1=7ff</c>.</param>
/// <param name="Shares">The group's own line.</param>
public sealed record ResctrlCache(string Mask, ulong LeastBits, ulong Groups, string RootShares, string Shares);

/// <summary>How memory bandwidth can be shared out, and how it is.</summary>
/// <param name="Step">From one possible share to the next, in percent.</param>
/// <param name="IsLinear">1 where the delay grows with the share that is withheld, else 0.</param>
/// <param name="Least">The smallest share, in percent.</param>
/// <param name="Groups">How many groups there can be.</param>
/// <param name="RootShares">The line of the default group: <c>MB:0=100;1=100</c>.</param>
/// <param name="Shares">The group's own line.</param>
public sealed record ResctrlBandwidth(ulong Step, ulong IsLinear, ulong Least, ulong Groups, string RootShares, string Shares);

/// <summary>Bytes between the processors of one domain and memory, since the group was made.</summary>
/// <param name="TotalBytes">All of them.</param>
/// <param name="LocalBytes">Those of the domain's own memory.</param>
public readonly record struct ResctrlTraffic(ulong TotalBytes, ulong LocalBytes);
