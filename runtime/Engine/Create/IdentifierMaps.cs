using System.Globalization;
using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs.Runtime;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Create;

/// <summary>Writes which ids of a new user namespace are which ids outside.</summary>
/// <remarks>user_namespaces(7), "User and group ID mappings".</remarks>
internal static class IdentifierMaps
{
    // The kernel takes 340 lines, and shows each in 33 letters.
    private const int MostBytes = 1 << 16;

    /// <summary>Writes both maps of a process's user namespace; those that a user may not write itself by the tools for it.</summary>
    /// <exception cref="LinuxException">As write(2): EINVAL for ranges that overlap, EPERM for ids that the caller may not give.</exception>
    /// <exception cref="ContainerException">The tools refuse, or are missing.</exception>
    public static void Write(ProcFile proc, int pid, LinuxSection linux)
    {
        bool isRoot = ProcessIdentity.EffectiveUser == 0;
        if (!isRoot && IsOwnGroupAlone(linux))
        {
            // Else the kernel lets nobody write the map: to leave a group could give access to a file (CVE-2014-8989).
            proc.Write(PathOf(pid, "setgroups"), "deny");
        }

        Write(proc, pid, "uid_map", linux.UidMappings ?? [], isRoot ? null : "newuidmap", "linux.uidMappings");
        Write(proc, pid, "gid_map", linux.GidMappings ?? [], isRoot ? null : "newgidmap", "linux.gidMappings");
    }

    /// <summary>Whether the caller's own group is all that is mapped, which takes no privilege, but no process can change its groups then.</summary>
    public static bool IsOwnGroupAlone(LinuxSection linux) =>
        linux.GidMappings is [{ Size: 1 } only] && only.HostId == ProcessIdentity.EffectiveGroup;

    /// <summary>Finds out who a user of a process's user namespace is outside.</summary>
    /// <param name="proc">procfs of the host.</param>
    /// <param name="pid">The process.</param>
    /// <param name="user">The id inside.</param>
    /// <returns>The id in the caller's user namespace; null when there is none.</returns>
    /// <exception cref="LinuxException">As open(2) and read(2).</exception>
    public static uint? ReadUser(ProcFile proc, int pid, uint user)
    {
        using FileDescriptor map = proc.Open(string.Create(CultureInfo.InvariantCulture, $"{pid}/uid_map"), FileMode.Read);
        return Find(Encoding.ASCII.GetString(map.ReadToEnd(MostBytes)), user);
    }

    /// <summary>Finds an id in a map, as the kernel shows it: in each line the first id inside, that outside, and how many.</summary>
    internal static uint? Find(string map, uint id)
    {
        foreach (ReadOnlySpan<char> line in map.AsSpan().EnumerateLines())
        {
            if (line.IsWhiteSpace())
            {
                continue;
            }

            string[] numbers = line.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
            uint inside = uint.Parse(numbers[0], CultureInfo.InvariantCulture);
            if (id >= inside && id - inside < uint.Parse(numbers[2], CultureInfo.InvariantCulture))
            {
                return uint.Parse(numbers[1], CultureInfo.InvariantCulture) + (id - inside);
            }
        }

        return null;
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

    private static void Write(ProcFile proc, int pid, string file, LinuxIdMapping[] mappings, string? tool, string property)
    {
        try
        {
            proc.Write(PathOf(pid, file), Format(mappings));
        }
        catch (LinuxException error) when (error.Error is Errno.EPERM && tool is not null)
        {
            MappingTool.Run(tool, property, pid, mappings);
        }
    }

    private static string PathOf(int pid, string file) => string.Create(CultureInfo.InvariantCulture, $"{pid}/{file}");
}
