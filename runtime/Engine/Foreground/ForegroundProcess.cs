using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Terminals;

namespace Bulkhead.Runtime.Foreground;

/// <summary>Stays with a process of a container until its end: passes signals on and serves its terminal.</summary>
internal sealed class ForegroundProcess : IDisposable
{
    private const int BufferSize = 32 << 10;
    private const byte EndOfTransmission = 4;

    private readonly PidFd _process;
    private readonly FileDescriptor? _terminal;
    private readonly SignalPipe _signals;
    private readonly FileDescriptor _input = new(0, "standard input", owned: false);
    private readonly FileDescriptor _output = new(1, "standard output", owned: false);
    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly byte[]? _savedSettings;

    /// <summary>Begins to serve a process.</summary>
    /// <param name="process">A child of the caller's.</param>
    /// <param name="terminal">The master end of its terminal; null when it has the runtime's own streams.</param>
    /// <param name="signals">The signals to pass on, from before the process's program began; with the end of children where
    /// orphans of the container become the runtime's, as they do without a PID namespace.</param>
    public ForegroundProcess(PidFd process, FileDescriptor? terminal, SignalPipe signals)
    {
        _signals = signals;
        _process = process;
        _terminal = terminal;
        if (terminal is not null)
        {
            _savedSettings = Terminal.TrySave(_input);
            if (_savedSettings is not null)
            {
                Terminal.MakeRaw(_input, _savedSettings);
            }

            Resize();
        }
    }

    /// <summary>Serves it until its end.</summary>
    /// <returns>Its exit code, or 128 and the number of the signal that killed it.</returns>
    public int Serve()
    {
        FileDescriptor? terminal = _terminal;
        FileDescriptor? input = _terminal is null ? null : _input;
        WaitStatus? status = null;
        Span<bool> ready = stackalloc bool[4];
        while (status is null)
        {
            Polling.WaitForAny([_process, _signals.Read, terminal, input], ready, Timeout.InfiniteTimeSpan);
            if (ready[1])
            {
                status = TakeSignals();
            }

            if (ready[2] && !Copy(terminal!, _output))
            {
                terminal = null;
            }

            if (ready[3] && !Copy(input!, _terminal!))
            {
                input = null;
                TypeEnd();
            }

            if (ready[0] && status is null)
            {
                status = ChildProcess.Wait(_process.Pid);
            }
        }

        DrainTerminal(terminal);
        return status.Value.ExitCode;
    }

    /// <summary>Gives the caller's terminal its settings back.</summary>
    public void Dispose()
    {
        if (_savedSettings is not null)
        {
            Terminal.Restore(_input, _savedSettings);
        }

        _input.Dispose();
        _output.Dispose();
    }

    /// <summary>Handles what came since the last time; gives the process's end if a child's end was among it.</summary>
    private WaitStatus? TakeSignals()
    {
        WaitStatus? end = null;
        Span<byte> numbers = stackalloc byte[64];
        foreach (byte number in numbers[..ReadAvailable(_signals.Read, numbers)])
        {
            Signal signal = new(number);
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
                Resize();
            }
            else
            {
                _process.Send(signal);
            }
        }

        return end;
    }

    private void Resize()
    {
        if (Terminal.TryGetSize(_input) is { } size && _terminal is not null)
        {
            Terminal.SetSize(_terminal, size);
        }
    }

    /// <summary>What the process wrote last may still be in the terminal.</summary>
    private void DrainTerminal(FileDescriptor? terminal)
    {
        while (terminal is not null && Polling.WaitForInput(terminal, TimeSpan.Zero) && Copy(terminal, _output))
        {
        }
    }

    /// <summary>
    /// Tells the program that its input is over, which a terminal does by a character: the first ends a line that was begun,
    /// the second is the end: termios(3), VEOF.
    /// </summary>
    private void TypeEnd()
    {
        try
        {
            _terminal!.Write([EndOfTransmission, EndOfTransmission]);
        }
        catch (LinuxException error) when (error.Error is Errno.EIO)
        {
            // The program has closed the terminal, and needs no end any more.
        }
    }

    /// <summary>Passes on what is there to read; false at the end, or when nobody takes it any more.</summary>
    private bool Copy(FileDescriptor from, FileDescriptor to)
    {
        try
        {
            int count = from.Read(_buffer);
            to.Write(_buffer.AsSpan(0, count));
            return count > 0;
        }
        catch (LinuxException error) when (error.Error is Errno.EIO or Errno.EPIPE or Errno.EAGAIN)
        {
            // EIO: the other end of the terminal is closed by all who had it: pty(7).
            return error.Error is Errno.EAGAIN;
        }
    }

    private static int ReadAvailable(FileDescriptor file, Span<byte> buffer)
    {
        try
        {
            return file.Read(buffer);
        }
        catch (LinuxException error) when (error.Error is Errno.EAGAIN)
        {
            return 0;
        }
    }
}
