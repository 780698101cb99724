using Bulkhead.Linux.Files;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Cgroups.V2;

/// <summary>Follows the number of processes killed for want of memory in cgroup v2.</summary>
/// <remarks>kernel, cgroup-v2.rst, "memory.events": a change of any of its numbers is a modification of the file.</remarks>
internal sealed class UnifiedOutOfMemoryWatch : IOutOfMemoryWatch
{
    private readonly CgroupDirectory _directory;
    private readonly FileWatch _watch;
    private ulong _kills;

    private UnifiedOutOfMemoryWatch(CgroupDirectory directory, FileWatch watch)
    {
        _directory = directory;
        _watch = watch;
        _kills = Kills();
    }

    public FileDescriptor Signal => _watch;

    /// <summary>Begins; null when the controller is not enabled for the cgroup, or the cgroup is gone.</summary>
    internal static UnifiedOutOfMemoryWatch? TryStart(CgroupDirectory directory)
    {
        using FileDescriptor? events = directory.TryOpen("memory.events", FileMode.Read);
        return events is null ? null : new UnifiedOutOfMemoryWatch(directory, FileWatch.Start(events));
    }

    public bool Take()
    {
        _watch.Clear();
        ulong before = _kills;
        _kills = Kills();
        return _kills > before;
    }

    public void Dispose() => _watch.Dispose();

    private ulong Kills() => StatisticsText.Pairs(_directory.TryRead("memory.events")).GetValueOrDefault("oom_kill");
}
