using System.Globalization;
using System.Text;
using Bulkhead.Cgroups.Devices;
using Bulkhead.Cgroups.Systemd.Bus;
using Bulkhead.Linux.Files;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups.Systemd;

/// <summary>Says a list of devices in systemd's words: nothing is allowed but what is listed.</summary>
/// <remarks>
/// systemd writes its own list anew whenever it is told to reload, and a container would lose the devices that it does
/// not know of. Lists that it has no words for, which take something away from what they allow, it is not told. Drivers
/// that are not there at the moment have no name to tell. systemd.resource-control(5), "DeviceAllow=".
/// </remarks>
internal static class UnitDevices
{
    private const int MostBytes = 1 << 20;

    internal static void Append(List<UnitProperty> properties, LinuxDeviceCgroup[] devices)
    {
        List<BusValue> allowed = [];
        bool isStrict = TryList(devices) is { AllowsByDefault: false } list && TryAppend(allowed, list);
        properties.Add(new UnitProperty("DevicePolicy", BusValue.Of(isStrict ? "strict" : "auto")));

        // An empty list takes away what was listed before.
        properties.Add(new UnitProperty("DeviceAllow", new BusArray("(ss)", [])));
        if (isStrict)
        {
            properties.Add(new UnitProperty("DeviceAllow", new BusArray("(ss)", allowed)));
        }
    }

    private static DeviceList? TryList(LinuxDeviceCgroup[] devices)
    {
        DeviceRule[] rules = DeviceRules.Effective(devices);
        try
        {
            return DeviceList.From(rules);
        }
        catch (CgroupException)
        {
            // Right for cgroup v2 all the same; v1's own controller will refuse it.
            return null;
        }
    }

    private static bool TryAppend(List<BusValue> allowed, DeviceList list)
    {
        string? drivers = null;
        foreach ((DeviceSet devices, DeviceAccess access) in list.Exceptions)
        {
            string kind = devices.Kind == DeviceKind.Block ? "block" : "char";
            string letters = DeviceRule.Letters(access);
            switch (devices.Major, devices.Minor)
            {
                case ({ } major, { } minor):
                    Allow(string.Create(CultureInfo.InvariantCulture, $"/dev/{kind}/{major}:{minor}"));
                    break;
                case ({ } major, null):
                    drivers ??= ReadDrivers();
                    foreach (string driver in DriversOf(drivers, devices.Kind, major))
                    {
                        Allow($"{kind}-{driver}");
                    }

                    break;
                case (null, null):
                    Allow($"{kind}-*");
                    break;
                default:
                    return false;
            }

            void Allow(string device) => allowed.Add(new BusStruct(BusValue.Of(device), BusValue.Of(letters)));
        }

        return true;
    }

    private static string ReadDrivers()
    {
        using FileDescriptor file = FileDescriptor.Open("/proc/devices", Linux.Files.FileMode.Read);
        return Encoding.UTF8.GetString(file.ReadToEnd(MostBytes));
    }

    /// <summary>The names of a major number, which may have several.</summary>
    /// <remarks>proc(5), <c>/proc/devices</c>: a list after "Character devices:", another after "Block devices:".</remarks>
    internal static List<string> DriversOf(string text, DeviceKind kind, uint major)
    {
        List<string> names = [];
        DeviceKind section = DeviceKind.All;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> entry = line.Trim();
            int space = entry.IndexOf(' ');
            section = entry.StartsWith("Character") ? DeviceKind.Character : entry.StartsWith("Block") ? DeviceKind.Block : section;
            if (section == kind && space > 0
                && uint.TryParse(entry[..space], NumberStyles.None, CultureInfo.InvariantCulture, out uint number) && number == major)
            {
                names.Add(entry[(space + 1)..].ToString());
            }
        }

        return names;
    }
}
