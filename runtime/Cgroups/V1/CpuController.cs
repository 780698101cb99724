using System.Globalization;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups.V1;

/// <summary>Shares and limits of CPU time: the cgroup v1 <c>cpu</c> controller.</summary>
/// <remarks>runtime-spec, config-linux.md, "CPU"; kernel, scheduler/sched-bwc.rst and sched-rt-group.rst.</remarks>
internal static class CpuController
{
    private const string Idle = "linux.resources.cpu.idle";
    private const string Period = "linux.resources.cpu.period";
    private const string Burst = "linux.resources.cpu.burst";
    private const string RealtimePeriod = "linux.resources.cpu.realtimePeriod";

    internal static bool IsAsked(LinuxCpu cpu) =>
        cpu.Shares is not (null or 0) || cpu.Quota is not (null or 0) || cpu.Period is not (null or 0) || cpu.Burst is not null
        || cpu.Idle is not null || cpu.RealtimeRuntime is not (null or 0) || cpu.RealtimePeriod is not (null or 0);

    internal static void Apply(CgroupDirectory directory, LinuxCpu cpu)
    {
        // An idle cgroup has no shares, and setting them is invalid (EINVAL): so out of idle before, into it after.
        if (cpu.Idle is 0)
        {
            directory.Write(Idle, "cpu.idle", "0");
        }

        if (cpu.Shares is not (null or 0) and var shares)
        {
            // The kernel would take any number and change it without a word.
            directory.Write("linux.resources.cpu.shares", "cpu.shares", shares is >= 2 and <= 262144 ? Text(shares.Value)
                : throw new CgroupException($"linux.resources.cpu.shares: {shares} is not within 2 and 262144"));
        }

        ApplyBandwidth(directory, cpu);
        if (cpu.Idle is not (null or 0) and var idle)
        {
            directory.Write(Idle, "cpu.idle", Text(idle.Value));
        }

        ApplyRealtime(directory, cpu);
    }

    /// <summary>Adds what <c>cpu.stat</c> and the <c>cpuacct</c> files hold.</summary>
    internal static CpuStatistics Read(CgroupDirectory? cpu, CgroupDirectory? accounting)
    {
        Dictionary<string, ulong> bandwidth = StatisticsText.Pairs(cpu?.TryRead("cpu.stat"));
        Dictionary<string, ulong> modes = StatisticsText.Pairs(accounting?.TryRead("cpuacct.stat"));
        (List<ulong> user, List<ulong> kernel) = ReadModes(accounting?.TryRead("cpuacct.usage_all"));
        return new CpuStatistics
        {
            TotalNanoseconds = StatisticsText.Number(accounting?.TryRead("cpuacct.usage")),
            UserNanoseconds = modes.GetValueOrDefault("user") * NanosecondsInTick,
            KernelNanoseconds = modes.GetValueOrDefault("system") * NanosecondsInTick,
            PerCpuNanoseconds = StatisticsText.Numbers(accounting?.TryRead("cpuacct.usage_percpu")),
            PerCpuUserNanoseconds = user,
            PerCpuKernelNanoseconds = kernel,
            Periods = bandwidth.GetValueOrDefault("nr_periods"),
            ThrottledPeriods = bandwidth.GetValueOrDefault("nr_throttled"),
            ThrottledNanoseconds = bandwidth.GetValueOrDefault("throttled_time"),
            Bursts = bandwidth.GetValueOrDefault("nr_bursts"),
            BurstNanoseconds = bandwidth.GetValueOrDefault("burst_time"),
        };
    }

    // cpuacct.stat counts in ticks of USER_HZ, which is 100 on every architecture that is left.
    private const ulong NanosecondsInTick = 10_000_000;

    /// <summary>
    /// Period, burst and quota bound each other, so that the new period or burst may be invalid (EINVAL) as long as the old
    /// quota is in force: then it is written again after the quota.
    /// </summary>
    private static void ApplyBandwidth(CgroupDirectory directory, LinuxCpu cpu)
    {
        bool withQuota = cpu.Quota is not (null or 0);
        string? period = Write(directory, Period, "cpu.cfs_period_us", cpu.Period is 0 ? null : cpu.Period, withQuota);
        string? burst = Write(directory, Burst, "cpu.cfs_burst_us", cpu.Burst, withQuota);
        if (!withQuota)
        {
            return;
        }

        directory.Write("linux.resources.cpu.quota", "cpu.cfs_quota_us", Text(cpu.Quota!.Value < 0 ? -1 : cpu.Quota.Value));
        if (period is not null)
        {
            directory.Write(Period, "cpu.cfs_period_us", period);
        }

        if (burst is not null)
        {
            directory.Write(Burst, "cpu.cfs_burst_us", burst);
        }
    }

    private static void ApplyRealtime(CgroupDirectory directory, LinuxCpu cpu)
    {
        bool withRuntime = cpu.RealtimeRuntime is not (null or 0);
        string? period = Write(directory, RealtimePeriod, "cpu.rt_period_us", cpu.RealtimePeriod is 0 ? null : cpu.RealtimePeriod, withRuntime);
        if (!withRuntime)
        {
            return;
        }

        directory.Write("linux.resources.cpu.realtimeRuntime", "cpu.rt_runtime_us", Text(cpu.RealtimeRuntime!.Value));
        if (period is not null)
        {
            directory.Write(RealtimePeriod, "cpu.rt_period_us", period);
        }
    }

    /// <summary>Writes a value, if there is one.</summary>
    /// <returns>The value when the kernel found it invalid and it can be tried again later; else null.</returns>
    private static string? Write(CgroupDirectory directory, string property, string file, ulong? value, bool again)
    {
        if (value is not { } number)
        {
            return null;
        }

        string text = Text(number);
        if (again)
        {
            return directory.WriteValid(property, file, text) ? null : text;
        }

        directory.Write(property, file, text);
        return null;
    }

    private static (List<ulong> User, List<ulong> Kernel) ReadModes(string? text)
    {
        // "cpu user system", then a line for a CPU.
        (List<ulong> user, List<ulong> kernel) = ([], []);
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (StatisticsText.Numbers(line) is [_, var inUser, var inKernel])
            {
                user.Add(inUser);
                kernel.Add(inKernel);
            }
        }

        return (user, kernel);
    }

    private static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
