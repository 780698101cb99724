using System.Diagnostics;
using NUnit.Framework;

namespace Bulkhead.Tests.Support;

/// <summary>A command that was started and may be running; killed, with what it started, if it still is when disposed of.</summary>
public sealed class RunningCommand : IDisposable
{
    private readonly Process _process;
    private readonly string _commandLine;
    private readonly string _captured;
    private bool _disposed;

    internal RunningCommand(Process process, string commandLine, string captured)
    {
        _process = process;
        _commandLine = commandLine;
        _captured = captured;
    }

    /// <summary>The runtime's process number.</summary>
    public int Pid => _process.Id;

    /// <summary>Its stdin, of a command started as interactive.</summary>
    public StreamWriter Input => _process.StandardInput;

    /// <summary>What it, and the container that has its stdout, wrote so far.</summary>
    public string Output => ReadCaptured(".out");

    /// <summary>What it, and the container that has its stderr, wrote so far.</summary>
    public string Error => ReadCaptured(".err");

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Waits for the end; kills it and fails the test after the time limit.</summary>
    public Result Wait(TimeSpan? limit = null)
    {
        TimeSpan atMost = limit ?? Support.Wait.DefaultLimit;
        if (!_process.WaitForExit(atMost))
        {
            string soFar = $"{_commandLine}\nstdout: {Output}\nstderr: {Error}";
            Kill();
            Assert.Fail($"not ended after {atMost.TotalSeconds:0.#} s: {soFar}");
        }

        return new Result(_commandLine, _process.ExitCode, Output, Error);
    }

    /// <summary>Sends the runtime's own process a signal: <c>KILL</c>, <c>TERM</c>, <c>USR1</c>, ...</summary>
    public void Signal(string signal) => HostProcess.Signal(Pid, signal);

    /// <summary>Kills it and what it started.</summary>
    public void Kill()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit(Support.Wait.DefaultLimit);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private string ReadCaptured(string ending) =>
        File.Exists(_captured + ending) ? File.ReadAllText(_captured + ending).TrimEnd('\n') : "";
}
