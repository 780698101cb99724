using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>restore CONTAINER</c> makes a container that goes on where a checkpoint was taken.</summary>
internal static class RestoreCommand
{
    internal const string Help = """
        usage: runtime restore [options] <container>
               runtime restore [options] <path of the bundle>

        Makes a container of a bundle whose processes go on where "checkpoint" has stopped
        them, by means of the criu found in PATH; waits for its end and deletes it.

          --image-path PATH     the folder with the images; default: checkpoint
          --work-path PATH      the folder for logs; default: that of the images
          --bundle PATH, -b     the bundle; default: the current directory
          --detach, -d          returns once the container is restored
          --pid-file PATH       writes the process's number to a file
          --console-socket PATH receives the terminal's master end by a unix socket
          --no-subreaper        does not adopt processes that lose their parent
          --no-pivot            accepted; criu changes the root in its own way
          --tcp-established     restores established TCP connections
          --tcp-close           closes them
          --ext-unix-sk         allows unix sockets whose other end is outside
          --shell-job           allows a session or a terminal that is the caller's
          --file-locks          restores file locks
          --lazy-pages          restores memory when it is first touched
          --auto-dedup          frees what was restored in the images
          --manage-cgroups-mode MODE
                                soft, full, strict or ignore; default: criu's own
          --empty-ns network    network namespaces are restored empty, which they always are
          --lsm-profile TYPE:NAME
                                an AppArmor profile or SELinux label in place of the one
                                that was
          --lsm-mount-context CONTEXT
                                an SELinux context of mounts in place of the one that was

        """;

    internal static int Run(ContainerStore store, CgroupManager cgroupManager, ReadOnlySpan<string> arguments)
    {
        RestoreOptions options = Parse(arguments);
        return store.Restore(options with { Create = options.Create with { CgroupManager = cgroupManager } });
    }

    internal static RestoreOptions Parse(ReadOnlySpan<string> arguments)
    {
        CriuArguments criu = default;
        BundleOptions bundle = default;
        bool detach = false;
        bool noSubreaper = false;
        string? lsmProfile = null;
        string? lsmMountContext = null;
        ArgumentReader reader = new(arguments);
        while (reader.NextOption())
        {
            if (reader.Is("detach", 'd')) { detach = reader.ReadSwitch(); }
            else if (reader.Is("no-subreaper")) { noSubreaper = reader.ReadSwitch(); }
            else if (reader.Is("lsm-profile")) { lsmProfile = reader.ReadText(); }
            else if (reader.Is("lsm-mount-context")) { lsmMountContext = reader.ReadText(); }
            else if (reader.Is("preserve-fds") || reader.Is("no-new-keyring")) { throw reader.Unknown(); }
            else if (!criu.TryTake(ref reader) && !bundle.TryTake(ref reader)) { throw reader.Unknown(); }
        }

        return new RestoreOptions
        {
            Create = bundle.ToCreateOptions(reader.TheOperand("restore")),
            Criu = criu.ToOptions() with { LsmProfile = lsmProfile, LsmMountContext = lsmMountContext },
            Detach = detach,
            NoSubreaper = noSubreaper,
        };
    }
}
