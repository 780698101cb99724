using Bulkhead.Shim.Loop;
using Bulkhead.Shim.Processes;

namespace Bulkhead.Shim.Stdio;

/// <summary>What the input and output of a process need to know of the shim and of the process.</summary>
internal sealed record StdioContext
{
    /// <summary>The loop that all copying happens on.</summary>
    public required EventLoop Loop { get; init; }

    /// <summary>Starts the programs that output is given to.</summary>
    public required Reaper Reaper { get; init; }

    /// <summary>containerd's namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The container's name.</summary>
    public required string ContainerId { get; init; }

    /// <summary>The folder of the container's bundle.</summary>
    public required string Bundle { get; init; }

    /// <summary>
    /// What the paths of the sockets begin with that terminals come by: an existing folder that only root can enter, and the
    /// beginning of a name; at most 90 bytes.
    /// </summary>
    public required string ConsolePrefix { get; init; }

    /// <summary>The owner of the pipes: with a user namespace its root, so that the process may open them again by /proc/self/fd.</summary>
    /// <remarks>containerd.runc.v1.Options, <c>io_uid</c>.</remarks>
    public uint User { get; init; }

    /// <summary>The owning group of the pipes.</summary>
    /// <remarks>containerd.runc.v1.Options, <c>io_gid</c>.</remarks>
    public uint Group { get; init; }

    /// <summary>Takes one line for the shim's log.</summary>
    public required Action<string> Report { get; init; }
}
