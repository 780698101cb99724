using System.Diagnostics;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;

namespace Bulkhead.Cgroups.V2;

/// <summary>A cgroup's directory in the cgroup2 hierarchy.</summary>
/// <param name="cgroup">The directory, by the root of its mount.</param>
/// <param name="isNew">Whether it is to be made, by the root of its mount; else it was made before, and its root is the host's.</param>
/// <remarks>kernel, cgroup-v2.rst, "Basic Operations" and "Core Interface Files".</remarks>
internal sealed class UnifiedDirectory(CgroupDirectory cgroup, bool isNew) : IDisposable
{
    private static readonly TimeSpan FreezeLimit = TimeSpan.FromSeconds(10);

    /// <summary>The directory.</summary>
    internal CgroupDirectory Cgroup => cgroup;

    /// <summary>The directory for clone3(2) and bpf(2), once it was made.</summary>
    internal DirectoryHandle? Handle { get; private set; }

    /// <summary>The file for moving processes, from the mount's root.</summary>
    internal string ProcessesPath { get; } = cgroup.PathFromRoot("cgroup.procs");

    internal bool IsFrozen => cgroup.TryRead("cgroup.freeze") == "1";

    /// <summary>Whether controllers can be enabled for it: it is about to be made, and not one taken up from a saved state.</summary>
    internal bool IsNew => isNew;

    /// <summary>Makes the directory, unless it was taken up from a saved state, and opens it; the second time does nothing.</summary>
    internal void Create(List<CgroupDirectory> parents)
    {
        if (Handle is not null)
        {
            return;
        }

        if (IsNew)
        {
            CgroupTree.Make(cgroup, parents);
        }

        Handle = cgroup.Root.OpenDirectory(cgroup.Place);
    }

    /// <summary>The directory, with a controller enabled if that can be; null when the hierarchy does not have it.</summary>
    internal CgroupDirectory? WithController(string controller)
    {
        if (IsNew && !SubtreeControl.Contains(cgroup.TryRead("cgroup.controllers") ?? "", controller))
        {
            if (!SubtreeControl.Contains(cgroup.Root.TryReadText("cgroup.controllers") ?? "", controller))
            {
                return null;
            }

            cgroup.Obstacle = SubtreeControl.Enable(cgroup, [controller]);
        }

        return cgroup;
    }

    /// <summary>Freezes or thaws, and waits for the kernel to say that it is done.</summary>
    internal void SetFrozen(bool frozen)
    {
        cgroup.Write("cgroup.freeze", frozen ? "1" : "0");
        long start = Stopwatch.GetTimestamp();
        TimeSpan pause = TimeSpan.FromMicroseconds(100);
        while (frozen && StatisticsText.Pairs(cgroup.TryRead("cgroup.events")) is var events && events.GetValueOrDefault("frozen") == 0)
        {
            if (events.Count == 0 || Stopwatch.GetElapsedTime(start) > FreezeLimit)
            {
                throw new CgroupException($"freeze {cgroup.Path}: not frozen after {FreezeLimit.TotalSeconds} seconds");
            }

            Thread.Sleep(pause);
            pause = pause < TimeSpan.FromMilliseconds(10) ? pause * 2 : pause;
        }
    }

    /// <summary>Kills every process in the cgroup and below, new ones included.</summary>
    /// <returns>False when the kernel can't (before 5.14), or the cgroup is a threaded one.</returns>
    internal bool TryKill()
    {
        try
        {
            using FileDescriptor? file = cgroup.TryOpen("cgroup.kill", Linux.Files.FileMode.Write);
            file?.Write("1");
            return file is not null;
        }
        catch (LinuxException error) when (error.Error is Errno.EOPNOTSUPP)
        {
            return false;
        }
        catch (LinuxException error) when (error.Error is Errno.ENODEV or Errno.ENOENT)
        {
            // Removed between the two calls: systemd does that when the last process has ended. The kernel says the one or
            // the other, as far as it has come with it.
            return true;
        }
    }

    /// <summary>Closes the descriptors.</summary>
    public void Dispose()
    {
        Handle?.Dispose();
        cgroup.Root.Dispose();
    }
}
