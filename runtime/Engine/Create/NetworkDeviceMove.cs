using System.Globalization;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Netlink;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs.Runtime;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Create;

/// <summary>Moves the document's network devices into the container's network namespace.</summary>
/// <remarks>
/// runtime-spec 1.3, config-linux.md, "Network Devices". By the parent: root of a user namespace has no say about the
/// host's devices. Nothing moves them back: with the namespace's end the kernel gives physical devices back to the host
/// and destroys the others.
/// </remarks>
internal static class NetworkDeviceMove
{
    /// <summary>Moves them; all are looked for before the first is moved.</summary>
    /// <param name="devices">By their names on the host.</param>
    /// <param name="pid">A process in the container's network namespace.</param>
    /// <exception cref="ContainerException">One is missing, its name is taken, or it can't be moved.</exception>
    public static void Run(IReadOnlyDictionary<string, LinuxNetDevice> devices, int pid)
    {
        using FileDescriptor target = FileDescriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/net"), FileMode.Read);
        using NetlinkSocket outer = NetlinkSocket.Open();
        using NetlinkSocket inner = OpenIn(target);
        NetworkDevices outside = new(outer);
        NetworkDevices inside = new(inner);
        List<(string From, string To, int Device)> moves = [];
        foreach ((string name, LinuxNetDevice device) in devices)
        {
            string to = device.Name is { Length: > 0 } other ? other : name;
            int number = outside.Find(name) ?? throw new ContainerException($"linux.netDevices.{name}: there is no such network device");
            if (!to.EndsWith("%d", StringComparison.Ordinal) && inside.Find(to) is not null)
            {
                throw new ContainerException($"linux.netDevices.{name}: \"{to}\" exists already in the container's network namespace");
            }

            moves.Add((name, to, number));
        }

        foreach ((string from, string to, int device) in moves)
        {
            Move(from, to, device, target, outside, inside);
        }
    }

    private static void Move(string from, string to, int device, FileDescriptor target, NetworkDevices outside, NetworkDevices inside)
    {
        try
        {
            List<NetworkAddress> addresses = outside.Addresses(device, from);
            HashSet<int> before = inside.Numbers();
            outside.Move(device, target, to);

            // A device keeps its number, unless it is another's there.
            HashSet<int> after = inside.Numbers();
            after.ExceptWith(before);
            foreach (int moved in after)
            {
                foreach (NetworkAddress address in addresses)
                {
                    inside.Add(moved, address, to);
                }

                inside.SwitchOn(moved, to);
            }
        }
        catch (LinuxException error)
        {
            throw new ContainerException($"linux.netDevices.{from}: {error.Message}", error);
        }
    }

    private static NetlinkSocket OpenIn(FileDescriptor target)
    {
        using FileDescriptor own = FileDescriptor.Open("/proc/thread-self/ns/net", FileMode.Read);
        Namespaces.Enter(target, NamespaceKinds.Network);
        try
        {
            return NetlinkSocket.Open();
        }
        finally
        {
            Namespaces.Enter(own, NamespaceKinds.Network);
        }
    }
}
