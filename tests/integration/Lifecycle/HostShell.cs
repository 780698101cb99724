using System.Diagnostics;
using Bulkhead.Tests.Support;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary>The host's shell, for what a caller of the runtime can do only in a script: closed streams, pipes, a terminal.</summary>
internal static class HostShell
{
    private static int s_count;

    /// <summary>Runs a script to its end, with its output in files of a test's folder.</summary>
    public static Result Run(TemporaryFolder folder, string script)
    {
        string captured = folder.File($"shell-{Interlocked.Increment(ref s_count)}");
        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec >{captured}.out 2>{captured}.err\n{script}"]) { WorkingDirectory = folder.Path })!;
        if (!shell.WaitForExit(TimeSpan.FromSeconds(20)))
        {
            shell.Kill(entireProcessTree: true);
            throw new TimeoutException(script);
        }

        return new Result(script, shell.ExitCode, File.ReadAllText(captured + ".out").TrimEnd('\n'), File.ReadAllText(captured + ".err").TrimEnd('\n'));
    }

    /// <summary>A word that the shell takes as it is.</summary>
    public static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
