using System.Globalization;
using System.Text;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Create;

/// <summary>A mapping of ids as the value of the option <c>idmap</c>: <c>uids=0-1-10#10-11-10;gids=0-100-10</c>.</summary>
/// <remarks>
/// crun(1), "idmap mount options": each triple is the first id of the file system, the id on the host that it is shown as,
/// and how many; behind an <c>@</c> the second is an id of the container.
/// </remarks>
internal static class IdMapText
{
    private const int MostRanges = 340;

    /// <summary>Reads a mapping.</summary>
    /// <param name="text">The option's value.</param>
    /// <param name="linux">The container's own mappings.</param>
    /// <param name="subject">The option, for errors.</param>
    /// <returns>Both maps as the kernel takes them.</returns>
    /// <exception cref="ContainerException">It is not of this form.</exception>
    public static (string Users, string Groups) Parse(string text, LinuxSection linux, string subject)
    {
        string? users = null;
        string? groups = null;
        foreach (string part in text.Split(';'))
        {
            int equals = part.IndexOf('=');
            switch (equals < 0 ? part : part[..equals])
            {
                case "uids":
                    users = Ranges(part[(equals + 1)..], linux.UidMappings, subject);
                    break;
                case "gids":
                    groups = Ranges(part[(equals + 1)..], linux.GidMappings, subject);
                    break;
                default:
                    throw new ContainerException($"{subject}: \"{part}\" is neither uids= nor gids=");
            }
        }

        return (users ?? throw new ContainerException($"{subject}: uids= is missing"), groups ?? throw new ContainerException($"{subject}: gids= is missing"));
    }

    private static string Ranges(string text, LinuxIdMapping[]? containers, string subject)
    {
        StringBuilder map = new();
        string[] ranges = text.Split('#');
        foreach (string range in ranges)
        {
            bool relative = range.StartsWith('@');
            string[] numbers = range[(relative ? 1 : 0)..].Split('-');
            if (ranges.Length > MostRanges || numbers.Length != 3
                || !uint.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out uint first)
                || !uint.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint shown)
                || !uint.TryParse(numbers[2], NumberStyles.None, CultureInfo.InvariantCulture, out uint size))
            {
                throw new ContainerException($"{subject}: \"{range}\" is not three numbers with a hyphen between them");
            }

            shown = relative ? OnHost(shown, containers) ?? throw new ContainerException($"{subject}: {shown} is no id of the container's user namespace") : shown;
            map.Append(CultureInfo.InvariantCulture, $"{first} {shown} {size}\n");
        }

        return map.ToString();
    }

    private static uint? OnHost(uint id, LinuxIdMapping[]? containers)
    {
        foreach (LinuxIdMapping range in containers ?? [])
        {
            if (id >= range.ContainerId && id - range.ContainerId < range.Size)
            {
                return range.HostId + (id - range.ContainerId);
            }
        }

        return null;
    }
}
