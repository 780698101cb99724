using System.Globalization;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups;

/// <summary>Limits huge pages: the <c>hugetlb</c> controller, whose files differ between v1 and v2 in their endings only.</summary>
/// <remarks>runtime-spec, config-linux.md, "Huge page limits"; kernel, cgroup-v1/hugetlb.rst, cgroup-v2.rst, "HugeTLB".</remarks>
internal static class HugepageController
{
    /// <summary>Refuses page sizes that the machine does not have, before a controller is enabled for their sake.</summary>
    /// <exception cref="CgroupException">There is no such page size.</exception>
    internal static void Check(LinuxHugepageLimit[] limits)
    {
        List<string> sizes = PageSizes();
        for (int i = 0; i < limits.Length; i++)
        {
            if (!sizes.Contains(limits[i].PageSize))
            {
                throw new CgroupException(
                    $"linux.resources.hugepageLimits[{i}].pageSize: there are no huge pages of \"{limits[i].PageSize}\" on this machine{(sizes.Count > 0 ? $", only of {string.Join(", ", sizes)}" : "")}");
            }
        }
    }

    internal static void Apply(CgroupDirectory directory, LinuxHugepageLimit[] limits, bool isUnified)
    {
        string ending = isUnified ? ".max" : ".limit_in_bytes";
        for (int i = 0; i < limits.Length; i++)
        {
            string property = $"linux.resources.hugepageLimits[{i}]";
            string size = limits[i].PageSize;
            string value = limits[i].Limit.ToString(CultureInfo.InvariantCulture);
            directory.Write(property, $"hugetlb.{size}{ending}", value);

            // What is reserved but not yet used counts by itself, since 5.7.
            directory.TryWrite(property, $"hugetlb.{size}.rsvd{ending}", value);
        }
    }

    internal static Dictionary<string, HugepageStatistics> Read(CgroupDirectory directory, bool isUnified)
    {
        Dictionary<string, HugepageStatistics> statistics = [];
        foreach (string size in PageSizes())
        {
            string prefix = $"hugetlb.{size}";
            if (isUnified)
            {
                if ((directory.TryRead(prefix + ".rsvd.current") ?? directory.TryRead(prefix + ".current")) is { } current)
                {
                    ulong failures = StatisticsText.Pairs(directory.TryRead(prefix + ".events")).GetValueOrDefault("max");
                    statistics[size] = new HugepageStatistics { UsageBytes = StatisticsText.Number(current), FailureCount = failures };
                }
            }
            else
            {
                prefix = directory.TryRead(prefix + ".rsvd.usage_in_bytes") is null ? prefix : prefix + ".rsvd";
                if (directory.TryRead(prefix + ".usage_in_bytes") is { } usage)
                {
                    statistics[size] = new HugepageStatistics
                    {
                        UsageBytes = StatisticsText.Number(usage),
                        MaxUsageBytes = StatisticsText.Number(directory.TryRead(prefix + ".max_usage_in_bytes")),
                        FailureCount = StatisticsText.Number(directory.TryRead(prefix + ".failcnt")),
                    };
                }
            }
        }

        return statistics;
    }

    /// <summary>The name of a page size in control files: <c>hugepages-2048kB</c> in sysfs is <c>2MB</c>.</summary>
    internal static string? NameOf(ReadOnlySpan<char> entry)
    {
        const string prefix = "hugepages-";
        if (!entry.StartsWith(prefix) || !entry.EndsWith("kB")
            || !long.TryParse(entry[prefix.Length..^2], NumberStyles.None, CultureInfo.InvariantCulture, out long kilobytes))
        {
            return null;
        }

        return kilobytes >= 1 << 20 ? string.Create(CultureInfo.InvariantCulture, $"{kilobytes >> 20}GB")
            : kilobytes >= 1 << 10 ? string.Create(CultureInfo.InvariantCulture, $"{kilobytes >> 10}MB")
            : string.Create(CultureInfo.InvariantCulture, $"{kilobytes}KB");
    }

    private static List<string> PageSizes()
    {
        List<string> sizes = [];
        try
        {
            using Linux.Files.DirectoryHandle directory = Linux.Files.DirectoryHandle.Open("/sys/kernel/mm/hugepages");
            foreach (string entry in directory.Names())
            {
                if (NameOf(entry) is { } size)
                {
                    sizes.Add(size);
                }
            }
        }
        catch (Linux.LinuxException error) when (error.Error is Linux.Errno.ENOENT)
        {
            // A kernel without huge pages.
        }

        return sizes;
    }
}
