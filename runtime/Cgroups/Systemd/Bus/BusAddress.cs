using System.Globalization;
using System.Text;

namespace Bulkhead.Cgroups.Systemd.Bus;

/// <summary>Where a bus listens.</summary>
/// <param name="Path">The socket's path; one in the abstract namespace begins with a zero character.</param>
/// <param name="IsManagers">Whether systemd itself answers there, and not a message bus that passes on.</param>
internal readonly record struct BusAddress(string Path, bool IsManagers)
{
    /// <summary>Reads a list of addresses as an environment variable has it, such as <c>unix:path=/run/user/1000/bus</c>.</summary>
    /// <returns>The unix sockets in it, in its order. Other transports are left out: none of them reaches this machine's systemd.</returns>
    /// <remarks>D-Bus Specification, "Server Addresses".</remarks>
    internal static List<BusAddress> Parse(string addresses)
    {
        List<BusAddress> found = [];
        foreach (string address in addresses.Split(';'))
        {
            const string transport = "unix:";
            foreach (string pair in address.StartsWith(transport, StringComparison.Ordinal) ? address[transport.Length..].Split(',') : [])
            {
                if (pair.StartsWith("path=", StringComparison.Ordinal))
                {
                    found.Add(new BusAddress(Unescape(pair["path=".Length..]), false));
                }
                else if (pair.StartsWith("abstract=", StringComparison.Ordinal))
                {
                    found.Add(new BusAddress("\0" + Unescape(pair["abstract=".Length..]), false));
                }
            }
        }

        return found;
    }

    /// <summary>Undoes <c>%2f</c> and the like.</summary>
    private static string Unescape(string value)
    {
        if (!value.Contains('%', StringComparison.Ordinal))
        {
            return value;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(value);
        int length = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            bool escaped = bytes[i] == '%' && i + 2 < bytes.Length;
            bytes[length++] = escaped && byte.TryParse(bytes.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte plain)
                ? plain : bytes[i];
            i += escaped ? 2 : 0;
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}
