using System.Text;
using Bulkhead.Linux.Files;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Linux.Mounts;

/// <summary>The mounts that the calling process sees.</summary>
/// <remarks>proc(5), <c>/proc/pid/mountinfo</c>.</remarks>
[ChildSafe]
public static class MountPoints
{
    private const int MostBytes = 64 << 20;
    private const int MountPointField = 4;

    /// <summary>Finds the mount that a path is on.</summary>
    /// <param name="path">An absolute path without links.</param>
    /// <returns>The mount's own path.</returns>
    /// <exception cref="LinuxException">As open(2) and read(2).</exception>
    public static string Containing(string path)
    {
        return Containing(path, ReadTable());
    }

    /// <summary>Opens the place where a file system is mounted of which there is only one.</summary>
    /// <param name="type">Its name, as in <c>/proc/filesystems</c>.</param>
    /// <param name="magic">Its number, as statfs(2) gives it.</param>
    /// <param name="usual">Where it is mounted as a rule.</param>
    /// <returns>Null when it is mounted nowhere.</returns>
    /// <exception cref="LinuxException">As open(2) and read(2).</exception>
    public static DirectoryHandle? TryOpen(string type, long magic, string usual) =>
        TryOpenRoot(usual, magic) ?? (OfType(type, ReadTable()) is { } other ? TryOpenRoot(other, magic) : null);

    /// <summary>Finds the first mount of a file system, in the file's text; null when there is none.</summary>
    public static string? OfType(string type, string mountInfo)
    {
        Span<Range> fields = stackalloc Range[MountPointField + 2];
        foreach (Range range in mountInfo.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = mountInfo.AsSpan()[range];

            // The type stands behind a dash, before which there may be any number of fields.
            int dash = line.IndexOf(" - ");
            if (dash >= 0 && line[(dash + 3)..].StartsWith($"{type} ") && line[..dash].Split(fields, ' ') == fields.Length)
            {
                return Unescape(line[fields[MountPointField]]);
            }
        }

        return null;
    }

    /// <summary>Finds what is mounted below a path, not at it.</summary>
    /// <param name="path">An absolute path without links.</param>
    /// <returns>The mounts' own paths, in the order of the file: one that is on another comes after it.</returns>
    /// <exception cref="LinuxException">As open(2) and read(2).</exception>
    public static List<string> Below(string path) => Below(path, ReadTable());

    /// <summary>Finds what is mounted below a path, in the file's text.</summary>
    public static List<string> Below(string path, string mountInfo)
    {
        string start = path == "/" ? path : path + '/';
        List<string> below = [];
        Span<Range> fields = stackalloc Range[MountPointField + 2];
        foreach (Range range in mountInfo.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = mountInfo.AsSpan()[range];
            if (line.Split(fields, ' ') == fields.Length && Unescape(line[fields[MountPointField]]) is { } point
                && point.Length > start.Length && point.StartsWith(start, StringComparison.Ordinal))
            {
                below.Add(point);
            }
        }

        return below;
    }

    /// <summary>Finds the mount that a path is on, in the file's text.</summary>
    public static string Containing(string path, string mountInfo)
    {
        string best = "/";
        Span<Range> fields = stackalloc Range[MountPointField + 2];
        foreach (Range range in mountInfo.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = mountInfo.AsSpan()[range];
            if (line.Split(fields, ' ') == fields.Length)
            {
                string point = Unescape(line[fields[MountPointField]]);
                if (point.Length > best.Length && (path == point || path.StartsWith(point + '/', StringComparison.Ordinal)))
                {
                    best = point;
                }
            }
        }

        return best;
    }

    private static DirectoryHandle? TryOpenRoot(string path, long magic)
    {
        DirectoryHandle place;
        try
        {
            place = DirectoryHandle.OpenPath(path);
        }
        catch (LinuxException error) when (error.Error is Errno.ENOENT or Errno.ENOTDIR)
        {
            return null;
        }

        if (place.FileSystemType() == magic)
        {
            return place;
        }

        place.Dispose();
        return null;
    }

    private static string ReadTable()
    {
        using ProcFile proc = ProcFile.OpenHost();
        using FileDescriptor file = proc.Open("self/mountinfo", FileMode.Read);
        return Encoding.UTF8.GetString(file.ReadToEnd(MostBytes));
    }

    /// <summary>Blanks, tabs, line feeds and backslashes stand there as a backslash and three octal digits.</summary>
    private static string Unescape(ReadOnlySpan<char> text)
    {
        if (!text.Contains('\\'))
        {
            return text.ToString();
        }

        StringBuilder result = new();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length)
            {
                result.Append((char)(((text[i + 1] - '0') << 6) | ((text[i + 2] - '0') << 3) | (text[i + 3] - '0')));
                i += 3;
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }
}
