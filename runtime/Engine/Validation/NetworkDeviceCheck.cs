using System.Text;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs.Runtime;
using static Bulkhead.Runtime.Validation.Refusal;

namespace Bulkhead.Runtime.Validation;

/// <summary>Checks <c>linux.netDevices</c>: names that a network device can have, and a namespace to move it to.</summary>
internal static class NetworkDeviceCheck
{
    private const int LongestName = 15;

    /// <summary>Checks them.</summary>
    /// <exception cref="ContainerException">One can't be meant.</exception>
    public static void Check(IReadOnlyDictionary<string, LinuxNetDevice>? devices, LinuxNamespace[] namespaces)
    {
        if (devices is not { Count: > 0 })
        {
            return;
        }

        Refuse(SpecCheck.Find(namespaces, LinuxNamespaceType.Network) is null, "linux.netDevices: there is no network namespace to move them to");
        HashSet<string> names = [];
        foreach ((string name, LinuxNetDevice device) in devices)
        {
            Refuse(!IsName(name) || name.Contains('%', StringComparison.Ordinal), $"linux.netDevices: \"{name}\" is no name of a network device");
            string inside = device.Name is { Length: > 0 } other ? other : name;
            bool template = inside.EndsWith("%d", StringComparison.Ordinal);
            bool percent = (template ? inside[..^2] : inside).Contains('%', StringComparison.Ordinal);
            Refuse(!IsName(inside) || percent, $"linux.netDevices.{name}.name: \"{inside}\" is no name of a network device");
            Refuse(!template && !names.Add(inside), $"linux.netDevices.{name}.name: \"{inside}\" appears twice");
        }
    }

    /// <summary>As the kernel has it, dev_valid_name().</summary>
    private static bool IsName(string name)
    {
        foreach (char character in name)
        {
            if (character is '/' or ':' or '\0' || char.IsWhiteSpace(character))
            {
                return false;
            }
        }

        return name is not ("" or "." or "..") && Encoding.UTF8.GetByteCount(name) <= LongestName;
    }
}
