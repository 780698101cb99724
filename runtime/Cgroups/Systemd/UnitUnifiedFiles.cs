using System.Globalization;
using Bulkhead.Cgroups.Systemd.Bus;

namespace Bulkhead.Cgroups.Systemd;

/// <summary>Says in systemd's words what the document says as files of cgroup v2, as far as there are words for it.</summary>
/// <remarks>runtime-spec, config-linux.md, "Unified"; runc 1.3, docs/systemd.md, "cgroup v2".</remarks>
internal static class UnitUnifiedFiles
{
    internal static void Append(List<UnitProperty> properties, IReadOnlyDictionary<string, string> files)
    {
        bool isIdle = files.TryGetValue("cpu.idle", out string? idle) && idle.Trim() == "1";
        foreach ((string file, string text) in files)
        {
            string subject = $"linux.resources.unified[\"{file}\"]";
            string value = text.Trim();
            switch (file)
            {
                case "cpu.max":
                    AppendQuota(properties, subject, value);
                    break;
                case "cpu.idle" when isIdle:
                    properties.Add(UnitResources.IdleWeight);
                    break;
                case "cpu.weight" when !isIdle:
                    properties.Add(new UnitProperty("CPUWeight", Limit(subject, value)));
                    break;
                case "cpuset.cpus":
                    UnitResources.AppendSet(properties, subject, "AllowedCPUs", value);
                    break;
                case "cpuset.mems":
                    UnitResources.AppendSet(properties, subject, "AllowedMemoryNodes", value);
                    break;
                case "memory.high":
                    properties.Add(new UnitProperty("MemoryHigh", Limit(subject, value)));
                    break;
                case "memory.low":
                    properties.Add(new UnitProperty("MemoryLow", Limit(subject, value)));
                    break;
                case "memory.min":
                    properties.Add(new UnitProperty("MemoryMin", Limit(subject, value)));
                    break;
                case "memory.max":
                    properties.Add(new UnitProperty("MemoryMax", Limit(subject, value)));
                    break;
                case "memory.swap.max":
                    properties.Add(new UnitProperty("MemorySwapMax", Limit(subject, value)));
                    break;
                case "pids.max":
                    properties.Add(UnitResources.TasksMax(Number(subject, value)));
                    break;
                default:
                    // Only the file can say it.
                    break;
            }
        }
    }

    /// <summary>What a unit does when one of its processes is killed for want of memory: set with the unit, not later.</summary>
    internal static void AppendOomPolicy(List<UnitProperty> properties, IReadOnlyDictionary<string, string>? files)
    {
        if (files is not null && files.TryGetValue("memory.oom.group", out string? value) && value.Trim() is ("0" or "1") and var group)
        {
            properties.Add(new UnitProperty("OOMPolicy", BusValue.Of(group == "1" ? "kill" : "continue")));
        }
    }

    private static void AppendQuota(List<UnitProperty> properties, string subject, string value)
    {
        string[] words = value.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        (long quota, ulong period) = (0, 100_000);
        bool isValid = words.Length is 1 or 2
            && (words[0] == "max" || long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out quota))
            && (words.Length == 1 || ulong.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out period));
        if (!isValid)
        {
            throw new CgroupException($"{subject}: \"{value}\" is not a quota and a period, such as \"50000 100000\"");
        }

        UnitResources.AppendQuota(properties, quota, period);
    }

    private static BusValue Limit(string subject, string value) => BusValue.Of(Number(subject, value));

    private static ulong Number(string subject, string value) =>
        value == "max" ? UnitResources.Infinity
            : ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number
            : throw new CgroupException($"{subject}: \"{value}\" is neither a number nor \"max\"");
}
