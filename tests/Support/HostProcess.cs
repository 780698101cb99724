using System.Globalization;
using System.Text;

namespace Bulkhead.Tests.Support;

/// <summary>A process as <c>/proc</c> shows it to the host.</summary>
/// <param name="pid">Its number in the host's PID namespace.</param>
public sealed class HostProcess(int pid)
{
    private static readonly string[] s_signals =
    [
        "0", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>The test's own process.</summary>
    public static HostProcess Self => new(Environment.ProcessId);

    /// <summary>Its number in the host's PID namespace.</summary>
    public int Pid => pid;

    /// <summary>Whether there is such a process; one that has ended and was not waited for yet counts as gone.</summary>
    public bool IsAlive => Directory.Exists($"/proc/{pid}") && (TryStatus("State") ?? "Z")[0] is not ('Z' or 'X');

    /// <summary>The command name, 15 bytes at most.</summary>
    public string Name => Read("comm").TrimEnd('\n');

    /// <summary>The program and its arguments.</summary>
    public string[] CommandLine => Read("cmdline").TrimEnd('\0').Split('\0');

    /// <summary>The environment it was started with.</summary>
    public string[] EnvironmentVariables => Read("environ").TrimEnd('\0').Split('\0');

    /// <summary>What <c>oom_score_adj</c> says.</summary>
    public int OomScoreAdjustment => int.Parse(Read("oom_score_adj"), CultureInfo.InvariantCulture);

    /// <summary>The mounts it sees.</summary>
    public MountEntry[] Mounts => MountEntry.Read(pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>Its open descriptors: the number, and what it leads to.</summary>
    public SortedDictionary<int, string> Descriptors
    {
        get
        {
            var open = new SortedDictionary<int, string>();
            foreach (string link in Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd"))
            {
                // One that was closed meanwhile is not open.
                if (TryTarget(link) is { } target)
                {
                    open[int.Parse(Path.GetFileName(link), CultureInfo.InvariantCulture)] = target;
                }
            }

            return open;
        }
    }

    /// <summary>The numbers of its children.</summary>
    public int[] Children => Directory.EnumerateDirectories($"/proc/{pid}/task")
        .SelectMany(task => File.ReadAllText(task + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(child => int.Parse(child, CultureInfo.InvariantCulture)).ToArray();

    /// <summary>Sends a signal, by its name without SIG, or its number.</summary>
    public static void Signal(int pid, string signal)
    {
        int number = Array.IndexOf(s_signals, signal);
        number = number >= 0 ? number : int.Parse(signal, CultureInfo.InvariantCulture);
        if (Native.Kill(pid, number) != 0)
        {
            throw Native.LastError($"kill {pid} {signal}");
        }
    }

    /// <summary>A line of <c>status</c>: <c>Status("CapEff")</c>, <c>Status("NoNewPrivs")</c>, <c>Status("Uid")</c>.</summary>
    public string Status(string field) => TryStatus(field) ?? throw new KeyNotFoundException($"/proc/{pid}/status: no {field}");

    /// <summary>Which namespace it is in: <c>pid:[4026531836]</c>.</summary>
    /// <param name="type">cgroup, ipc, mnt, net, pid, pid_for_children, time, user or uts.</param>
    public string Namespace(string type) => Target($"/proc/{pid}/ns/{type}");

    /// <summary>The soft and the hard limit, as <c>limits</c> words them: <c>Limit("Max open files")</c>.</summary>
    public (string Soft, string Hard) Limit(string name)
    {
        string line = Read("limits").Split('\n').Single(line => line.StartsWith(name + "  ", StringComparison.Ordinal));
        string[] values = line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (values[0], values[1]);
    }

    /// <summary>The path through which a file of the process's own root is reached: <c>InRoot("/etc/hosts")</c>.</summary>
    public string InRoot(string path) => $"/proc/{pid}/root{path}";

    /// <summary>Any file of <c>/proc/PID</c>.</summary>
    public string Read(string file) => File.ReadAllText($"/proc/{pid}/{file}", Encoding.UTF8);

    private static string Target(string link) => TryTarget(link) ?? throw new FileNotFoundException(link);

    private static string? TryTarget(string link) => new FileInfo(link).LinkTarget;

    private string? TryStatus(string field)
    {
        try
        {
            return File.ReadLines($"/proc/{pid}/status")
                .FirstOrDefault(line => line.StartsWith(field + ":", StringComparison.Ordinal))?[(field.Length + 1)..].Trim();
        }
        catch (IOException)
        {
            return null; // ended while it was read
        }
    }
}
