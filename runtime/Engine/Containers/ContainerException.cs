namespace Bulkhead.Runtime.Containers;

/// <summary>An operation on a container that could not be done: one line that says which, on what and why.</summary>
/// <param name="message">What the user reads.</param>
/// <param name="inner">What it was caused by.</param>
public sealed class ContainerException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The container's init process, already running, could not become the program: the exit code it would have had.</summary>
    public int? ExitCode { get; init; }
}
