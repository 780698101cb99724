using System.Diagnostics;

namespace Bulkhead.Tests.Support;

/// <summary>A terminal in which a person types commands: script(1) makes it.</summary>
public sealed class CallersTerminal : IDisposable
{
    // Several may be started in one folder.
    private static int s_started;

    private readonly Process _script;
    private readonly string _output;

    private CallersTerminal(Process script, string output)
    {
        _script = script;
        _output = output;
    }

    /// <summary>What the terminal has shown so far.</summary>
    public string Output => File.ReadAllText(_output);

    /// <summary>Runs, in the test's folder and one after the other, a line of shell, the runtime's command, and a line of shell.</summary>
    /// <param name="container">The container; <c>$BUNDLE</c> and <c>$ID</c> in the lines are its own.</param>
    /// <param name="before">What is done first.</param>
    /// <param name="command">The runtime's command and its arguments.</param>
    /// <param name="after">What is done last.</param>
    public static CallersTerminal Start(TestContainer container, string before, string command, string after) => Start(
        container.Folder,
        $"BUNDLE={container.Bundle.Path}\nID={container.Id}\n{before}\n{Repository.RuntimeBinary} --root {container.Runtime.Root} {command}\n{after}");

    /// <summary>Runs lines of shell in a terminal, in a test's folder.</summary>
    public static CallersTerminal Start(TemporaryFolder folder, string lines)
    {
        string name = $"terminal-{Interlocked.Increment(ref s_started)}";
        string file = folder.Write(name + ".sh", lines + "\n");
        string output = folder.Write(name + ".out", "");
        Process script = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec script -qfec 'sh {file}' /dev/null >{output} 2>&1"])
        {
            RedirectStandardInput = true,
            WorkingDirectory = folder.Path,
        })!;
        return new CallersTerminal(script, output);
    }

    /// <summary>Presses keys.</summary>
    public void Type(string keys)
    {
        _script.StandardInput.Write(keys);
        _script.StandardInput.Flush();
    }

    /// <summary>Waits until the terminal shows a text.</summary>
    public void WaitFor(string text) => Wait.Until(() => Output.Contains(text, StringComparison.Ordinal), TimeSpan.FromSeconds(10), $"\"{text}\" in the caller's terminal, which shows:\n{Output}");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_script.HasExited)
        {
            _script.Kill(entireProcessTree: true);
            _script.WaitForExit();
        }

        _script.Dispose();
    }
}
