using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>delete CONTAINER</c> takes back all that <c>create</c> has made.</summary>
/// <remarks>runtime-spec, runtime.md, "Delete".</remarks>
internal static class DeleteCommand
{
    internal const string Help = """
        usage: runtime delete [options] <container>

        Takes back all that "create" has made for a container that is not running.

          --force, -f           kills the container first; one that does not exist is no error

        """;

    internal static int Run(ContainerStore store, ReadOnlySpan<string> arguments)
    {
        (ContainerReference reference, bool force) = Parse(arguments);
        if (force)
        {
            store.DeleteByForce(reference.Id);
        }
        else
        {
            store.Open(reference.Id).Delete(force: false);
        }

        return ExitCode.Success;
    }

    internal static (ContainerReference Container, bool Force) Parse(ReadOnlySpan<string> arguments)
    {
        bool force = false;
        ArgumentReader reader = new(arguments);
        while (reader.NextOption())
        {
            force = reader.Is("force", 'f') ? reader.ReadSwitch() : throw reader.Unknown();
        }

        return (ContainerReference.Parse(reader.TheOperand("delete")), force);
    }
}
