using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>create CONTAINER</c> makes a container whose process waits to be started.</summary>
/// <remarks>runtime-spec, runtime.md, "Create".</remarks>
internal static class CreateCommand
{
    internal const string Help = """
        usage: runtime create [options] <container>
               runtime create [options] <path of the bundle>

        Makes a container from a bundle; its process waits for "start". A path in place of
        the container's id names the bundle, and the bundle's folder gives the id.

          --bundle PATH, -b     the bundle; default: the current directory
          --pid-file PATH       writes the process's number to a file
          --console-socket PATH receives the terminal's master end by a unix socket
          --pidfd-socket PATH   receives a pidfd of the process by a unix socket
          --no-pivot            changes the root by moving a mount, for a rootfs on a ramdisk
          --no-new-keyring      keeps the caller's session keyring
          --preserve-fds N      hands N descriptors over, from 3 on

        """;

    internal static int Run(ContainerStore store, Log log, CgroupManager cgroupManager, ReadOnlySpan<string> arguments)
    {
        CreateOptions options = Parse(arguments) with { CgroupManager = cgroupManager };
        log.RefuseToPreserve(options.PreserveDescriptors);
        store.Create(options);
        return ExitCode.Success;
    }

    internal static CreateOptions Parse(ReadOnlySpan<string> arguments)
    {
        BundleOptions bundle = default;
        ArgumentReader reader = new(arguments);
        while (reader.NextOption())
        {
            if (!bundle.TryTake(ref reader))
            {
                throw reader.Unknown();
            }
        }

        return bundle.ToCreateOptions(reader.TheOperand("create"));
    }
}
