using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups.Devices;

/// <summary>A container's device list: deny everything, then the document's rules, then what every container may use.</summary>
/// <remarks>
/// As runc has it, an absent or empty list leaves the devices that every container may use, and nothing else; the
/// document can't take those away.
/// </remarks>
internal static class DeviceRules
{
    /// <summary>
    /// What every container may use: any device may be made, and these may be used: null, zero, full, random and urandom,
    /// tty, the pseudo-terminals and their multiplexer, and tun.
    /// </summary>
    /// <remarks>runtime-spec 1.3, config-linux.md, "Default Devices"; runc adds the right to make any node, and tun.</remarks>
    private static readonly DeviceRule[] Always =
    [
        Allow(DeviceKind.Character, null, null, DeviceAccess.Mknod),
        Allow(DeviceKind.Block, null, null, DeviceAccess.Mknod),
        Allow(DeviceKind.Character, 1, 3, DeviceAccess.All),
        Allow(DeviceKind.Character, 1, 8, DeviceAccess.All),
        Allow(DeviceKind.Character, 1, 7, DeviceAccess.All),
        Allow(DeviceKind.Character, 5, 0, DeviceAccess.All),
        Allow(DeviceKind.Character, 1, 5, DeviceAccess.All),
        Allow(DeviceKind.Character, 1, 9, DeviceAccess.All),
        Allow(DeviceKind.Character, 136, null, DeviceAccess.All),
        Allow(DeviceKind.Character, 5, 2, DeviceAccess.All),
        Allow(DeviceKind.Character, 10, 200, DeviceAccess.All),
    ];

    /// <summary>The whole list; of the rules that are about a device and an access, the last one decides.</summary>
    /// <exception cref="CgroupException">A rule of the document makes no sense.</exception>
    internal static DeviceRule[] Effective(LinuxDeviceCgroup[]? document)
    {
        int count = document?.Length ?? 0;
        DeviceRule[] rules = new DeviceRule[1 + count + Always.Length];
        rules[0] = new DeviceRule(false, DeviceSet.Everything, DeviceAccess.All);
        for (int i = 0; i < count; i++)
        {
            rules[1 + i] = DeviceRule.From(document![i], i);
        }

        Always.CopyTo(rules, 1 + count);
        return rules;
    }

    /// <summary>Whether a list allows an access: each part of it is decided by the last rule that is about it.</summary>
    internal static bool Allows(ReadOnlySpan<DeviceRule> rules, DeviceSet device, DeviceAccess access)
    {
        for (int i = rules.Length - 1; i >= 0 && access != DeviceAccess.None; i--)
        {
            if (!rules[i].Devices.Contains(device) || (rules[i].Access & access) == DeviceAccess.None)
            {
                continue;
            }

            if (!rules[i].Allow)
            {
                return false;
            }

            access &= ~rules[i].Access;
        }

        return access == DeviceAccess.None;
    }

    private static DeviceRule Allow(DeviceKind kind, uint? major, uint? minor, DeviceAccess access) =>
        new(true, new DeviceSet(kind, major, minor), access);
}
