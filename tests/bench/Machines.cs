using Bulkhead.Tests.Support;

namespace Bulkhead.Bench;

/// <summary>The machine that the figures were taken on.</summary>
internal static class Machines
{
    /// <summary>One line: processor, memory, kernel, how cgroups are mounted.</summary>
    public static string Describe()
    {
        string processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "?";
        long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30;
        return $"{Environment.ProcessorCount} × {processor}, {memory} GiB, Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, cgroups {CgroupLayout.Here.Kind}";
    }
}
