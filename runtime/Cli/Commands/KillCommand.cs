using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>kill CONTAINER [SIGNAL]</c> sends the container's init process a signal, TERM if none is given.</summary>
/// <remarks>runtime-spec, runtime.md, "Kill".</remarks>
internal static class KillCommand
{
    internal const string Help = """
        usage: runtime kill [options] <container> [signal]
               runtime kill [options] <path of the bundle> [signal]

        Sends a signal to the container's first process: a number, or a name with or
        without SIG; default: TERM.

          --all, -a             sends it to every process of the container

        """;

    /// <param name="Container">Which container.</param>
    /// <param name="Signal">What is sent.</param>
    /// <param name="All">Whether every process gets it, and a container without any is no error.</param>
    internal sealed record Request(ContainerReference Container, Signal Signal, bool All);

    internal static int Run(ContainerStore store, ReadOnlySpan<string> arguments)
    {
        Request request = Parse(arguments);
        store.Open(request.Container.Id).Signal(request.Signal, request.All);
        return ExitCode.Success;
    }

    internal static Request Parse(ReadOnlySpan<string> arguments)
    {
        bool all = false;
        ArgumentReader reader = new(arguments);
        while (reader.NextOption())
        {
            all = reader.Is("all", 'a') ? reader.ReadSwitch() : throw reader.Unknown();
        }

        (string container, Signal signal) = reader.Operands switch
        {
            [var name] => (name, Signal.Term),
            [var name, ""] => (name, Signal.Term),
            [var name, var text] => (name, Signal.Parse(text)),
            _ => throw new UsageException($"\"kill\" requires a container and at most one signal, not {reader.Operands.Count} arguments"),
        };
        return new Request(ContainerReference.Parse(container), signal, all);
    }
}
