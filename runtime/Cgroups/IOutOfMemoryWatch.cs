using Bulkhead.Linux;
using Bulkhead.Linux.Files;

namespace Bulkhead.Cgroups;

/// <summary>Tells when the kernel ends processes of a cgroup, or of one below, because its memory limit is reached.</summary>
/// <example><code>
/// using IOutOfMemoryWatch? watch = cgroup.WatchOutOfMemory();
/// // poll(2): watch.Signal has something to read
/// if (watch.Take()) { … }
/// </code></example>
public interface IOutOfMemoryWatch : IDisposable
{
    /// <summary>Has something to read when <see cref="Take"/> is worth a call.</summary>
    FileDescriptor Signal { get; }

    /// <summary>Whether there was such an end since the last call, or since the watch began.</summary>
    /// <remarks>Also right without a look at <see cref="Signal"/>: once, after the container's end. False for a cgroup that is gone.</remarks>
    /// <exception cref="LinuxException">As read(2).</exception>
    bool Take();
}
