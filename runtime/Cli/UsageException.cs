namespace Bulkhead.Runtime.Cli;

/// <summary>A command line that can't be understood, or asks for what is not supported; the message says what and where.</summary>
/// <param name="message">One line.</param>
/// <param name="exitCode">What the process ends with.</param>
internal sealed class UsageException(string message, int exitCode = ExitCode.Failure) : Exception(message)
{
    /// <summary>What the process ends with.</summary>
    internal int ExitCode { get; } = exitCode;
}

/// <summary>Leaves the reading of a command's arguments where <c>--help</c> stands among them.</summary>
internal sealed class HelpRequest : Exception;
