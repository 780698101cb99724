using System.Diagnostics;
using Bulkhead.Cgroups.V2;
using Bulkhead.Linux;
using Bulkhead.Linux.Processes;

namespace Bulkhead.Cgroups;

/// <summary>Sends a signal to all processes of a cgroup.</summary>
internal static class ProcessKiller
{
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(10);

    /// <param name="cgroup">Whose processes.</param>
    /// <param name="signal">The signal's number.</param>
    /// <param name="unified">Its cgroup2 directory, where the kernel itself can kill all.</param>
    internal static void Kill(ICgroup cgroup, int signal, UnifiedDirectory? unified)
    {
        if (new Signal(signal) != Signal.Kill)
        {
            SignalOnce(cgroup, new Signal(signal), thaw: !cgroup.IsFrozen);
            return;
        }

        if (unified is not null && unified.TryKill() && cgroup.Version == CgroupVersion.V2)
        {
            return;
        }

        long start = Stopwatch.GetTimestamp();
        TimeSpan pause = TimeSpan.FromMicroseconds(100);
        while (SignalOnce(cgroup, Signal.Kill, thaw: true) is > 0 and var left)
        {
            if (Stopwatch.GetElapsedTime(start) > KillLimit)
            {
                throw new CgroupException($"kill: {left} processes have not ended after {KillLimit.TotalSeconds} seconds");
            }

            Thread.Sleep(pause);
            pause = pause < TimeSpan.FromMilliseconds(20) ? pause * 2 : pause;
        }
    }

    /// <summary>Sends a signal to each process, with all of them frozen so that none can fork away meanwhile.</summary>
    /// <returns>How many there were.</returns>
    private static int SignalOnce(ICgroup cgroup, Signal signal, bool thaw)
    {
        if (cgroup.Processes().Count == 0)
        {
            return 0;
        }

        bool frozen = thaw && TryFreeze(cgroup);
        try
        {
            IReadOnlyList<int> processes = cgroup.Processes();
            foreach (int pid in processes)
            {
                using PidFd? process = PidFd.TryOpen(pid);
                process?.Send(signal);
            }

            return processes.Count;
        }
        finally
        {
            if (frozen || (thaw && signal == Signal.Kill))
            {
                TryThaw(cgroup);
            }
        }
    }

    /// <remarks>Freezing only helps: without it, or when it does not come about, the next round finds who got away.</remarks>
    private static bool TryFreeze(ICgroup cgroup)
    {
        try
        {
            cgroup.SetFrozen(true);
            return true;
        }
        catch (Exception error) when (error is CgroupException or LinuxException)
        {
            return false;
        }
    }

    private static void TryThaw(ICgroup cgroup)
    {
        try
        {
            cgroup.SetFrozen(false);
        }
        catch (Exception error) when (error is CgroupException or LinuxException { Error: Errno.ENOENT or Errno.ENODEV })
        {
            // No freezer, or the cgroup is gone with its last process.
        }
    }
}
