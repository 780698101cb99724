using System.Globalization;
using System.Text.RegularExpressions;

namespace Bulkhead.Tests.Support;

/// <summary>A line of <c>/proc/PID/mountinfo</c>.</summary>
/// <remarks>proc_pid_mountinfo(5).</remarks>
/// <param name="Id">The mount's number.</param>
/// <param name="ParentId">The number of the mount it is mounted on.</param>
/// <param name="Root">What of the file system is mounted.</param>
/// <param name="MountPoint">Where, seen from the process's root.</param>
/// <param name="Options">The mount's own options (ro, nosuid, ...).</param>
/// <param name="Propagation">The optional fields (shared:1, master:2, ...).</param>
/// <param name="Type">The file system's type.</param>
/// <param name="Source">What it was mounted from.</param>
/// <param name="SuperOptions">The options of the file system.</param>
public sealed partial record MountEntry(
    int Id,
    int ParentId,
    string Root,
    string MountPoint,
    string[] Options,
    string[] Propagation,
    string Type,
    string Source,
    string[] SuperOptions)
{
    /// <summary>The mounts that a process sees, in the kernel's order.</summary>
    /// <param name="process">A process's number, or <c>self</c>.</param>
    public static MountEntry[] Read(string process) =>
        File.ReadAllLines($"/proc/{process}/mountinfo").Select(Parse).ToArray();

    /// <summary>Takes a line apart.</summary>
    public static MountEntry Parse(string line)
    {
        string[] fields = line.Split(' ');
        int separator = Array.IndexOf(fields, "-");
        return new MountEntry(
            int.Parse(fields[0], CultureInfo.InvariantCulture),
            int.Parse(fields[1], CultureInfo.InvariantCulture),
            Unescape(fields[3]),
            Unescape(fields[4]),
            fields[5].Split(','),
            fields[6..separator],
            fields[separator + 1],
            Unescape(fields[separator + 2]),
            fields[separator + 3].Split(','));
    }

    // Space, tab, line feed and backslash are written as three octal digits.
    private static string Unescape(string text) => text.Contains('\\', StringComparison.Ordinal)
        ? Octal().Replace(text, match => ((char)Convert.ToInt32(match.Groups[1].Value, 8)).ToString())
        : text;

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Octal();
}
