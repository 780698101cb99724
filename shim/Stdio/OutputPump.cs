using System.Runtime.CompilerServices;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Shim.Loop;

namespace Bulkhead.Shim.Stdio;

/// <summary>Copies one stream of a process's output until it ends or the copying is stopped.</summary>
/// <remarks>
/// A stream ends when everyone who could write to it has closed it. The process's end alone is none: another process may have
/// its pipe or terminal open. <see cref="BeginDrain"/> tells the pump of the process's end; <see cref="Settled"/> is complete
/// when all that was written before is copied.
/// </remarks>
internal sealed class OutputPump
{
    // In buffers. Others who are ready have their turn then.
    private const int MostInTurn = 16;

    // In bytes. A terminal does not tell how much there is; it holds less than that.
    private const int MostInTerminal = 128 << 10;

    private readonly LoopStream _source;
    private readonly FileDescriptor _end;
    private readonly OutputStream _stream;
    private readonly Action<string> _report;
    private readonly TaskCompletionSource _settled = new();
    private IOutputSink? _sink;
    private long _settledAt = long.MaxValue;
    private bool _endsWhenSettled;
    private bool _isStopped;

    /// <summary>Makes one that does not run yet.</summary>
    /// <param name="source">What is read; it is disposed by others, after the end.</param>
    /// <param name="end">The descriptor that <paramref name="source"/> reads from.</param>
    /// <param name="stream">Which of the process's streams it is.</param>
    /// <param name="sink">Where it goes; null throws it away.</param>
    /// <param name="report">Is told once of a destination that fails.</param>
    public OutputPump(LoopStream source, FileDescriptor end, OutputStream stream, IOutputSink? sink, Action<string> report)
    {
        _source = source;
        _end = end;
        _stream = stream;
        _sink = sink;
        _report = report;
    }

    /// <summary>The copying; it throws nothing.</summary>
    public Task Done { get; private set; } = Task.CompletedTask;

    /// <summary>Complete when all is copied that was there when <see cref="BeginDrain"/> was called.</summary>
    public Task Settled => _settled.Task;

    /// <summary>How many bytes were copied or thrown away so far.</summary>
    public long Copied { get; private set; }

    /// <summary>Whether the destination has been given what was read last, but has not taken it yet.</summary>
    public bool IsHeldUp { get; private set; }

    /// <summary>Begins.</summary>
    public void Start() => Done = RunAsync();

    /// <summary>The process has ended: what there is to read now is the last of its output.</summary>
    public void BeginDrain()
    {
        if (!Done.IsCompleted)
        {
            _settledAt = Copied + Math.Max(Pipe.Available(_end), MostInTerminal);
            _source.Wake();
        }
    }

    /// <summary>Ends, after <see cref="BeginDrain"/>, with what there was then, whoever could write more.</summary>
    public void EndWhenSettled()
    {
        _endsWhenSettled = true;
        Wake();
    }

    /// <summary>Reads nothing more; a write that is under way ends when its destination takes it or is disposed.</summary>
    public void Stop()
    {
        _isStopped = true;
        Wake();
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
            if (_sink is not null)
            {
                await _sink.EndAsync(_stream);
            }
        }
        catch (Exception error)
        {
            // The copying ends here, and the shim goes on.
            if (!_isStopped)
            {
                _report($"copy output: {error.Message}");
            }
        }

        _settled.TrySetResult();
    }

    private async Task CopyAsync()
    {
        int inTurn = 0;
        while (!_isStopped && !(_endsWhenSettled && Settled.IsCompleted))
        {
            byte[] buffer = CopyBuffer.Rent();
            int count = TryRead(buffer);
            if (count > 0)
            {
                await PassOnAsync(buffer.AsMemory(0, count));
                Copied += count;
            }

            CopyBuffer.Return(buffer);
            bool isSettled = _settledAt != long.MaxValue && (count < 0 || Copied >= _settledAt);
            if (count == 0 || (isSettled && _endsWhenSettled))
            {
                return;
            }

            if (isSettled)
            {
                _settled.TrySetResult();
            }

            if (count < 0)
            {
                inTurn = 0;
                await _source.Input();
            }
            else if (++inTurn == MostInTurn)
            {
                inTurn = 0;
                await Task.Yield();
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask PassOnAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_sink is null)
        {
            return;
        }

        IsHeldUp = true;
        try
        {
            await _sink.WriteAsync(_stream, bytes);
        }
        catch (Exception error)
        {
            // Whatever the destination suffers from, the container does not.
            _sink = null;
            if (!_isStopped)
            {
                _report($"{error.Message}; further output is thrown away");
            }
        }

        IsHeldUp = false;
    }

    private int TryRead(byte[] buffer)
    {
        try
        {
            return _source.TryRead(buffer);
        }
        catch (LinuxException error) when (error.Error is Errno.EIO)
        {
            // That is how a terminal ends that nobody has open any more.
            return 0;
        }
    }
}
