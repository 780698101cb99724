using Bulkhead.Shim.Loop;
using Bulkhead.Shim.Stdio.Attach;

namespace Bulkhead.Shim.Stdio.Logs;

/// <summary>Keeps a process's output in a log and shows it to those who are attached.</summary>
/// <remarks>
/// One sink serves both streams. The log has the whole output when both have ended; disposing then removes the attach socket
/// and gives those who are slow the rest, which may take a minute: nobody needs to wait for it but who ends the shim.
/// </remarks>
internal sealed class LogSink : IOutputSink
{
    private readonly LogWriter? _log;
    private bool _isDisposed;

    private LogSink(LogWriter? log, AttachServer? attach)
    {
        _log = log;
        Attach = attach;
    }

    /// <summary>The socket that clients attach to; null when none was asked for.</summary>
    public AttachServer? Attach { get; }

    /// <summary>Opens the log, makes the socket.</summary>
    /// <param name="loop">Where it runs.</param>
    /// <param name="address">Which.</param>
    /// <param name="report">Is told in one line what goes wrong later.</param>
    /// <param name="time">Gives the log's times and tells how long clients are waited for; the loop's if absent.</param>
    /// <exception cref="Linux.LinuxException">As open(2) and bind(2).</exception>
    /// <exception cref="StdioException">The log is no regular file.</exception>
    public static LogSink Open(EventLoop loop, LogAddress address, Action<string> report, TimeProvider? time = null)
    {
        time ??= loop.Time;
        LogWriter? log = address.Kind is LogKind.None ? null : new LogWriter(
            LogFile.Open(address, report),
            address.Kind is LogKind.Cri ? new CriFormat() : new JsonFormat(),
            time);
        try
        {
            return new LogSink(log, address.Attach is null ? null : AttachServer.Open(loop, time, address.Attach, log));
        }
        catch
        {
            log?.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="LogFile.Reopen"/>
    public void Reopen() => _log?.Reopen();

    /// <inheritdoc/>
    public ValueTask WriteAsync(OutputStream stream, ReadOnlyMemory<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _log?.Write(stream, bytes.Span);
        return Attach is null ? default : Attach.SendAsync(stream, bytes);
    }

    /// <inheritdoc/>
    public ValueTask EndAsync(OutputStream stream)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _log?.End(stream);
        return Attach is null ? default : Attach.EndAsync(stream);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (_log is not null && !_isDisposed)
        {
            _log.End(OutputStream.Stdout);
            _log.End(OutputStream.Stderr);
            _log.Dispose();
        }

        _isDisposed = true;
        return Attach is null ? default : Attach.DisposeAsync();
    }
}
