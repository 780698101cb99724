using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>run CONTAINER</c> creates and starts a container and, unless it is told to detach, waits and deletes it.</summary>
internal static class RunCommand
{
    internal const string Help = """
        usage: runtime run [options] <container>
               runtime run [options] <path of the bundle>

        Creates and starts a container, passes signals on to it, waits for its end and
        deletes it. The exit code is that of its process, or 128 and the signal's number.

          --bundle PATH, -b     the bundle; default: the current directory
          --detach, -d          returns once the container is started
          --keep                does not delete the container
          --no-subreaper        does not adopt processes that lose their parent
          --pid-file PATH       writes the process's number to a file
          --console-socket PATH receives the terminal's master end by a unix socket
          --pidfd-socket PATH   receives a pidfd of the process by a unix socket
          --no-pivot            changes the root by moving a mount, for a rootfs on a ramdisk
          --no-new-keyring      keeps the caller's session keyring
          --preserve-fds N      hands N descriptors over, from 3 on

        """;

    internal static int Run(ContainerStore store, Log log, CgroupManager cgroupManager, ReadOnlySpan<string> arguments)
    {
        RunOptions options = Parse(arguments);
        options = options with { Create = options.Create with { CgroupManager = cgroupManager } };
        log.RefuseToPreserve(options.Create.PreserveDescriptors);
        return store.Run(options);
    }

    internal static RunOptions Parse(ReadOnlySpan<string> arguments)
    {
        BundleOptions bundle = default;
        bool detach = false;
        bool keep = false;
        bool noSubreaper = false;
        ArgumentReader reader = new(arguments);
        while (reader.NextOption())
        {
            if (reader.Is("detach", 'd')) { detach = reader.ReadSwitch(); }
            else if (reader.Is("keep")) { keep = reader.ReadSwitch(); }
            else if (reader.Is("no-subreaper")) { noSubreaper = reader.ReadSwitch(); }
            else if (!bundle.TryTake(ref reader)) { throw reader.Unknown(); }
        }

        return new RunOptions
        {
            Create = bundle.ToCreateOptions(reader.TheOperand("run")),
            Detach = detach,
            Keep = keep,
            NoSubreaper = noSubreaper,
        };
    }
}
