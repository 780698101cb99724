using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>state CONTAINER</c> prints the state of a container.</summary>
/// <remarks>runtime-spec, runtime.md, "Query State"; the further fields are runc's.</remarks>
internal static class StateCommand
{
    internal const string Help = """
        usage: runtime state <container>

        Prints the state of a container as JSON.

        """;

    internal static int Run(ContainerStore store, ReadOnlySpan<string> arguments)
    {
        Container container = store.Open(SoleContainer.Parse("state", arguments).Id);

        // runc leaves the owner empty here, and so spares the look into the user database.
        ProcessStreams.Print(Listing.Of(container, owner: "").ToIndentedJson());
        return ExitCode.Success;
    }
}
