using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Processes;

/// <summary>The processors that a process may run on.</summary>
/// <remarks>sched_setaffinity(2). The kernel leaves out those that the process's cpuset does not have.</remarks>
[ChildSafe]
public static class CpuAffinity
{
    /// <summary>What the number of a processor is always below: no architecture has more.</summary>
    public const int Limit = 8192;

    /// <summary>Sets the processors of the calling thread and its children to come.</summary>
    /// <exception cref="LinuxException">EINVAL: the process may use none of them.</exception>
    public static void Set(NumberSet processors) => Set(processors.Words);

    /// <summary>Lets the calling thread run wherever its cpuset allows it to, whatever its parent was confined to.</summary>
    /// <exception cref="LinuxException">As sched_setaffinity(2).</exception>
    public static void Reset()
    {
        Span<ulong> all = stackalloc ulong[Limit / 64];
        all.Fill(ulong.MaxValue);
        Set(all);
    }

    private static void Set(ReadOnlySpan<ulong> words)
    {
        // Sound: the span is pinned for the call and its own length is given.
        unsafe
        {
            fixed (ulong* start = words)
            {
                LinuxException.Check(
                    Libc.Call(SystemCall.SchedSetAffinity, null, (void*)(words.Length * sizeof(ulong)), start), "sched_setaffinity", "the process");
            }
        }
    }
}
