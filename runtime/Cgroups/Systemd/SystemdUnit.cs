using Bulkhead.Cgroups.Layout;

namespace Bulkhead.Cgroups.Systemd;

/// <summary>The unit of systemd that a container's cgroup belongs to.</summary>
/// <param name="Name">Its name, ending in <c>.scope</c> or <c>.slice</c>.</param>
/// <param name="IsOfUser">Whether it is the user's own systemd that has it, and not the system's.</param>
public sealed record SystemdUnit(string Name, bool IsOfUser)
{
    private const string Scope = ".scope";
    private const string SliceEnding = ".slice";
    private const string RootSlice = "-.slice";
    private const int LongestName = 255;

    /// <summary>The slice it goes into, when it is to be made; else empty.</summary>
    internal string Slice { get; private init; } = "";

    /// <summary>What the container is called in the unit's description.</summary>
    internal string Container { get; private init; } = "";

    /// <summary>Whether it is a slice, which systemd puts no processes into.</summary>
    internal bool IsSlice => Name.EndsWith(SliceEnding, StringComparison.Ordinal);

    /// <summary>Decides which unit a container gets.</summary>
    /// <param name="id">The container's id.</param>
    /// <param name="cgroupsPath">
    /// The document's <c>linux.cgroupsPath</c>, <c>slice:prefix:name</c>, for the scope <c>prefix-name.scope</c> in a slice;
    /// a name that ends in <c>.slice</c> is the unit's own. An empty slice is <c>system.slice</c>, for a user's own systemd
    /// <c>user.slice</c>, and <c>-</c> the one above all. Absent is <c>:bulkhead:ID</c>.
    /// </param>
    /// <param name="isOfUser">Whether the user's own systemd is asked.</param>
    /// <exception cref="CgroupException">The path has another form.</exception>
    /// <remarks>runc 1.3, docs/systemd.md.</remarks>
    internal static SystemdUnit For(string id, string? cgroupsPath, bool isOfUser)
    {
        string[] parts = string.IsNullOrEmpty(cgroupsPath) ? ["", "bulkhead", id] : cgroupsPath.Split(':');
        if (parts is not [var slice, var prefix, { Length: > 0 } name])
        {
            throw new CgroupException($"linux.cgroupsPath: \"{cgroupsPath}\" is not slice:prefix:name, as systemd's cgroups need it");
        }

        slice = slice switch { "" => isOfUser ? "user.slice" : "system.slice", "-" => RootSlice, _ => slice };
        SystemdUnit unit = new(name.EndsWith(SliceEnding, StringComparison.Ordinal) ? name : $"{prefix}-{name}{Scope}", isOfUser)
        {
            Slice = slice,
            Container = name,
        };
        RequireName(unit.Name);
        Expand(slice);
        return unit;
    }

    /// <summary>Where systemd puts its cgroup.</summary>
    /// <param name="above">The cgroup of the systemd that has it; empty for the root.</param>
    internal string PlaceBelow(string above) =>
        CgroupPath.Join(above, IsSlice ? Expand(Name) : CgroupPath.Join(Expand(Slice), Escape(Name)));

    /// <summary>The path of a slice: <c>a-b.slice</c> lies in <c>a.slice</c>.</summary>
    /// <remarks>systemd.slice(5).</remarks>
    private static string Expand(string slice)
    {
        if (slice == RootSlice)
        {
            return "";
        }

        if (!slice.EndsWith(SliceEnding, StringComparison.Ordinal) || slice.Contains('/', StringComparison.Ordinal) || slice.Contains('\0', StringComparison.Ordinal))
        {
            throw Invalid(slice);
        }

        string path = "";
        string name = "";
        foreach (string part in slice[..^SliceEnding.Length].Split('-'))
        {
            name += part.Length > 0 ? (name.Length == 0 ? part : $"-{part}") : throw Invalid(slice);
            path = CgroupPath.Join(path, Escape(name + SliceEnding));
        }

        return path;
    }

    /// <remarks>systemd.unit(5), DESCRIPTION: what a unit's name may consist of, and its length.</remarks>
    private static void RequireName(string name)
    {
        foreach (char letter in name)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not (':' or '-' or '_' or '.' or '\\'))
            {
                throw new CgroupException($"linux.cgroupsPath: \"{name}\" can't be the name of a unit: systemd does not allow \"{letter}\" in it");
            }
        }

        if (name.Length > LongestName)
        {
            throw new CgroupException($"linux.cgroupsPath: \"{name}\" can't be the name of a unit: it is longer than {LongestName} letters");
        }
    }

    /// <summary>The directory of a unit whose name could be taken for one of the kernel's files has an underscore before it.</summary>
    /// <remarks>systemd, CONTROL_GROUP_INTERFACE.md, "Please note" on escaping.</remarks>
    private static string Escape(string unit)
    {
        bool isTaken = unit[0] is '_' or '.';
        foreach (string name in (ReadOnlySpan<string>)["cgroup", "cpu", "cpuacct", "cpuset", "io", "blkio", "memory", "devices", "pids"])
        {
            isTaken |= unit.StartsWith(name, StringComparison.Ordinal) && unit[name.Length] == '.';
        }

        return isTaken ? $"_{unit}" : unit;
    }

    private static CgroupException Invalid(string slice) =>
        new($"linux.cgroupsPath: \"{slice}\" is no name of a slice, such as machine.slice or user-1000.slice");
}
