using System.Globalization;

namespace Bulkhead.Tests.Support;

/// <summary>
/// What of ours the machine holds: mounts, cgroups, units of systemd, processes, network devices and folders. Only what bears our mark is
/// looked at, because other programs make and remove theirs at the same time.
/// </summary>
public sealed class LeakCheck
{
    /// <summary>What the names of the network devices begin with that tests make.</summary>
    public const string DevicePrefix = "bh";

    // Where systemd and, below its folder, a user's own keep the units that nobody has written a file for: systemd.unit(5).
    private const string TransientUnits = "systemd/transient";

    private static readonly string s_mark = TemporaryFolder.Prefix;

    private readonly HashSet<string> _before = [.. Look(s_mark)];

    private LeakCheck()
    {
    }

    /// <summary>Remembers what is there now.</summary>
    public static LeakCheck Start() => new();

    /// <summary>What is there now and was not then. What is just ending gets some seconds for it.</summary>
    public string[] Growth()
    {
        string[] growth = [];
        Wait.Try(() => (growth = Look(s_mark).Where(thing => !_before.Contains(thing)).ToArray()).Length == 0, TimeSpan.FromSeconds(5));
        return growth;
    }

    /// <summary>What there is of one container, its test's folder excepted. What is just ending gets some seconds for it.</summary>
    public static string[] Of(string id)
    {
        string[] left = [];
        Wait.Try(() => (left = Look(id).Where(thing => !thing.StartsWith("folder", StringComparison.Ordinal)).ToArray()).Length == 0, TimeSpan.FromSeconds(2));
        return left;
    }

    /// <summary>The mounts and cgroups that there are of one container. What is just ending gets some seconds for it.</summary>
    public static string[] PlacesOf(string id)
    {
        string[] left = [];
        Wait.Try(() => (left = [.. Mounts(id), .. Cgroups(id)]).Length == 0, TimeSpan.FromSeconds(2));
        return left;
    }

    /// <summary>Removes what is left of one container, so that one leak does not become the next test's failure.</summary>
    /// <returns>What was there to be removed.</returns>
    public static string[] Sweep(string id)
    {
        string[] left = Of(id);
        if (left.Length == 0)
        {
            return [];
        }

        Wait.Try(
            () =>
            {
                foreach (int pid in Processes(id).Select(process => process.Pid))
                {
                    _ = Native.Kill(pid, 9);
                }

                return !Processes(id).Any();
            },
            TimeSpan.FromSeconds(2));
        foreach (string mount in Mounts(id).Reverse())
        {
            _ = Native.Unmount(mount, Native.Detach);
        }

        foreach (string cgroup in Cgroups(id).OrderByDescending(path => path.Length))
        {
            _ = Native.RemoveDirectory(cgroup);
        }

        return left;
    }

    private static IEnumerable<string> Look(string mark) =>
    [
        .. Mounts(mark).Select(path => $"mount {path}"),
        .. Cgroups(mark).Select(path => $"cgroup {path}"),
        .. Units(mark).Select(path => $"unit {path}"),
        .. Processes(mark).Select(process => $"process {process.Pid} {string.Join(' ', process.CommandLine)}"),
        .. Devices(mark).Select(name => $"network device {name}"),
        .. Directory.EnumerateFileSystemEntries(Path.GetTempPath(), TemporaryFolder.Prefix + "*")
            .Where(path => path.Contains(mark, StringComparison.Ordinal)).Select(path => $"folder {path}"),
    ];

    private static IEnumerable<string> Mounts(string mark) => MountEntry.Read("self")
        .Where(mount => mount.MountPoint.Contains(mark, StringComparison.Ordinal) || mount.Root.Contains(mark, StringComparison.Ordinal))
        .Select(mount => mount.MountPoint);

    private static IEnumerable<string> Cgroups(string mark)
    {
        var everywhere = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return CgroupLayout.Here.MountPoints.Where(Directory.Exists)
            .SelectMany(mount => Directory.EnumerateDirectories(mount, "*", everywhere))
            .Where(path => path.Contains(mark, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Units(string mark)
    {
        string[] users = Directory.Exists("/run/user") ? Directory.GetDirectories("/run/user") : [];
        return users.Prepend("/run").Select(folder => Path.Combine(folder, TransientUnits)).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFileSystemEntries(folder))
            .Where(path => path.Contains(mark, StringComparison.Ordinal));
    }

    // Ours: it executes the runtime under test, sits in a cgroup of ours, or names a test's folder or container.
    private static IEnumerable<HostProcess> Processes(string mark)
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int pid) || pid == Environment.ProcessId)
            {
                continue;
            }

            var process = new HostProcess(pid);
            if (IsOurs(process, mark))
            {
                yield return process;
            }
        }
    }

    private static bool IsOurs(HostProcess process, string mark)
    {
        try
        {
            return process.IsAlive
                && ((mark == s_mark && new FileInfo($"/proc/{process.Pid}/exe").LinkTarget == Repository.RuntimeBinary)
                    || process.Read("cgroup").Contains(mark, StringComparison.Ordinal)
                    || process.CommandLine.Any(argument => argument.Contains(mark, StringComparison.Ordinal)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // it ended while it was looked at
        }
    }

    // A device's name has no room for a container's id: devices count for the whole run only.
    private static IEnumerable<string> Devices(string mark) => mark != s_mark ? [] : File.ReadLines("/proc/net/dev")
        .Where(line => line.Contains(':', StringComparison.Ordinal))
        .Select(line => line.Split(':')[0].Trim())
        .Where(name => name.StartsWith(DevicePrefix, StringComparison.Ordinal));
}
