using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>checkpoint CONTAINER</c> has CRIU write a container's processes to disk.</summary>
internal static class CheckpointCommand
{
    internal const string Help = """
        usage: runtime checkpoint [options] <container>

        Writes the processes of a running container to disk, by means of the criu found in
        PATH, and removes the container. "restore" goes on where they were.

          --image-path PATH     the folder for the images; default: checkpoint
          --work-path PATH      the folder for logs; default: that of the images
          --leave-running       leaves the container running
          --pre-dump            writes the memory alone and leaves the container running
          --parent-path PATH    the folder of an earlier memory image, relative to the images'
          --tcp-established     takes established TCP connections along
          --tcp-close           closes them
          --tcp-skip-in-flight  leaves out TCP connections that are being made
          --ext-unix-sk         allows unix sockets whose other end is outside
          --shell-job           allows a session or a terminal that is the caller's
          --file-locks          takes file locks along
          --link-remap          gives removed files that are open a name
          --page-server ADDRESS:PORT
                                sends the memory to a page server
          --lazy-pages          serves the memory when it is asked for
          --status-fd N         gets a zero byte once it can be asked for
          --auto-dedup          removes from earlier images what a later one has
          --manage-cgroups-mode MODE
                                soft, full, strict or ignore; default: criu's own
          --empty-ns network    network namespaces are restored empty, which they always are

        """;

    /// <param name="Container">Which container.</param>
    /// <param name="Options">How.</param>
    internal sealed record Request(ContainerReference Container, CheckpointOptions Options);

    internal static int Run(ContainerStore store, ReadOnlySpan<string> arguments)
    {
        Request request = Parse(arguments);
        store.Open(request.Container.Id).Checkpoint(request.Options);
        return ExitCode.Success;
    }

    internal static Request Parse(ReadOnlySpan<string> arguments)
    {
        CriuArguments criu = default;
        bool linkRemap = false;
        bool tcpSkipInFlight = false;
        CriuPageServer? pageServer = null;
        string? parentPath = null;
        bool leaveRunning = false;
        bool preDump = false;
        long? status = null;
        ArgumentReader reader = new(arguments);
        while (reader.NextOption())
        {
            if (reader.Is("link-remap")) { linkRemap = reader.ReadSwitch(); }
            else if (reader.Is("tcp-skip-in-flight")) { tcpSkipInFlight = reader.ReadSwitch(); }
            else if (reader.Is("page-server")) { pageServer = CriuArguments.ReadPageServer(ref reader); }
            else if (reader.Is("parent-path")) { parentPath = reader.ReadText(); }
            else if (reader.Is("leave-running")) { leaveRunning = reader.ReadSwitch(); }
            else if (reader.Is("pre-dump")) { preDump = reader.ReadSwitch(); }
            else if (reader.Is("status-fd")) { status = reader.ReadNumber(-1, int.MaxValue); }
            else if (!criu.TryTake(ref reader)) { throw reader.Unknown(); }
        }

        return new Request(ContainerReference.Parse(reader.TheOperand("checkpoint")), new CheckpointOptions
        {
            Criu = criu.ToOptions() with { LinkRemap = linkRemap, TcpSkipInFlight = tcpSkipInFlight, PageServer = pageServer },
            ParentPath = parentPath,
            LeaveRunning = leaveRunning,
            PreDump = preDump,
            StatusDescriptor = status is >= 0 and var number ? (int)number : null,
        });
    }
}
