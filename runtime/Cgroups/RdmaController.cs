using System.Globalization;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups;

/// <summary>Limits RDMA resources: the <c>rdma</c> controller, the same in v1 and v2.</summary>
/// <remarks>runtime-spec, config-linux.md, "RDMA"; kernel, cgroup-v2.rst, "RDMA".</remarks>
internal static class RdmaController
{
    internal static void Apply(CgroupDirectory directory, IReadOnlyDictionary<string, LinuxRdma> devices)
    {
        foreach ((string device, LinuxRdma limits) in devices)
        {
            string line = device;
            if (limits.HcaHandles is { } handles)
            {
                line += string.Create(CultureInfo.InvariantCulture, $" hca_handle={handles}");
            }

            if (limits.HcaObjects is { } objects)
            {
                line += string.Create(CultureInfo.InvariantCulture, $" hca_object={objects}");
            }

            directory.Write($"linux.resources.rdma[\"{device}\"]", "rdma.max", line);
        }
    }

    internal static RdmaStatistics Read(CgroupDirectory directory) => new()
    {
        Current = ReadEntries(directory.TryRead("rdma.current")),
        Limit = ReadEntries(directory.TryRead("rdma.max")),
    };

    /// <summary>Reads lines such as <c>mlx4_0 hca_handle=2 hca_object=max</c>.</summary>
    private static List<RdmaEntry> ReadEntries(string? text)
    {
        List<RdmaEntry> entries = [];
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            int space = line.IndexOf(' ');
            if (space > 0)
            {
                Dictionary<string, string> values = StatisticsText.Assignments(line[space..]);
                entries.Add(new RdmaEntry(line[..space].ToString(), Number(values, "hca_handle"), Number(values, "hca_object")));
            }
        }

        return entries;
    }

    private static uint Number(Dictionary<string, string> values, string name) =>
        uint.TryParse(values.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number
            : values.ContainsKey(name) ? uint.MaxValue : 0;
}
