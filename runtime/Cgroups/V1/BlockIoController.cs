using System.Globalization;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups.V1;

/// <summary>Weights and limits of block I/O: the cgroup v1 <c>blkio</c> controller.</summary>
/// <remarks>runtime-spec, config-linux.md, "Block IO"; kernel, cgroup-v1/blkio-controller.rst.</remarks>
internal static class BlockIoController
{
    private const string Weight = "linux.resources.blockIO.weight";

    internal static bool IsAsked(LinuxBlockIo blockIo) =>
        blockIo.Weight is not (null or 0) || blockIo.LeafWeight is not (null or 0) || blockIo.WeightDevice is { Length: > 0 }
        || blockIo.ThrottleReadBpsDevice is { Length: > 0 } || blockIo.ThrottleWriteBpsDevice is { Length: > 0 }
        || blockIo.ThrottleReadIopsDevice is { Length: > 0 } || blockIo.ThrottleWriteIopsDevice is { Length: > 0 };

    internal static void Apply(CgroupDirectory directory, LinuxBlockIo blockIo)
    {
        if (blockIo.Weight is not (null or 0) and var weight)
        {
            WriteWeight(directory, Weight, "weight", Text(weight.Value));
        }

        if (blockIo.LeafWeight is not (null or 0) and var leafWeight)
        {
            directory.Write("linux.resources.blockIO.leafWeight", "blkio.leaf_weight", Text(leafWeight.Value));
        }

        for (int i = 0; i < (blockIo.WeightDevice?.Length ?? 0); i++)
        {
            ApplyWeightDevice(directory, $"linux.resources.blockIO.weightDevice[{i}]", blockIo.WeightDevice![i]);
        }

        ApplyThrottle(directory, "throttleReadBpsDevice", "blkio.throttle.read_bps_device", blockIo.ThrottleReadBpsDevice);
        ApplyThrottle(directory, "throttleWriteBpsDevice", "blkio.throttle.write_bps_device", blockIo.ThrottleWriteBpsDevice);
        ApplyThrottle(directory, "throttleReadIOPSDevice", "blkio.throttle.read_iops_device", blockIo.ThrottleReadIopsDevice);
        ApplyThrottle(directory, "throttleWriteIOPSDevice", "blkio.throttle.write_iops_device", blockIo.ThrottleWriteIopsDevice);
    }

    /// <summary>Reads the figures of the scheduler that keeps them: BFQ, CFQ (before 5.0), or else of the throttling layer.</summary>
    internal static BlockIoStatistics Read(CgroupDirectory directory)
    {
        string scheduler = directory.TryRead("blkio.bfq.io_serviced_recursive") is not null ? "blkio.bfq."
            : directory.TryRead("blkio.io_serviced_recursive") is not null ? "blkio."
            : "blkio.throttle.";
        return new BlockIoStatistics
        {
            ServiceBytes = ReadEntries(directory.TryRead(scheduler + "io_service_bytes_recursive") ?? directory.TryRead("blkio.throttle.io_service_bytes")),
            Serviced = ReadEntries(directory.TryRead(scheduler + "io_serviced_recursive") ?? directory.TryRead("blkio.throttle.io_serviced")),
            Queued = ReadEntries(directory.TryRead(scheduler + "io_queued_recursive")),
            ServiceTime = ReadEntries(directory.TryRead(scheduler + "io_service_time_recursive")),
            WaitTime = ReadEntries(directory.TryRead(scheduler + "io_wait_time_recursive")),
            Merged = ReadEntries(directory.TryRead(scheduler + "io_merged_recursive")),
            Time = ReadEntries(directory.TryRead(scheduler + "time_recursive")),
            Sectors = ReadEntries(directory.TryRead(scheduler + "sectors_recursive")),
        };
    }

    /// <summary>Reads lines <c>8:0 Read 1282048</c> and <c>8:0 1282048</c>; the sum over all devices is left out.</summary>
    internal static List<BlockIoEntry> ReadEntries(string? text)
    {
        List<BlockIoEntry> entries = [];
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            int colon = line.IndexOf(':');
            int first = line.IndexOf(' ');
            int last = line.LastIndexOf(' ');
            if (colon > 0 && first > colon
                && ulong.TryParse(line[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out ulong major)
                && ulong.TryParse(line[(colon + 1)..first], NumberStyles.None, CultureInfo.InvariantCulture, out ulong minor))
            {
                string operation = last > first ? line[(first + 1)..last].ToString() : "";
                entries.Add(new BlockIoEntry(major, minor, operation, StatisticsText.Number(line[last..])));
            }
        }

        return entries;
    }

    private static void ApplyWeightDevice(CgroupDirectory directory, string property, LinuxWeightDevice device)
    {
        if (device.Weight is not (null or 0) and var weight)
        {
            WriteWeight(directory, property, "weight_device", Line(device.Major, device.Minor, weight.Value));
        }

        if (device.LeafWeight is not (null or 0) and var leafWeight)
        {
            directory.Write($"{property}.leafWeight", "blkio.leaf_weight_device", Line(device.Major, device.Minor, leafWeight.Value));
        }
    }

    /// <summary>Weights are CFQ's (before 5.0) or BFQ's, whichever the kernel has.</summary>
    private static void WriteWeight(CgroupDirectory directory, string property, string file, string value)
    {
        if (!directory.TryWrite(property, $"blkio.{file}", value))
        {
            directory.Write(property, $"blkio.bfq.{file}", value);
        }
    }

    private static void ApplyThrottle(CgroupDirectory directory, string property, string file, LinuxThrottleDevice[]? devices)
    {
        for (int i = 0; i < (devices?.Length ?? 0); i++)
        {
            directory.Write($"linux.resources.blockIO.{property}[{i}]", file, Line(devices![i].Major, devices[i].Minor, devices[i].Rate));
        }
    }

    private static string Line(long major, long minor, ulong value) =>
        string.Create(CultureInfo.InvariantCulture, $"{major}:{minor} {value}");

    private static string Text(ushort value) => value.ToString(CultureInfo.InvariantCulture);
}
