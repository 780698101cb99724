using Bulkhead.Linux;
using Bulkhead.Shim.Loop;

namespace Bulkhead.Shim.Stdio;

/// <summary>Copies what clients write into a fifo, or type into an attach socket, to a process's input.</summary>
/// <remarks>
/// Clients come and go: the fifo is open for reading and writing, so that the last one's going is no end of file. What ends
/// the input is <see cref="Close"/>, as with containerd, or that nobody reads it any more.
/// </remarks>
internal sealed class InputPump
{
    private readonly ILoopInput _source;
    private readonly LoopStream _target;
    private readonly bool _isTerminal;
    private readonly Action<string> _report;
    private bool _isClosing;
    private bool _isStopped;

    /// <summary>Makes one that does not run yet.</summary>
    /// <param name="source">What is read; it is disposed at the end.</param>
    /// <param name="target">The writing end of the process's input, disposed at the end, or its terminal, which stays open.</param>
    /// <param name="isTerminal">Whether it is a terminal.</param>
    /// <param name="report">Is told of what goes wrong.</param>
    public InputPump(ILoopInput source, LoopStream target, bool isTerminal, Action<string> report)
    {
        _source = source;
        _target = target;
        _isTerminal = isTerminal;
        _report = report;
    }

    /// <summary>The copying; it throws nothing.</summary>
    public Task Done { get; private set; } = Task.CompletedTask;

    /// <summary>Begins.</summary>
    public void Start() => Done = RunAsync();

    /// <summary>Ends the input once all that was written so far is passed on.</summary>
    public void Close()
    {
        _isClosing = true;
        Wake();
    }

    /// <summary>Ends it at once.</summary>
    public void Stop()
    {
        _isStopped = true;
        Wake();
        if (!_isTerminal)
        {
            _target.Dispose();
        }
    }

    private void Wake()
    {
        if (!Done.IsCompleted)
        {
            _source.Wake();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await CopyAsync();
        }
        catch (Exception error)
        {
            // The copying ends here, and the shim goes on. EPIPE and EIO: the process has closed its input.
            if (!_isStopped && error is not LinuxException { Error: Errno.EPIPE or Errno.EIO })
            {
                _report($"copy input: {error.Message}");
            }
        }

        _source.Dispose();
        if (!_isTerminal)
        {
            _target.Dispose();
        }
    }

    private async Task CopyAsync()
    {
        while (!_isStopped)
        {
            byte[] buffer = CopyBuffer.Rent();
            int count = _source.TryRead(buffer);
            if (count > 0)
            {
                await _target.WriteAsync(buffer.AsMemory(0, count));
            }

            CopyBuffer.Return(buffer);
            if (count > 0)
            {
                // A client may write as fast as the process reads: the others have their turn.
                await Task.Yield();
            }
            else if (_isClosing || count == 0)
            {
                return;
            }
            else
            {
                await _source.Input();
            }
        }
    }
}
