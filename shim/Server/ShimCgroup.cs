using Bulkhead.Cgroups;
using Bulkhead.Linux.Files;
using Bulkhead.Proto.Containerd.Runc;

namespace Bulkhead.Shim.Server;

/// <summary>Where the shim itself is accounted, and how readily the kernel ends it when memory is short.</summary>
internal static class ShimCgroup
{
    private const int LeastReadiness = -1000;
    private const string ScoreFile = "/proc/self/oom_score_adj";

    /// <summary>Moves the shim into the cgroup that the options name, if they name one.</summary>
    /// <exception cref="CgroupException">There is no such layout, or the path is none.</exception>
    /// <exception cref="Linux.LinuxException">It can't be entered.</exception>
    public static void Enter(Options options)
    {
        if (options.ShimCgroup.Length == 0)
        {
            return;
        }

        using ICgroup cgroup = Cgroup.ForContainer("shim", options.ShimCgroup);
        cgroup.CreateCloneTarget();
        cgroup.Create();
        cgroup.Add(Environment.ProcessId);
    }

    /// <summary>
    /// Makes the shim one step readier than whoever started it, as containerd's own is: a containerd that is never to be
    /// ended passes that on to shims otherwise.
    /// </summary>
    public static void SetOutOfMemoryScore()
    {
        using FileDescriptor file = FileDescriptor.Open(ScoreFile, Linux.Files.FileMode.ReadWrite);
        if (int.TryParse(System.Text.Encoding.ASCII.GetString(file.ReadToEnd(16)), out int score) && score is >= LeastReadiness and < 1000)
        {
            file.Write((score + 1).ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
