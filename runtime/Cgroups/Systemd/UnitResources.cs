using Bulkhead.Cgroups.Systemd.Bus;
using Bulkhead.Cgroups.V2;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups.Systemd;

/// <summary>Says limits in systemd's words, as far as it has words for them; all of them go to the control files besides.</summary>
/// <remarks>systemd.resource-control(5); org.freedesktop.systemd1(5); which of them, and their conversions, are runc's.</remarks>
internal static class UnitResources
{
    /// <summary>systemd's word for no limit.</summary>
    internal const ulong Infinity = ulong.MaxValue;

    private const ulong MicrosecondsInSecond = 1_000_000;
    private const ulong UsualPeriod = 100_000;

    // systemd keeps a whole percentage of a CPU: rounded up, so that nothing below is held to less than was asked for.
    private const ulong OnePercent = MicrosecondsInSecond / 100;

    /// <summary>Appends the properties for limits.</summary>
    /// <param name="properties">Where to.</param>
    /// <param name="resources">The limits; what is absent is left out.</param>
    /// <param name="isUnified">Whether for cgroup v2.</param>
    /// <exception cref="CgroupException">A value makes no sense.</exception>
    internal static void Append(List<UnitProperty> properties, LinuxResources resources, bool isUnified)
    {
        if (resources.Devices is { } devices)
        {
            UnitDevices.Append(properties, devices);
        }

        AppendMemory(properties, resources.Memory, isUnified);
        if (resources.Cpu is { } cpu)
        {
            AppendCpu(properties, cpu, isUnified);
        }

        if (resources.Pids?.Limit is { } tasks)
        {
            properties.Add(TasksMax(tasks < 0 ? Infinity : (ulong)tasks));
        }

        if (resources.BlockIo?.Weight is { } weight and >= 10 and <= 1000)
        {
            properties.Add(isUnified
                ? new UnitProperty("IOWeight", BusValue.Of((ulong)UnifiedIoController.WeightFrom(weight)))
                : new UnitProperty("BlockIOWeight", BusValue.Of((ulong)weight)));
        }

        // Last: what is said in the kernel's own words goes before what is translated, and systemd takes what comes last.
        if (isUnified && resources.Unified is { } files)
        {
            UnitUnifiedFiles.Append(properties, files);
        }
    }

    /// <summary>Appends a limit of CPU time.</summary>
    /// <param name="properties">Where to.</param>
    /// <param name="quota">Microseconds in a period; 0 or less is no limit.</param>
    /// <param name="period">Microseconds; 0 is the usual one.</param>
    internal static void AppendQuota(List<UnitProperty> properties, long quota, ulong period)
    {
        if (period != 0)
        {
            properties.Add(new UnitProperty("CPUQuotaPeriodUSec", BusValue.Of(period), Since: 242));
        }

        ulong perSecond = Infinity;
        if (quota > 0)
        {
            UInt128 exact = (UInt128)(ulong)quota * MicrosecondsInSecond / (period == 0 ? UsualPeriod : period);
            exact = (exact + OnePercent - 1) / OnePercent * OnePercent;
            perSecond = exact < Infinity ? (ulong)exact : Infinity;
        }

        properties.Add(new UnitProperty("CPUQuotaPerSecUSec", BusValue.Of(perSecond)));
    }

    /// <summary>Appends a set of CPUs or memory nodes, as bits.</summary>
    /// <exception cref="CgroupException">It is no list of numbers and ranges.</exception>
    internal static void AppendSet(List<UnitProperty> properties, string subject, string name, string list)
    {
        List<ushort> numbers = V1.CpusetController.ReadList(list.Trim());
        if (numbers.Count == 0)
        {
            throw new CgroupException($"{subject}: \"{list}\" is no list of numbers, such as 0-3,7");
        }

        numbers.Sort();
        byte[] bits = new byte[(numbers[^1] / 8) + 1];
        foreach (ushort number in numbers)
        {
            bits[number / 8] |= (byte)(1 << (number % 8));
        }

        properties.Add(new UnitProperty(name, BusArray.OfBytes(bits), Since: 244));
    }

    private static void AppendMemory(List<UnitProperty> properties, LinuxMemory? memory, bool isUnified)
    {
        if (memory?.Limit is { } limit and not 0)
        {
            properties.Add(new UnitProperty(isUnified ? "MemoryMax" : "MemoryLimit", BusValue.Of(limit < 0 ? Infinity : (ulong)limit)));
        }

        if (!isUnified || memory is null)
        {
            return;
        }

        if (memory.Reservation is { } reservation and not 0)
        {
            properties.Add(new UnitProperty("MemoryLow", BusValue.Of(reservation < 0 ? Infinity : (ulong)reservation)));
        }

        if (UnifiedMemoryController.SwapAlone(memory.Limit ?? 0, memory.Swap ?? 0) is { } swap)
        {
            properties.Add(new UnitProperty("MemorySwapMax", BusValue.Of(StatisticsText.Number(swap))));
        }
    }

    private static void AppendCpu(List<UnitProperty> properties, LinuxCpu cpu, bool isUnified)
    {
        bool isIdle = isUnified && cpu.Idle is 1;
        if (isIdle)
        {
            properties.Add(IdleWeight);
        }
        else if (cpu.Shares is { } shares and not 0)
        {
            properties.Add(isUnified
                ? new UnitProperty("CPUWeight", BusValue.Of(UnifiedCpuController.WeightFrom(shares)))
                : new UnitProperty("CPUShares", BusValue.Of(shares)));
        }

        if (cpu.Quota is not (null or 0) || cpu.Period is not (null or 0))
        {
            AppendQuota(properties, cpu.Quota ?? 0, cpu.Period ?? 0);
        }

        if (!string.IsNullOrEmpty(cpu.Cpus))
        {
            AppendSet(properties, "linux.resources.cpu.cpus", "AllowedCPUs", cpu.Cpus);
        }

        if (!string.IsNullOrEmpty(cpu.Mems))
        {
            AppendSet(properties, "linux.resources.cpu.mems", "AllowedMemoryNodes", cpu.Mems);
        }
    }

    /// <summary>0 allows no further task, and systemd does not take it; 1 is as good, for the container has one already.</summary>
    internal static UnitProperty TasksMax(ulong limit) => new("TasksMax", BusValue.Of(Math.Max(limit, 1)));

    /// <summary>A weight of 0 is systemd's word for <c>cpu.idle</c>.</summary>
    internal static UnitProperty IdleWeight => new("CPUWeight", BusValue.Of(0ul), Since: 252);
}
