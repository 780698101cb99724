using Bulkhead.Cgroups.Devices;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups.V1;

/// <summary>Which devices may be used: the cgroup v1 <c>devices</c> controller.</summary>
/// <remarks>runtime-spec, config-linux.md, "Allowed Device list"; kernel, cgroup-v1/devices.rst.</remarks>
internal static class DevicesController
{
    private const string Property = "linux.resources.devices";

    internal static void Apply(CgroupDirectory directory, LinuxDeviceCgroup[]? devices)
    {
        DeviceList wanted = DeviceList.From(DeviceRules.Effective(devices));

        // A new cgroup has what the one above has, which a first write of everything replaces whatever it is.
        DeviceList present = directory.IsFresh ? DeviceList.Unknown
            : DeviceList.Parse(directory.TryRead("devices.list") ?? "");
        Write(directory, DeviceList.Transition(present, wanted));
    }

    private static void Write(CgroupDirectory directory, List<DeviceRule> rules)
    {
        FileDescriptor? allow = null;
        FileDescriptor? deny = null;
        try
        {
            foreach (DeviceRule rule in rules)
            {
                FileDescriptor file = rule.Allow
                    ? allow ??= Open(directory, "devices.allow")
                    : deny ??= Open(directory, "devices.deny");
                file.Write(string.Concat(rule.Devices.ToString(), " ", DeviceRule.Letters(rule.Access)));
            }
        }
        catch (LinuxException error)
        {
            throw new CgroupException($"{Property}: {error.Message}", error);
        }
        finally
        {
            allow?.Dispose();
            deny?.Dispose();
        }
    }

    private static FileDescriptor Open(CgroupDirectory directory, string file) =>
        directory.Root.OpenFile(directory.PathFromRoot(file), Linux.Files.FileMode.Write);
}
