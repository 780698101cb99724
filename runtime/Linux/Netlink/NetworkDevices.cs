using System.Buffers.Binary;
using Bulkhead.Linux.Files;

namespace Bulkhead.Linux.Netlink;

/// <summary>The network devices of one network namespace.</summary>
/// <remarks>rtnetlink(7), linux/if_link.h, linux/if_addr.h.</remarks>
public sealed class NetworkDevices(NetlinkSocket socket)
{
    private const ushort RTM_SETLINK = 19;
    private const ushort RTM_GETLINK = 18;
    private const ushort RTM_NEWADDR = 20;
    private const ushort RTM_GETADDR = 22;
    private const ushort NLM_F_ACK = 4;
    private const ushort NLM_F_DUMP = 0x300;
    private const ushort NLM_F_CREATE_EXCL = 0x600;
    private const ushort IFLA_IFNAME = 3;
    private const ushort IFLA_NET_NS_FD = 28;
    private const ushort IFA_FLAGS = 8;
    private const int LinkBytes = 16;
    private const int AddressBytes = 8;
    private const uint IFF_UP = 1;
    private const byte RT_SCOPE_UNIVERSE = 0;
    private const uint IFA_F_PERMANENT = 0x80;

    // Not what the kernel finds out itself: tentative, permanent, secondary, deprecated.
    private const uint FlagsOfUsers = 0x02 | 0x04 | 0x10 | 0x100 | 0x200 | 0x400;

    // IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_RT_PRIORITY, IFA_PROTO. A label would have the old name.
    private static ReadOnlySpan<ushort> KeptAttributes => [1, 2, 4, 9, 11];

    /// <summary>Finds a device.</summary>
    /// <returns>Its number; null when there is none of that name.</returns>
    /// <exception cref="LinuxException">The kernel refuses to tell.</exception>
    public int? Find(string name)
    {
        try
        {
            List<byte[]> answer = socket.Ask(new NetlinkRequest(RTM_GETLINK, NLM_F_ACK, new byte[LinkBytes]).With(IFLA_IFNAME, name), "RTM_GETLINK", name);
            return answer is [{ Length: >= LinkBytes } link, ..] ? BinaryPrimitives.ReadInt32LittleEndian(link.AsSpan(4)) : null;
        }
        catch (LinuxException error) when (error.Error is Errno.ENODEV)
        {
            return null;
        }
    }

    /// <summary>The addresses of a device that are permanent and of global scope.</summary>
    /// <param name="device">Its number.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <exception cref="LinuxException">The kernel refuses to tell.</exception>
    public List<NetworkAddress> Addresses(int device, string name)
    {
        List<NetworkAddress> addresses = [];
        foreach (byte[] message in socket.Ask(new NetlinkRequest(RTM_GETADDR, NLM_F_DUMP, new byte[AddressBytes]), "RTM_GETADDR", name))
        {
            if (message.Length >= AddressBytes && BinaryPrimitives.ReadInt32LittleEndian(message.AsSpan(4)) == device && message[3] == RT_SCOPE_UNIVERSE)
            {
                NetworkAddress address = Read(message);
                if ((address.Flags & IFA_F_PERMANENT) != 0)
                {
                    addresses.Add(address);
                }
            }
        }

        return addresses;
    }

    /// <summary>Moves a device to another network namespace, where it is switched off and has no address.</summary>
    /// <param name="device">Its number.</param>
    /// <param name="target">The namespace.</param>
    /// <param name="name">Its name there; with <c>%d</c> at its end the kernel chooses a number.</param>
    /// <exception cref="LinuxException">EINVAL: a device that can't be moved. EEXIST: the name is taken there.</exception>
    public void Move(int device, FileDescriptor target, string name) =>
        socket.Ask(Change(device, up: false).With(IFLA_NET_NS_FD, (uint)target.Number).With(IFLA_IFNAME, name), "RTM_SETLINK", name);

    /// <summary>Gives a device an address.</summary>
    /// <param name="device">Its number.</param>
    /// <param name="address">The address.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <exception cref="LinuxException">EEXIST: it has it already.</exception>
    public void Add(int device, NetworkAddress address, string name)
    {
        byte[] structure = [address.Family, address.PrefixLength, 0, RT_SCOPE_UNIVERSE, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(structure.AsSpan(4), device);
        NetlinkRequest request = new NetlinkRequest(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE_EXCL, structure).With(IFA_FLAGS, address.Flags & FlagsOfUsers);
        foreach ((ushort attribute, byte[] value) in address.Attributes)
        {
            request.With(attribute, value);
        }

        socket.Ask(request, "RTM_NEWADDR", name);
    }

    /// <summary>Switches a device on.</summary>
    /// <param name="device">Its number.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <exception cref="LinuxException">As the device's driver likes.</exception>
    public void SwitchOn(int device, string name) => socket.Ask(Change(device, up: true), "RTM_SETLINK", name);

    /// <summary>All devices, by number.</summary>
    /// <exception cref="LinuxException">The kernel refuses to tell.</exception>
    public HashSet<int> Numbers()
    {
        HashSet<int> numbers = [];
        foreach (byte[] link in socket.Ask(new NetlinkRequest(RTM_GETLINK, NLM_F_DUMP, new byte[LinkBytes]), "RTM_GETLINK", "all devices"))
        {
            numbers.Add(BinaryPrimitives.ReadInt32LittleEndian(link.AsSpan(4)));
        }

        return numbers;
    }

    /// <summary>A change of a device: <c>struct ifinfomsg</c> is the family, the type, the number, flags and which of them change.</summary>
    private static NetlinkRequest Change(int device, bool up)
    {
        Span<byte> structure = stackalloc byte[LinkBytes];
        structure.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(structure[4..], device);
        BinaryPrimitives.WriteUInt32LittleEndian(structure[8..], up ? IFF_UP : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(structure[12..], up ? IFF_UP : 0);
        return new NetlinkRequest(RTM_SETLINK, NLM_F_ACK, structure);
    }

    private static NetworkAddress Read(ReadOnlySpan<byte> message)
    {
        uint flags = message[2];
        List<(ushort Attribute, byte[] Value)> attributes = [];
        ReadOnlySpan<byte> rest = message[AddressBytes..];
        while (rest.Length >= 4 && BinaryPrimitives.ReadUInt16LittleEndian(rest) is var length && length >= 4 && length <= rest.Length)
        {
            ushort attribute = BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]);
            ReadOnlySpan<byte> value = rest[4..length];
            if (attribute == IFA_FLAGS && value.Length == 4)
            {
                flags = BinaryPrimitives.ReadUInt32LittleEndian(value);
            }
            else if (KeptAttributes.Contains(attribute))
            {
                attributes.Add((attribute, value.ToArray()));
            }

            rest = rest[Math.Min(NetlinkRequest.Aligned(length), rest.Length)..];
        }

        return new NetworkAddress(message[0], message[1], flags, attributes);
    }
}

/// <summary>An address of a network device.</summary>
/// <param name="Family">AF_INET or AF_INET6.</param>
/// <param name="PrefixLength">The bits that its network has.</param>
/// <param name="Flags">IFA_F_….</param>
/// <param name="Attributes">What else the kernel says of it, as it says it: the address itself, its peer, its broadcast address, its priority.</param>
public sealed record NetworkAddress(byte Family, byte PrefixLength, uint Flags, IReadOnlyList<(ushort Attribute, byte[] Value)> Attributes);
