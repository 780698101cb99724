namespace Bulkhead.Runtime.Cli;

/// <summary>The exit codes of the command line, which are runc's.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    internal const int Success = 0;

    /// <summary>Not done; the reason is on standard error.</summary>
    internal const int Failure = 1;

    /// <summary>There is no such command.</summary>
    internal const int UnknownCommand = 3;

    /// <summary><c>exec</c> could not start the process, as opposed to a process that ended with a code of its own.</summary>
    internal const int ExecFailure = 255;
}
