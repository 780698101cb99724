using System.Globalization;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups.V2;

/// <summary>Weight and limits of CPU time: the cgroup v2 <c>cpu</c> controller.</summary>
/// <remarks>runtime-spec, config-linux.md, "CPU"; kernel, cgroup-v2.rst, "CPU".</remarks>
internal static class UnifiedCpuController
{
    private const string IdleProperty = "linux.resources.cpu.idle";
    private const string BurstProperty = "linux.resources.cpu.burst";

    internal static void Apply(CgroupDirectory directory, LinuxCpu cpu)
    {
        if (cpu.RealtimeRuntime is not (null or 0) || cpu.RealtimePeriod is not (null or 0))
        {
            string name = cpu.RealtimeRuntime is not (null or 0) ? "realtimeRuntime" : "realtimePeriod";
            throw new CgroupException($"linux.resources.cpu.{name}: cgroup v2 has no such setting");
        }

        // An idle cgroup has no weight, and setting one is invalid (EINVAL): so out of idle before, into it after.
        // It may be idle already where systemd has been told first.
        if (cpu.Idle is 0 || (cpu.Idle is not null && cpu.Shares is not (null or 0)))
        {
            directory.Write(IdleProperty, "cpu.idle", "0");
        }

        if (cpu.Shares is not (null or 0) and var shares)
        {
            directory.Write("linux.resources.cpu.shares", "cpu.weight", Text(WeightFrom(shares.Value)));
        }

        if (cpu.Idle is not (null or 0) and var idle)
        {
            directory.Write(IdleProperty, "cpu.idle", idle.Value.ToString(CultureInfo.InvariantCulture));
        }

        ApplyBandwidth(directory, cpu);
    }

    /// <summary>The v2 weight for v1 shares: smallest to smallest, default (1024) to default (100), largest to largest.</summary>
    /// <returns>1 to 10000.</returns>
    /// <remarks>runc 1.3, docs/cgroup-v2.md: 10^((log2(shares)^2 + 125 log2(shares)) / 612 - 7/34), rounded up.</remarks>
    internal static ulong WeightFrom(ulong shares)
    {
        if (shares is <= 2 or >= 262144)
        {
            return shares <= 2 ? 1ul : 10000;
        }

        double log = Math.Log2(shares);
        return (ulong)Math.Ceiling(Math.Pow(10, (((log * log) + (125 * log)) / 612) - (7.0 / 34)));
    }

    internal static CpuStatistics Read(CgroupDirectory directory)
    {
        Dictionary<string, ulong> figures = StatisticsText.Pairs(directory.TryRead("cpu.stat"));
        return new CpuStatistics
        {
            TotalNanoseconds = figures.GetValueOrDefault("usage_usec") * 1000,
            UserNanoseconds = figures.GetValueOrDefault("user_usec") * 1000,
            KernelNanoseconds = figures.GetValueOrDefault("system_usec") * 1000,
            Periods = figures.GetValueOrDefault("nr_periods"),
            ThrottledPeriods = figures.GetValueOrDefault("nr_throttled"),
            ThrottledNanoseconds = figures.GetValueOrDefault("throttled_usec") * 1000,
            Bursts = figures.GetValueOrDefault("nr_bursts"),
            BurstNanoseconds = figures.GetValueOrDefault("burst_usec") * 1000,
            Pressure = PressureText.Read(directory.TryRead("cpu.pressure")),
        };
    }

    /// <summary>Burst must not be above the quota: written first it may be invalid with the old one, and is written again.</summary>
    private static void ApplyBandwidth(CgroupDirectory directory, LinuxCpu cpu)
    {
        string? burst = cpu.Burst is { } value ? Text(value) : null;
        string? bandwidth = Bandwidth(directory, cpu);
        if (bandwidth is null)
        {
            if (burst is not null)
            {
                directory.Write(BurstProperty, "cpu.max.burst", burst);
            }

            return;
        }

        bool again = burst is not null && !directory.WriteValid(BurstProperty, "cpu.max.burst", burst);
        string property = cpu.Quota is not (null or 0) ? "linux.resources.cpu.quota" : "linux.resources.cpu.period";
        directory.Write(property, "cpu.max", bandwidth);
        if (again)
        {
            directory.Write(BurstProperty, "cpu.max.burst", burst!);
        }
    }

    /// <summary>What goes into <c>cpu.max</c>: the quota, which alone leaves the period as it is, and the period.</summary>
    private static string? Bandwidth(CgroupDirectory directory, LinuxCpu cpu)
    {
        string? quota = cpu.Quota switch { null or 0 => null, < 0 => "max", { } some => some.ToString(CultureInfo.InvariantCulture) };
        if (cpu.Period is null or 0)
        {
            return quota;
        }

        // The period can't be written without a quota.
        if (quota is null && !directory.IsFresh && directory.TryRead("cpu.max") is { Length: > 0 } present)
        {
            quota = present.Split(' ')[0];
        }

        return $"{quota ?? "max"} {Text(cpu.Period.Value)}";
    }

    private static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}
