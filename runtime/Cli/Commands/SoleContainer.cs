namespace Bulkhead.Runtime.Cli.Commands;

/// <summary>The arguments of a command that takes a container and no option.</summary>
internal static class SoleContainer
{
    internal static ContainerReference Parse(string command, ReadOnlySpan<string> arguments)
    {
        ArgumentReader reader = new(arguments);
        return reader.NextOption() ? throw reader.Unknown() : ContainerReference.Parse(reader.TheOperand(command));
    }
}
