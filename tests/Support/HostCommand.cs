using System.Diagnostics;

namespace Bulkhead.Tests.Support;

/// <summary>A program of the host, run with what it writes in files of a test's folder.</summary>
/// <example><code>
/// using var folder = new TemporaryFolder();
/// var podman = new HostCommand(folder, "podman", "--root", folder.File("storage"));
/// Result result = podman.Run("info");
/// </code></example>
/// <remarks>
/// stdout and stderr are files and not pipes: a container's process inherits them and would keep a pipe open after the
/// command has returned, and what it writes later can still be read.
/// </remarks>
/// <param name="folder">Holds the captured output.</param>
/// <param name="beginning">The program, and the arguments that all its commands begin with.</param>
public sealed class HostCommand(TemporaryFolder folder, params string[] beginning)
{
    // Several commands may write into one folder.
    private static int s_started;

    /// <summary>A program that executes the command, and arguments of its own; empty: the shell does.</summary>
    public List<string> Prefix { get; } = [];

    /// <summary>Environment variables to set, or to unset where null.</summary>
    public Dictionary<string, string?> Environment { get; } = [];

    /// <summary>Further descriptors to hand over: number and the file opened for reading and writing.</summary>
    public SortedDictionary<int, string> Descriptors { get; } = [];

    /// <summary>The command's working directory; absent: the test's.</summary>
    public string? WorkingDirectory { get; set; }

    /// <summary>The text on stdin; absent: stdin is <c>/dev/null</c>.</summary>
    public string? Input { get; set; }

    /// <summary>What a command may take at most before it is killed and the test fails.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Runs it to its end.</summary>
    public Result Run(params string[] arguments)
    {
        using RunningCommand command = Start(arguments);
        return command.Wait(TimeLimit);
    }

    /// <summary>Starts it in the background.</summary>
    public RunningCommand Start(params string[] arguments) => Start(keepInputOpen: false, arguments);

    /// <summary>Starts it in the background with a stdin that the test writes to: <see cref="RunningCommand.Input"/>.</summary>
    public RunningCommand StartInteractive(params string[] arguments) => Start(keepInputOpen: true, arguments);

    /// <summary>The whole command as one line for a shell.</summary>
    public string Line(params string[] arguments) => string.Join(' ', ((string[])[.. beginning, .. arguments]).Select(Quote));

    /// <summary>A word that the shell takes as it is.</summary>
    public static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private RunningCommand Start(bool keepInputOpen, string[] arguments)
    {
        string[] command = [.. Prefix, .. beginning, .. arguments];
        string captured = folder.File($"command-{Interlocked.Increment(ref s_started)}");
        string input = Input is null ? "/dev/null" : folder.Write(Path.GetFileName(captured) + ".in", Input);

        // The shell becomes the program: the process's number is the program's.
        string redirections = $">'{captured}.out' 2>'{captured}.err'"
            + (keepInputOpen ? "" : $" <'{input}'")
            + string.Concat(Descriptors.Select(descriptor => $" {descriptor.Key}<>'{descriptor.Value}'"));
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec \"$@\" {redirections}", "sh", .. command])
        {
            RedirectStandardInput = keepInputOpen,
            WorkingDirectory = WorkingDirectory ?? folder.Path,
        };
        foreach ((string name, string? value) in Environment)
        {
            start.Environment[name] = value;
        }

        return new RunningCommand(Process.Start(start)!, string.Join(' ', command), captured);
    }
}
