namespace Bulkhead.Manager.Core.Errors;

/// <summary>An operation of the core that failed: what kind of failure, and one line that says what was done, on what, and why not.</summary>
/// <param name="kind">What kind of failure it is.</param>
/// <param name="message">Operation, object and cause in one line.</param>
/// <param name="cause">What led to it, for a log at level debug; its text is in <paramref name="message"/> already.</param>
public sealed class CoreException(ErrorKind kind, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What kind of failure it is.</summary>
    public ErrorKind Kind { get; } = kind;
}
