using System.Globalization;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups.V1;

/// <summary>CPUs and memory nodes that a cgroup's tasks may use: the cgroup v1 <c>cpuset</c> controller.</summary>
/// <remarks>runtime-spec, config-linux.md, "CPU", cpus and mems; kernel, cgroup-v1/cpusets.rst.</remarks>
internal static class CpusetController
{
    private const string Cpus = "cpuset.cpus";
    private const string Mems = "cpuset.mems";

    internal static bool IsAsked(LinuxCpu cpu) => !string.IsNullOrEmpty(cpu.Cpus) || !string.IsNullOrEmpty(cpu.Mems);

    internal static void Apply(CgroupDirectory directory, LinuxCpu cpu)
    {
        if (!string.IsNullOrEmpty(cpu.Cpus))
        {
            directory.Write("linux.resources.cpu.cpus", Cpus, cpu.Cpus);
        }

        if (!string.IsNullOrEmpty(cpu.Mems))
        {
            directory.Write("linux.resources.cpu.mems", Mems, cpu.Mems);
        }
    }

    /// <summary>Gives a cgroup the CPUs and nodes of the one above, without which no task can join it.</summary>
    /// <param name="directory">The cgroup, made already.</param>
    /// <param name="made">Which of the directories on its path are new, and so have neither.</param>
    internal static void Fill(CgroupDirectory directory, List<string> made)
    {
        if (made.Count > 0 || string.IsNullOrEmpty(directory.TryRead(Cpus)) || string.IsNullOrEmpty(directory.TryRead(Mems)))
        {
            Ensure(directory, made);
        }
    }

    internal static CpusetStatistics Read(CgroupDirectory directory) => new()
    {
        Cpus = ReadList(directory.TryRead(Cpus)),
        CpuExclusive = StatisticsText.Number(directory.TryRead("cpuset.cpu_exclusive")),
        Mems = ReadList(directory.TryRead(Mems)),
        MemHardwall = StatisticsText.Number(directory.TryRead("cpuset.mem_hardwall")),
        MemExclusive = StatisticsText.Number(directory.TryRead("cpuset.mem_exclusive")),
        MemoryMigrate = StatisticsText.Number(directory.TryRead("cpuset.memory_migrate")),
        MemorySpreadPage = StatisticsText.Number(directory.TryRead("cpuset.memory_spread_page")),
        MemorySpreadSlab = StatisticsText.Number(directory.TryRead("cpuset.memory_spread_slab")),
        MemoryPressure = StatisticsText.Number(directory.TryRead("cpuset.memory_pressure")),
        SchedLoadBalance = StatisticsText.Number(directory.TryRead("cpuset.sched_load_balance")),
        SchedRelaxDomainLevel = long.TryParse(
            directory.TryRead("cpuset.sched_relax_domain_level"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long level) ? level : 0,
    };

    /// <summary>Reads a list of numbers and ranges: <c>0-3,7</c>.</summary>
    internal static List<ushort> ReadList(string? text)
    {
        List<ushort> numbers = [];
        ReadOnlySpan<char> rest = text;
        foreach (Range range in rest.Split(','))
        {
            ReadOnlySpan<char> part = rest[range];
            int dash = part.IndexOf('-');
            if (ushort.TryParse(dash < 0 ? part : part[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out ushort first)
                && ushort.TryParse(part[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort last))
            {
                for (int number = first; number <= last; number++)
                {
                    numbers.Add((ushort)number);
                }
            }
        }

        return numbers;
    }

    private static (string Cpus, string Mems) Ensure(CgroupDirectory directory, List<string> made)
    {
        bool isNew = made.Contains(directory.Place);
        string cpus = isNew ? "" : directory.TryRead(Cpus) ?? "";
        string mems = isNew ? "" : directory.TryRead(Mems) ?? "";
        if ((cpus.Length > 0 && mems.Length > 0) || directory.Place.Length == 0)
        {
            return (cpus, mems);
        }

        (string aboveCpus, string aboveMems) = Ensure(new CgroupDirectory(directory.Root, Layout.CgroupPath.Parent(directory.Place)), made);
        if (cpus.Length == 0)
        {
            directory.Write(Cpus, aboveCpus);
        }

        if (mems.Length == 0)
        {
            directory.Write(Mems, aboveMems);
        }

        return (cpus.Length == 0 ? aboveCpus : cpus, mems.Length == 0 ? aboveMems : mems);
    }
}
