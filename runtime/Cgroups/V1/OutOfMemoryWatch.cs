using System.Globalization;
using Bulkhead.Linux.Files;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Cgroups.V1;

/// <summary>The out-of-memory notifications of cgroup v1.</summary>
/// <remarks>kernel, cgroup-v1/memory.rst, "OOM Control".</remarks>
internal sealed class OutOfMemoryWatch : IOutOfMemoryWatch
{
    private readonly CgroupDirectory _directory;
    private readonly EventCounter _counter;

    private OutOfMemoryWatch(CgroupDirectory directory, EventCounter counter)
    {
        _directory = directory;
        _counter = counter;
    }

    public FileDescriptor Signal => _counter;

    /// <summary>Begins; null when the cgroup is gone.</summary>
    internal static OutOfMemoryWatch? TryStart(CgroupDirectory directory)
    {
        using FileDescriptor? control = directory.TryOpen("memory.oom_control", FileMode.Read);
        if (control is null)
        {
            return null;
        }

        EventCounter counter = EventCounter.Create("out-of-memory notifications");
        try
        {
            directory.Write("cgroup.event_control", string.Create(CultureInfo.InvariantCulture, $"{counter.Number} {control.Number}"));
            return new OutOfMemoryWatch(directory, counter);
        }
        catch
        {
            counter.Dispose();
            throw;
        }
    }

    public bool Take()
    {
        // The removal of the cgroup is notified as well.
        return _counter.Take() > 0 && _directory.TryRead("memory.oom_control") is not null;
    }

    public void Dispose() => _counter.Dispose();
}
