using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;

namespace Bulkhead.Cgroups.Layout;

/// <summary>What is mounted of cgroups, at the moment of looking.</summary>
/// <param name="Version">The layout.</param>
/// <param name="Hierarchies">The hierarchies that containers join, in the order of their mounts; each once.</param>
internal sealed record CgroupLayout(CgroupVersion Version, IReadOnlyList<CgroupHierarchy> Hierarchies)
{
    internal const long CGROUP_SUPER_MAGIC = 0x27e0eb;
    internal const long CGROUP2_SUPER_MAGIC = 0x63677270;

    private const string Usual = "/sys/fs/cgroup";
    private const int MostBytes = 64 << 20;

    /// <summary>The controllers of cgroup v1. Other words among a mount's options are options.</summary>
    private static readonly string[] Controllers =
    [
        "cpuset", "cpu", "cpuacct", "blkio", "memory", "devices", "freezer", "net_cls", "perf_event", "net_prio", "hugetlb",
        "pids", "rdma", "misc",
    ];

    /// <summary>Looks at the mounts in sight of the calling process.</summary>
    /// <exception cref="CgroupException">No cgroup file system is mounted.</exception>
    internal static CgroupLayout Detect()
    {
        // The usual case costs two calls, and no look at a table that may have thousands of mounts.
        if (IsUnifiedMount(Usual))
        {
            return new CgroupLayout(CgroupVersion.V2, [new CgroupHierarchy(Usual, "/", [CgroupHierarchy.Unified])]);
        }

        using FileDescriptor mounts = FileDescriptor.Open("/proc/self/mountinfo", Linux.Files.FileMode.Read);
        return Parse(mounts.ReadToEnd(MostBytes));
    }

    /// <summary>As <see cref="Detect"/>, but that nothing is mounted is a layout without hierarchies.</summary>
    internal static CgroupLayout DetectAny()
    {
        try
        {
            return Detect();
        }
        catch (CgroupException)
        {
            return new CgroupLayout(CgroupVersion.V2, []);
        }
    }

    /// <summary>Reads a table of mounts.</summary>
    /// <remarks>
    /// proc_pid_mountinfo(5): <c>ID PARENT MAJOR:MINOR ROOT MOUNT-POINT OPTIONS [TAGS] - TYPE SOURCE SUPER-OPTIONS</c>.
    /// Spaces in names are escaped, so that <c> - </c> is found in one place of a line only.
    /// </remarks>
    /// <exception cref="CgroupException">There is no cgroup mount in it.</exception>
    internal static CgroupLayout Parse(ReadOnlySpan<byte> mounts)
    {
        List<CgroupHierarchy> found = [];
        CgroupHierarchy? unified = null;
        bool controlled = false;
        while (mounts.IndexOf(" - cgroup"u8) is >= 0 and var separator)
        {
            ReadOnlySpan<byte> before = mounts[(mounts[..separator].LastIndexOf((byte)'\n') + 1)..separator];
            ReadOnlySpan<byte> after = TakeLine(ref mounts, separator + 3);
            if (Read(before, after) is not { } hierarchy)
            {
                continue;
            }

            if (hierarchy.IsUnified)
            {
                unified = Better(unified, hierarchy);
            }
            else
            {
                controlled |= hierarchy.HasController;
                Add(found, hierarchy);
            }
        }

        if (!controlled && unified is not null)
        {
            return new CgroupLayout(CgroupVersion.V2, [unified]);
        }

        // A cgroup2 mount elsewhere is somebody's own and says nothing about where containers belong.
        if (unified is not null && unified.MountPoint.StartsWith(Usual, StringComparison.Ordinal))
        {
            found.Add(unified);
            return new CgroupLayout(CgroupVersion.Hybrid, found);
        }

        return found.Count > 0 ? new CgroupLayout(CgroupVersion.V1, found)
            : throw new CgroupException("no cgroup file system is mounted; /sys/fs/cgroup is the usual place");
    }

    private static bool IsUnifiedMount(string path)
    {
        try
        {
            using DirectoryHandle directory = DirectoryHandle.OpenPath(path);
            return directory.FileSystemType() == CGROUP2_SUPER_MAGIC;
        }
        catch (LinuxException error) when (error.Error is Errno.ENOENT or Errno.ENOTDIR)
        {
            return false;
        }
    }

    private static CgroupHierarchy? Read(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        TakeWord(ref before);
        TakeWord(ref before);
        TakeWord(ref before);
        string root = Unescape(TakeWord(ref before));
        string mountPoint = Unescape(TakeWord(ref before));

        ReadOnlySpan<byte> type = TakeWord(ref after);
        TakeWord(ref after);
        string[] controllers = type.SequenceEqual("cgroup2"u8) ? [CgroupHierarchy.Unified]
            : type.SequenceEqual("cgroup"u8) ? ReadControllers(TakeWord(ref after))
            : [];
        return controllers.Length > 0 && new CgroupHierarchy(mountPoint, root, controllers) is { IsJoined: true } hierarchy ? hierarchy : null;
    }

    private static string[] ReadControllers(ReadOnlySpan<byte> options)
    {
        List<string> controllers = [];
        while (!options.IsEmpty)
        {
            int comma = options.IndexOf((byte)',');
            ReadOnlySpan<byte> option = comma < 0 ? options : options[..comma];
            options = comma < 0 ? default : options[(comma + 1)..];
            if (option.StartsWith("name="u8))
            {
                controllers.Add(Encoding.UTF8.GetString(option));
            }

            foreach (string name in Controllers)
            {
                if (Ascii.Equals(option, name))
                {
                    controllers.Add(name);
                }
            }
        }

        return [.. controllers];
    }

    private static void Add(List<CgroupHierarchy> found, CgroupHierarchy hierarchy)
    {
        for (int i = 0; i < found.Count; i++)
        {
            if (found[i].Controllers[0] == hierarchy.Controllers[0])
            {
                found[i] = Better(found[i], hierarchy);
                return;
            }
        }

        found.Add(hierarchy);
    }

    /// <summary>Which of two mounts of one hierarchy is used: the first, or the first in the usual place.</summary>
    private static CgroupHierarchy Better(CgroupHierarchy? first, CgroupHierarchy second) =>
        first is null
        || (!first.MountPoint.StartsWith(Usual, StringComparison.Ordinal) && second.MountPoint.StartsWith(Usual, StringComparison.Ordinal))
            ? second : first;

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> text, int start)
    {
        int length = text[start..].IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = length < 0 ? text[start..] : text.Slice(start, length);
        text = length < 0 ? default : text[(start + length + 1)..];
        return line;
    }

    private static ReadOnlySpan<byte> TakeWord(ref ReadOnlySpan<byte> line)
    {
        int space = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> word = space < 0 ? line : line[..space];
        line = space < 0 ? default : line[(space + 1)..];
        return word;
    }

    /// <summary>Undoes the octal escapes (<c>\040</c>) of space, tab, newline, backslash and number sign.</summary>
    private static string Unescape(ReadOnlySpan<byte> word)
    {
        if (!word.Contains((byte)'\\'))
        {
            return Encoding.UTF8.GetString(word);
        }

        byte[] plain = new byte[word.Length];
        int length = 0;
        for (int i = 0; i < word.Length; i++)
        {
            bool escaped = word[i] == '\\' && i + 3 < word.Length;
            plain[length++] = escaped ? (byte)(((word[i + 1] - '0') << 6) | ((word[i + 2] - '0') << 3) | (word[i + 3] - '0')) : word[i];
            i += escaped ? 3 : 0;
        }

        return Encoding.UTF8.GetString(plain, 0, length);
    }
}
