using System.Diagnostics;

namespace Bulkhead.Tests.Support;

/// <summary>Runs the OCI runtime under test with a state root of the test's own.</summary>
/// <example><code>
/// using var folder = new TemporaryFolder();
/// Result result = new RuntimeCommand(folder).Run("state", "no-such-container");
/// </code></example>
/// <remarks>
/// stdout and stderr are files and not pipes: a container's process inherits them and would keep a pipe open after
/// <c>create</c> has returned, and what it writes later can still be read.
/// </remarks>
/// <param name="folder">Holds the state root and the captured output.</param>
public sealed class RuntimeCommand(TemporaryFolder folder)
{
    private int _started;

    /// <summary>The state root.</summary>
    public string Root { get; } = folder.File("state");

    /// <summary>What starts the runtime, put before its path: <c>setpriv --reuid=1000</c>. Empty: the test itself.</summary>
    public List<string> Launcher { get; } = [];

    /// <summary>Global options put before the command, after <c>--root</c>.</summary>
    public List<string> GlobalOptions { get; } = [];

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

    /// <summary>Runs one command in a folder of its own, for those that need no container (<c>spec</c>, <c>--version</c>).</summary>
    public static Result Once(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        return new RuntimeCommand(folder).Run(arguments);
    }

    /// <summary>Runs a command to its end.</summary>
    public Result Run(params string[] arguments)
    {
        using RunningCommand command = Start(arguments);
        return command.Wait(TimeLimit);
    }

    /// <summary>Starts a command in the background.</summary>
    public RunningCommand Start(params string[] arguments) => Start(keepInputOpen: false, arguments);

    /// <summary>Starts a command in the background whose stdin the test writes to: <see cref="RunningCommand.Input"/>.</summary>
    public RunningCommand StartInteractive(params string[] arguments) => Start(keepInputOpen: true, arguments);

    private RunningCommand Start(bool keepInputOpen, string[] arguments)
    {
        string[] command = [.. Launcher, Repository.RuntimeBinary, "--root", Root, .. GlobalOptions, .. arguments];
        string captured = folder.File($"command-{Interlocked.Increment(ref _started)}");
        string input = Input is null ? "/dev/null" : folder.Write(Path.GetFileName(captured) + ".in", Input);

        // The shell becomes the runtime: the process's number is the runtime's.
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
