using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>resume CONTAINER</c> lets the processes of a paused container go on.</summary>
internal static class ResumeCommand
{
    internal const string Help = """
        usage: runtime resume <container>

        Lets the processes of a paused container go on.

        """;

    internal static int Run(ContainerStore store, ReadOnlySpan<string> arguments)
    {
        store.Open(SoleContainer.Parse("resume", arguments).Id).Resume();
        return ExitCode.Success;
    }
}
