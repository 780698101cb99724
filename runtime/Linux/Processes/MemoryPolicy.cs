using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Processes;

/// <summary>From which nodes a process and its children get memory.</summary>
/// <param name="Name">The mode's name, for messages.</param>
/// <param name="Mode">The mode and its flags, as the kernel takes them.</param>
/// <param name="Nodes">The nodes; null for none.</param>
/// <remarks>set_mempolicy(2).</remarks>
public sealed record MemoryPolicy(string Name, int Mode, NumberSet? Nodes)
{
    /// <summary>What the number of a node is always below: no architecture has more.</summary>
    public const int NodeLimit = 1024;

    /// <summary>Makes it the policy of the calling thread, which children and the next program keep.</summary>
    /// <exception cref="LinuxException">
    /// EINVAL: the mode does not go with the flags or the nodes, or the process may use none of the nodes. ENOSYS: a
    /// kernel without NUMA.
    /// </exception>
    [ChildSafe]
    public void Apply()
    {
        ReadOnlySpan<ulong> nodes = Nodes is null ? [] : Nodes.Words;

        // Sound: the span is pinned for the call and its own length is given; one more, for the kernel subtracts one.
        unsafe
        {
            fixed (ulong* start = nodes)
            {
                nint bits = nodes.IsEmpty ? 0 : (nodes.Length * 64) + 1;
                LinuxException.Check(Libc.Call(SystemCall.SetMemPolicy, (void*)Mode, start, (void*)bits), "set_mempolicy", Name);
            }
        }
    }
}
