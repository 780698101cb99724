using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;

namespace Bulkhead.Runtime.Foreground;

/// <summary>Stays with a process of a container until its end: passes signals on and serves its terminal.</summary>
internal sealed class ForegroundProcess : IDisposable
{
    private readonly PidFd _process;
    private readonly TerminalRelay? _terminal;
    private readonly SignalReader _signals;

    /// <summary>Begins to serve a process.</summary>
    /// <param name="process">A child of the caller's.</param>
    /// <param name="terminal">The master end of its terminal, closed with this object; null when it has the runtime's own streams.</param>
    /// <param name="signals">The signals to pass on, which are held since before there was a process; with the end of children
    /// where orphans of the container become the runtime's, as they do without a PID namespace.</param>
    public ForegroundProcess(PidFd process, FileDescriptor? terminal, SignalReader signals)
    {
        _signals = signals;
        _process = process;
        _terminal = terminal is null ? null : new TerminalRelay(terminal);
    }

    /// <summary>Serves it until its end.</summary>
    /// <returns>Its exit code, or 128 and the number of the signal that killed it.</returns>
    public int Serve()
    {
        WaitStatus? status = null;
        Span<bool> ready = stackalloc bool[6];
        while (status is null)
        {
            Polling.WaitForAny(
                inputs: [_process, _signals, _terminal?.Master, _terminal?.Input],
                outputs: [_terminal?.Output, _terminal?.MasterForWriting],
                ready,
                _terminal?.UntilEndIsRepeated ?? Timeout.InfiniteTimeSpan);
            _terminal?.RepeatEnd();
            if (ready[1])
            {
                status = TakeSignals();
            }

            ServeTerminal(shown: ready[2], typed: ready[3], roomToShow: ready[4], roomToType: ready[5]);
            if (ready[0] && status is null)
            {
                status = ChildProcess.Wait(_process.Pid);
            }
        }

        _terminal?.ShowRest();
        return status.Value.ExitCode;
    }

    /// <summary>Gives the caller's terminal its settings back.</summary>
    public void Dispose() => _terminal?.Dispose();

    private void ServeTerminal(bool shown, bool typed, bool roomToShow, bool roomToType)
    {
        if (shown)
        {
            _terminal!.TakeShown();
        }

        if (typed)
        {
            _terminal!.TakeTyped();
        }

        if (roomToType)
        {
            _terminal!.Type();
        }

        if (roomToShow)
        {
            _terminal!.Show();
        }
    }

    /// <summary>Handles what came since the last time; gives the process's end if a child's end was among it.</summary>
    private WaitStatus? TakeSignals()
    {
        WaitStatus? end = null;
        while (_signals.TryTake() is { } signal)
        {
            if (signal == Signal.Chld)
            {
                // Orphans of the container are the runtime's, as the subreaper.
                while (ChildProcess.TryReapAny() is { } reaped)
                {
                    end = reaped.Pid == _process.Pid ? reaped.Status : end;
                }
            }
            else if (signal == Signal.Winch && _terminal is not null)
            {
                _terminal.Resize();
            }
            else
            {
                _process.Send(signal);
            }
        }

        return end;
    }
}
