using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>pause CONTAINER</c> freezes every process of a container.</summary>
internal static class PauseCommand
{
    internal const string Help = """
        usage: runtime pause <container>

        Freezes every process of a container.

        """;

    internal static int Run(ContainerStore store, ReadOnlySpan<string> arguments)
    {
        store.Open(SoleContainer.Parse("pause", arguments).Id).Pause();
        return ExitCode.Success;
    }
}
