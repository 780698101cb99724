using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Shim.Loop;
using Bulkhead.Shim.Processes;
using Bulkhead.Ttrpc;

namespace Bulkhead.Shim.Runtimes;

/// <summary>Calls a runtime for one container, and says in its words what went wrong.</summary>
/// <param name="loop">What reads the runtime's output.</param>
/// <param name="reaper">What tells of its end.</param>
/// <param name="runtime">The runtime.</param>
/// <param name="log">The file that it writes its errors to: <c>log.json</c> in the bundle.</param>
internal sealed class RuntimeCalls(EventLoop loop, Reaper reaper, OciRuntime runtime, string log)
{
    private const int MostOutput = 4 << 20;

    /// <summary>Calls the runtime with standard streams that lead nowhere.</summary>
    /// <exception cref="TtrpcException">It failed.</exception>
    public Task RunAsync(params string[] command) => RunAsync(command, input: null, output: null, error: null);

    /// <summary>Calls the runtime.</summary>
    /// <param name="command">The command with its arguments.</param>
    /// <param name="input">Its standard input; null leads nowhere, as with the others.</param>
    /// <param name="output">Its standard output.</param>
    /// <param name="error">Its standard error.</param>
    /// <exception cref="TtrpcException">It failed.</exception>
    public async Task RunAsync(string[] command, FileDescriptor? input, FileDescriptor? output, FileDescriptor? error)
    {
        ProcessExit exit;
        using (FileDescriptor nothing = FileDescriptor.Open("/dev/null", Linux.Files.FileMode.ReadWrite))
        {
            SpawnPlan plan = runtime.Call(log, command) with { Input = input ?? nothing, Output = output ?? nothing, Error = error ?? nothing };
            exit = await reaper.Start(plan).Exit;
        }

        if (!exit.Status.IsSuccess)
        {
            throw Failure(command[0], exit.Status);
        }
    }

    /// <summary>Calls the runtime for what it prints.</summary>
    /// <exception cref="TtrpcException">It failed, or printed more than 4 MiB.</exception>
    public async Task<byte[]> ReadAsync(params string[] command)
    {
        (FileDescriptor read, FileDescriptor write) = Pipe.CreateNonBlocking("the runtime's output");
        using LoopStream stream = new(loop, read);
        Task running;
        using (write)
        {
            running = RunAsync(command, input: null, write, error: null);
        }

        using MemoryStream output = new();
        byte[] buffer = new byte[4096];
        while (await stream.ReadAsync(buffer) is > 0 and var count)
        {
            if (output.Length + count > MostOutput)
            {
                throw new TtrpcException(TtrpcCode.ResourceExhausted, $"{command[0]}: the runtime printed more than {MostOutput} bytes");
            }

            output.Write(buffer, 0, count);
        }

        await running;
        return output.ToArray();
    }

    private TtrpcException Failure(string command, WaitStatus status)
    {
        string reason = RuntimeLog.LastError(log) ?? status.ToString();
        return new TtrpcException(CodeOf(reason), $"OCI runtime {command} failed: {reason}");
    }

    // Runtimes say what went wrong in words alone: these are the ones that containerd tells apart.
    private static TtrpcCode CodeOf(string reason) =>
        reason.Contains("does not exist", StringComparison.Ordinal)
            || reason.Contains("container not running", StringComparison.Ordinal)
            || reason.Contains("process already finished", StringComparison.Ordinal)
            || reason.Contains("no such process", StringComparison.Ordinal) ? TtrpcCode.NotFound
            : TtrpcCode.Unknown;
}
