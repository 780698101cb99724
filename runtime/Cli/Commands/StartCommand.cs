using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>start CONTAINER</c> starts the process of a container that <c>create</c> has made.</summary>
/// <remarks>runtime-spec, runtime.md, "Start".</remarks>
internal static class StartCommand
{
    internal const string Help = """
        usage: runtime start <container>
               runtime start <path of the bundle>

        Starts the process of a container that "create" has made.

        """;

    internal static int Run(ContainerStore store, ReadOnlySpan<string> arguments)
    {
        store.Open(SoleContainer.Parse("start", arguments).Id).Start();
        return ExitCode.Success;
    }
}
