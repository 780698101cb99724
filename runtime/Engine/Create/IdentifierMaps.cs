using System.Globalization;
using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Create;

/// <summary>Writes which ids of a new user namespace are which ids outside.</summary>
/// <remarks>user_namespaces(7), "User and group ID mappings".</remarks>
internal static class IdentifierMaps
{
    /// <summary>Writes both maps of a process's user namespace.</summary>
    /// <exception cref="LinuxException">As write(2): EINVAL for ranges that overlap, EPERM for ids that the caller may not give.</exception>
    public static void Write(ProcFile proc, int pid, LinuxSection linux)
    {
        proc.Write(string.Create(CultureInfo.InvariantCulture, $"{pid}/uid_map"), Format(linux.UidMappings ?? []));
        proc.Write(string.Create(CultureInfo.InvariantCulture, $"{pid}/gid_map"), Format(linux.GidMappings ?? []));
    }

    /// <summary>The maps as the kernel takes them, a line for each range.</summary>
    public static string Format(ReadOnlySpan<LinuxIdMapping> mappings)
    {
        StringBuilder text = new();
        foreach (LinuxIdMapping mapping in mappings)
        {
            text.Append(CultureInfo.InvariantCulture, $"{mapping.ContainerId} {mapping.HostId} {mapping.Size}\n");
        }

        return text.ToString();
    }
}
