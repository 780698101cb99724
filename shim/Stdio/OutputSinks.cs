using Bulkhead.Shim.Stdio.Logs;

namespace Bulkhead.Shim.Stdio;

/// <summary>Opens what addresses of output lead to.</summary>
internal static class OutputSinks
{
    /// <summary>Opens one; null for none.</summary>
    /// <exception cref="Linux.LinuxException">As open(2): ENOENT when there is no fifo or program.</exception>
    /// <exception cref="StdioException">The address leads to something of another kind.</exception>
    /// <exception cref="TimeoutException">A program was not ready in time.</exception>
    public static ValueTask<IOutputSink?> OpenAsync(StdioContext context, StdioAddress address, CancellationToken cancellationToken)
    {
        return address.Kind switch
        {
            StdioKind.Fifo => ValueTask.FromResult<IOutputSink?>(FifoSink.Open(context.Loop, address.Path)),
            StdioKind.File => ValueTask.FromResult<IOutputSink?>(FileSink.Open(context.Loop, address.Path)),
            StdioKind.Binary => OpenProgramAsync(context, address, cancellationToken),

            StdioKind.Log => ValueTask.FromResult<IOutputSink?>(OpenLog(context, address)),
            _ => ValueTask.FromResult<IOutputSink?>(null),
        };
    }

    private static LogSink OpenLog(StdioContext context, StdioAddress address)
    {
        LogAddress log = LogAddress.TryParse(address.Text) ?? throw new StdioException($"\"{address.Text}\": output does not go there");
        return LogSink.Open(context.Loop, log, context.Report);
    }

    private static async ValueTask<IOutputSink?> OpenProgramAsync(StdioContext context, StdioAddress address, CancellationToken cancellationToken) =>
        await ProgramSink.OpenAsync(context, address, cancellationToken);
}
