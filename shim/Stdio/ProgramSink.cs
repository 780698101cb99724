using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Shim.Loop;
using Bulkhead.Shim.Processes;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Shim.Stdio;

/// <summary>Output that is given to a program: <c>binary://</c>.</summary>
/// <remarks>
/// containerd, runtime/v2/README.md, "Logging": the program has standard output as its descriptor 3, standard error as 4,
/// and closes 5, or writes to it, when it is ready; its environment is CONTAINER_ID and CONTAINER_NAMESPACE.
/// </remarks>
internal sealed class ProgramSink : IOutputSink
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TerminationGrace = TimeSpan.FromSeconds(2);

    private readonly EventLoop _loop;
    private readonly LoopStream _output;
    private readonly LoopStream _error;
    private readonly int _pid;
    private readonly Task<ProcessExit> _exit;

    private ProgramSink(EventLoop loop, LoopStream output, LoopStream error, int pid, Task<ProcessExit> exit)
    {
        _loop = loop;
        _output = output;
        _error = error;
        _pid = pid;
        _exit = exit;
    }

    /// <summary>Starts a program and waits until it is ready.</summary>
    /// <exception cref="Linux.LinuxException">As execve(2), with the program as its subject.</exception>
    /// <exception cref="TimeoutException">It is not ready after 10 seconds; it is killed.</exception>
    public static async Task<ProgramSink> OpenAsync(StdioContext context, StdioAddress address, CancellationToken cancellationToken)
    {
        (FileDescriptor readyRead, FileDescriptor readyWrite) = Pipe.Create("a logger's readiness");
        using FileDescriptor ready = readyRead;
        ProgramSink sink;
        using (readyWrite)
        {
            sink = Start(context, address, readyWrite);
        }

        try
        {
            await WaitUntilReadyAsync(context.Loop, ready, address, cancellationToken);
            return sink;
        }
        catch
        {
            sink.Kill(Signal.Kill);
            await sink.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(OutputStream stream, ReadOnlyMemory<byte> bytes) => PipeOf(stream).WriteAsync(bytes);

    /// <inheritdoc/>
    public ValueTask EndAsync(OutputStream stream)
    {
        PipeOf(stream).Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Lets the program come to its end: after 10 seconds it is terminated, after two more killed.</summary>
    public async ValueTask DisposeAsync()
    {
        _output.Dispose();
        _error.Dispose();
        if (!await HasEndedWithinAsync(EndGrace))
        {
            Kill(Signal.Term);
            if (!await HasEndedWithinAsync(TerminationGrace))
            {
                Kill(Signal.Kill);
                await _exit;
            }
        }
    }

    private static ProgramSink Start(StdioContext context, StdioAddress address, FileDescriptor ready)
    {
        (FileDescriptor outputRead, FileDescriptor outputWrite) = Pipe.Create(address.Path);
        (FileDescriptor errorRead, FileDescriptor errorWrite) = Pipe.Create(address.Path);
        LoopStream output = NonBlocking(context.Loop, outputWrite);
        LoopStream error = NonBlocking(context.Loop, errorWrite);
        try
        {
            using FileDescriptor nowhere = FileDescriptor.Open("/dev/null", FileMode.ReadWrite);
            (int pid, Task<ProcessExit> exit) = context.Reaper.Start(new SpawnPlan
            {
                Program = address.Path,
                Arguments = [address.Path, .. address.Arguments],
                Environment = [$"CONTAINER_ID={context.ContainerId}", $"CONTAINER_NAMESPACE={context.Namespace}"],
                Input = nowhere,
                Output = nowhere,
                Error = nowhere,
                Following = [outputRead, errorRead, ready],
            });
            return new ProgramSink(context.Loop, output, error, pid, exit);
        }
        catch
        {
            output.Dispose();
            error.Dispose();
            throw;
        }
        finally
        {
            outputRead.Dispose();
            errorRead.Dispose();
        }
    }

    private static async Task WaitUntilReadyAsync(EventLoop loop, FileDescriptor ready, StdioAddress address, CancellationToken cancellationToken)
    {
        ready.SetNonBlocking();
        using Readiness readiness = loop.Watch(ready);
        using CancellationTokenSource limit = new(ReadyLimit, loop.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // A byte or the end: both mean that it is ready.
            byte[] sign = new byte[1];
            while (ready.TryRead(sign) < 0)
            {
                await readiness.Input(either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"\"{address.Text}\": the program is not ready after {ReadyLimit.TotalSeconds} seconds");
        }
    }

    private static LoopStream NonBlocking(EventLoop loop, FileDescriptor end)
    {
        end.SetNonBlocking();
        return new LoopStream(loop, end);
    }

    private LoopStream PipeOf(OutputStream stream) => stream == OutputStream.Stdout ? _output : _error;

    private async Task<bool> HasEndedWithinAsync(TimeSpan limit)
    {
        await Task.WhenAny(_exit, Task.Delay(limit, _loop.Time));
        return _exit.IsCompleted;
    }

    /// <summary>Sends a signal, unless the program was reaped: its number may be another's then.</summary>
    private void Kill(Signal signal)
    {
        if (!_exit.IsCompleted)
        {
            using PidFd? process = PidFd.TryOpen(_pid);
            process?.Send(signal);
        }
    }
}
