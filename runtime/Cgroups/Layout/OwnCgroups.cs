using System.Globalization;
using System.Text;
using Bulkhead.Linux.Files;

namespace Bulkhead.Cgroups.Layout;

/// <summary>The cgroups that a process is in, the calling one or another.</summary>
/// <remarks>cgroups(7), <c>/proc/pid/cgroup</c>: a line for a hierarchy, <c>ID:CONTROLLERS:PATH</c>.</remarks>
internal sealed class OwnCgroups(string text)
{
    private const int MostBytes = 1 << 20;

    /// <summary>Reads those of the calling process.</summary>
    internal static OwnCgroups Read() => ReadFrom("/proc/self/cgroup");

    /// <summary>Reads those of a process.</summary>
    /// <param name="pid">Its number in the caller's PID namespace.</param>
    internal static OwnCgroups Of(int pid) => ReadFrom(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cgroup"));

    /// <summary>Where the process is in a hierarchy, relative to the root of its mount.</summary>
    /// <returns>A path without a slash at its ends; empty for the mount's root, also when the mount does not show the place.</returns>
    internal string In(CgroupHierarchy hierarchy)
    {
        string path = PathOf(hierarchy.Controllers[0]);
        if (hierarchy.Root != "/")
        {
            bool shown = path.StartsWith(hierarchy.Root, StringComparison.Ordinal)
                && (path.Length == hierarchy.Root.Length || path[hierarchy.Root.Length] == '/');
            path = shown ? path[hierarchy.Root.Length..] : "/";
        }

        // "/../x" is a place outside of the process's cgroup namespace.
        return path.StartsWith("/..", StringComparison.Ordinal) ? "" : CgroupPath.Clean(path);
    }

    private static OwnCgroups ReadFrom(string path)
    {
        using FileDescriptor file = FileDescriptor.Open(path, Linux.Files.FileMode.Read);
        return new OwnCgroups(Encoding.UTF8.GetString(file.ReadToEnd(MostBytes)));
    }

    private string PathOf(string controller)
    {
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            int first = line.IndexOf(':');
            int second = first < 0 ? -1 : line[(first + 1)..].IndexOf(':') + first + 1;
            if (second <= first)
            {
                continue;
            }

            ReadOnlySpan<char> controllers = line[(first + 1)..second];
            foreach (Range part in controllers.Split(','))
            {
                if (controllers[part].SequenceEqual(controller))
                {
                    return line[(second + 1)..].ToString();
                }
            }
        }

        return "/";
    }
}
