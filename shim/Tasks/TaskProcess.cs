using Bulkhead.Linux.Terminals;
using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Shim.Processes;
using Bulkhead.Shim.Stdio;
using Bulkhead.Ttrpc;

namespace Bulkhead.Shim.Tasks;

/// <summary>A process of a container as it is served: the init process, or an exec.</summary>
/// <param name="ExecId">The exec's id; empty for the init process.</param>
/// <param name="Request">Where its stdio leads, as asked for.</param>
internal sealed record TaskProcess(string ExecId, StdioRequest Request)
{
    private readonly TaskCompletionSource<ExitRecord> _exit = new();

    /// <summary>Held by whoever changes the process: a start, a kill and a delete can't interleave.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>Where it is in its life: created, running, stopped, in this order and never back.</summary>
    public Status Status { get; set; } = Status.Created;

    /// <summary>Its number; 0 before it exists.</summary>
    public int Pid { get; set; }

    /// <summary>Its stdio; null before it exists.</summary>
    public ProcessStdio? Stdio { get; set; }

    /// <summary>The size that its terminal is to have; null before one was given.</summary>
    public WindowSize? Window { get; set; }

    /// <summary>Ends with it, once it exists.</summary>
    public Task<ProcessExit> Ended { get; set; } = Task.FromCanceled<ProcessExit>(new CancellationToken(canceled: true));

    /// <summary>Ends when its end is recorded.</summary>
    public Task<ExitRecord> Exit => _exit.Task;

    /// <summary>How it ended; null while it has not.</summary>
    public ExitRecord? Record => _exit.Task.IsCompletedSuccessfully ? _exit.Task.Result : null;

    /// <summary>Ends when the start that is going on is announced: an exit is told of after it.</summary>
    public Task Started { get; set; } = Task.CompletedTask;

    /// <summary>Takes note of its end.</summary>
    public void SetExit(ExitRecord record)
    {
        Status = Status.Stopped;
        _exit.TrySetResult(record);
    }

    /// <summary>Takes note that it is removed and will never run, which those learn who wait for its end.</summary>
    /// <param name="description">What it is, for the message.</param>
    public void SetNeverRan(string description)
    {
        Status = Status.Stopped;
        _exit.TrySetException(new TtrpcException(TtrpcCode.NotFound, $"{description} was deleted before it ran"));
    }
}
