using Bulkhead.Specs;

namespace Bulkhead.Runtime.Cli;

/// <summary>Which container is meant: by its id, or by its bundle, whose folder's name is then the id.</summary>
/// <param name="Id">The container's id.</param>
/// <param name="Bundle">The bundle's absolute path, if it was given in place of the id.</param>
internal readonly record struct ContainerReference(ContainerId Id, string? Bundle)
{
    /// <summary>Reads an operand: with a "/" in it, it is the path of a bundle.</summary>
    /// <exception cref="FormatException">It is not an id, nor is the folder's name.</exception>
    /// <exception cref="Bulkhead.Linux.LinuxException">The path has ".." in it and there is no such directory.</exception>
    internal static ContainerReference Parse(string operand)
    {
        if (!operand.Contains('/', StringComparison.Ordinal))
        {
            return new(ContainerId.Parse(operand), null);
        }

        string bundle = HostPath.NameDirectory(operand);
        return new(ContainerId.Parse(bundle[(bundle.LastIndexOf('/') + 1)..]), bundle);
    }
}
