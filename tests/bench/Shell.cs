using System.Diagnostics;

namespace Bulkhead.Bench;

/// <summary>Programs that prepare and end a measurement.</summary>
internal static class Shell
{
    /// <summary>Runs a program with the benchmark's own stdio.</summary>
    public static int ExitCode(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Starts a command with the benchmark's own stdio.</summary>
    public static Process Start(string[] command) => Process.Start(command[0], command[1..]);

    /// <summary>Runs a program that has to succeed.</summary>
    /// <returns>What it wrote to stdout.</returns>
    public static string Output(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output.Trim()
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}");
    }
}
