using System.Globalization;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups.V2;

/// <summary>Weights and limits of block I/O: the cgroup v2 <c>io</c> controller.</summary>
/// <remarks>runtime-spec, config-linux.md, "Block IO"; kernel, cgroup-v2.rst, "IO"; block/bfq-iosched.rst.</remarks>
internal static class UnifiedIoController
{
    private const string Properties = "linux.resources.blockIO";

    internal static void Apply(CgroupDirectory directory, LinuxBlockIo blockIo)
    {
        if (blockIo.LeafWeight is not (null or 0))
        {
            throw new CgroupException($"{Properties}.leafWeight: cgroup v2 has no such setting");
        }

        if (blockIo.Weight is not (null or 0) and var weight)
        {
            WriteWeight(directory, $"{Properties}.weight", "", weight.Value);
        }

        for (int i = 0; i < (blockIo.WeightDevice?.Length ?? 0); i++)
        {
            LinuxWeightDevice device = blockIo.WeightDevice![i];
            if (device.LeafWeight is not (null or 0))
            {
                throw new CgroupException($"{Properties}.weightDevice[{i}].leafWeight: cgroup v2 has no such setting");
            }

            if (device.Weight is not (null or 0) and var deviceWeight)
            {
                WriteWeight(directory, $"{Properties}.weightDevice[{i}].weight", Number(device.Major, device.Minor), deviceWeight.Value);
            }
        }

        ApplyThrottle(directory, "throttleReadBpsDevice", "rbps", blockIo.ThrottleReadBpsDevice);
        ApplyThrottle(directory, "throttleWriteBpsDevice", "wbps", blockIo.ThrottleWriteBpsDevice);
        ApplyThrottle(directory, "throttleReadIOPSDevice", "riops", blockIo.ThrottleReadIopsDevice);
        ApplyThrottle(directory, "throttleWriteIOPSDevice", "wiops", blockIo.ThrottleWriteIopsDevice);
    }

    /// <summary>The weight of <c>io.weight</c>, 1 to 10000, for one of v1, 10 to 1000: a straight line between the ends.</summary>
    internal static int WeightFrom(ushort weight) => 1 + ((weight - 10) * 9999 / 990);

    internal static BlockIoStatistics Read(CgroupDirectory directory)
    {
        (List<BlockIoEntry> bytes, List<BlockIoEntry> requests) = ([], []);
        string? text = directory.TryRead("io.stat");
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            int colon = line.IndexOf(':');
            int space = line.IndexOf(' ');
            if (colon > 0 && space > colon)
            {
                (ulong major, ulong minor) = (StatisticsText.Number(line[..colon]), StatisticsText.Number(line[(colon + 1)..space]));
                Dictionary<string, string> figures = StatisticsText.Assignments(line[space..]);
                Add(bytes, "Read", "rbytes");
                Add(bytes, "Write", "wbytes");
                Add(requests, "Read", "rios");
                Add(requests, "Write", "wios");

                void Add(List<BlockIoEntry> entries, string operation, string name)
                {
                    if (figures.TryGetValue(name, out string? value))
                    {
                        entries.Add(new BlockIoEntry(major, minor, operation, StatisticsText.Number(value)));
                    }
                }
            }
        }

        return new BlockIoStatistics
        {
            ServiceBytes = bytes,
            Serviced = requests,
            Pressure = PressureText.Read(directory.TryRead("io.pressure")),
        };
    }

    /// <summary>BFQ takes v1's numbers as they are; without it the cost model's weights have a range of their own.</summary>
    private static void WriteWeight(CgroupDirectory directory, string property, string device, ushort weight)
    {
        if (weight is < 10 or > 1000)
        {
            throw new CgroupException($"{property}: {weight} is not within 10 and 1000");
        }

        string prefix = device.Length == 0 ? "" : $"{device} ";
        if (!directory.TryWrite(property, "io.bfq.weight", string.Create(CultureInfo.InvariantCulture, $"{prefix}{weight}")))
        {
            directory.Write(property, "io.weight", string.Create(CultureInfo.InvariantCulture, $"{prefix}{WeightFrom(weight)}"));
        }
    }

    private static void ApplyThrottle(CgroupDirectory directory, string property, string key, LinuxThrottleDevice[]? devices)
    {
        for (int i = 0; i < (devices?.Length ?? 0); i++)
        {
            LinuxThrottleDevice device = devices![i];

            // 0 lifts a limit in v1, and is invalid in v2.
            string rate = device.Rate == 0 ? "max" : device.Rate.ToString(CultureInfo.InvariantCulture);
            directory.Write($"{Properties}.{property}[{i}]", "io.max", $"{Number(device.Major, device.Minor)} {key}={rate}");
        }
    }

    private static string Number(long major, long minor) => string.Create(CultureInfo.InvariantCulture, $"{major}:{minor}");
}
