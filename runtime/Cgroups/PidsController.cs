using System.Globalization;

namespace Bulkhead.Cgroups;

/// <summary>Limits how many tasks a cgroup may hold: the <c>pids</c> controller, the same in v1 and v2.</summary>
/// <remarks>runtime-spec, config-linux.md, "PIDs"; kernel, cgroup-v2.rst, "PID".</remarks>
internal static class PidsController
{
    internal static void Apply(CgroupDirectory directory, long limit) =>
        // Absent, -1 and 0 are three different things: leave alone, no limit, no further task.
        directory.Write("linux.resources.pids.limit", "pids.max", limit < 0 ? "max" : limit.ToString(CultureInfo.InvariantCulture));

    internal static PidsStatistics Read(CgroupDirectory directory)
    {
        ulong limit = StatisticsText.Number(directory.TryRead("pids.max"));
        return new PidsStatistics
        {
            Current = StatisticsText.Number(directory.TryRead("pids.current")),
            Limit = limit == ulong.MaxValue ? 0 : limit,
        };
    }
}
