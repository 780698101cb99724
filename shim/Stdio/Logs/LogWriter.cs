using Bulkhead.Linux.Memory;

namespace Bulkhead.Shim.Stdio.Logs;

/// <summary>Writes the output of a process into its log, line by line.</summary>
/// <remarks>What is given at once gets one time and, as far as no file is full, one write. A while after the last of it no buffer is held any more.</remarks>
internal sealed class LogWriter : IDisposable
{
    private const int FlushAt = 64 << 10;
    private static readonly TimeSpan BufferTime = TimeSpan.FromSeconds(1);

    private readonly LogFile _file;
    private readonly IRecordFormat _format;
    private readonly TimeProvider _clock;
    private readonly PartialLine _output = new();
    private readonly PartialLine _error = new();
    private readonly byte[] _time = new byte[LogTime.Longest];
    private readonly ITimer _bufferTimer;
    private PageMemory? _buffer;
    private bool _isBufferUsed;
    private int _timeLength;
    private int _used;

    /// <summary>Takes a log over.</summary>
    /// <param name="file">Where to.</param>
    /// <param name="format">How.</param>
    /// <param name="clock">What time it is, and when the buffer is given back.</param>
    public LogWriter(LogFile file, IRecordFormat format, TimeProvider clock)
    {
        _file = file;
        _format = format;
        _clock = clock;
        _bufferTimer = clock.CreateTimer(static writer => ((LogWriter)writer!).DropBuffer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What a stream has written of a line that is not in the log yet.</summary>
    public ReadOnlyMemory<byte> Pending(OutputStream stream) => LineOf(stream).Bytes;

    /// <summary>Writes output; lines that have not ended wait for the rest.</summary>
    public void Write(OutputStream stream, ReadOnlySpan<byte> bytes)
    {
        PartialLine line = LineOf(stream);
        Begin();
        while (!bytes.IsEmpty)
        {
            bytes = line.Length == 0 ? WriteDirectly(stream, line, bytes) : WriteBegun(stream, line, bytes);
        }

        Flush();
    }

    /// <summary>Writes what is left of a line.</summary>
    public void End(OutputStream stream)
    {
        PartialLine line = LineOf(stream);
        if (line.Length > 0)
        {
            Begin();
            Put(stream, line, line.Bytes.Span, isWhole: false);
            line.Remove(line.Length);
            Flush();
        }

        line.End();
    }

    /// <inheritdoc cref="LogFile.Reopen"/>
    public void Reopen() => _file.Reopen();

    /// <summary>Begins to read all that is kept, and what is written from now on.</summary>
    /// <exception cref="Linux.LinuxException">As open(2).</exception>
    public LogReplay Replay() => _file.Replay(_format);

    /// <summary>Closes the log.</summary>
    public void Dispose()
    {
        _bufferTimer.Dispose();
        _buffer?.Dispose();
        _file.Dispose();
    }

    private PartialLine LineOf(OutputStream stream) => stream is OutputStream.Stdout ? _output : _error;

    private void Begin()
    {
        _timeLength = LogTime.Write(_clock.GetUtcNow().UtcDateTime, _time);
        _isBufferUsed = true;
        if (_buffer is null)
        {
            _buffer = new PageMemory(FlushAt + _format.LongestRecord(_format.Window));
            _bufferTimer.Change(BufferTime, Timeout.InfiniteTimeSpan);
        }
    }

    private ReadOnlySpan<byte> WriteDirectly(OutputStream stream, PartialLine line, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> window = bytes[..Math.Min(bytes.Length, _format.Window)];
        int newline = window.IndexOf((byte)'\n');
        if (newline >= 0)
        {
            Put(stream, line, window[..newline], isWhole: true);
            return bytes[(newline + 1)..];
        }

        if (window.Length < _format.Window)
        {
            line.Append(window);
            return [];
        }

        int part = _format.PartOf(window);
        Put(stream, line, window[..part], isWhole: false);
        return bytes[part..];
    }

    private ReadOnlySpan<byte> WriteBegun(OutputStream stream, PartialLine line, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> more = bytes[..Math.Min(bytes.Length, _format.Window - line.Length)];
        int newline = more.IndexOf((byte)'\n');
        if (newline >= 0)
        {
            line.Append(more[..newline]);
            Put(stream, line, line.Bytes.Span, isWhole: true);
            line.Remove(line.Length);
            return bytes[(newline + 1)..];
        }

        line.Append(more);
        if (line.Length == _format.Window)
        {
            int part = _format.PartOf(line.Bytes.Span);
            Put(stream, line, line.Bytes.Span[..part], isWhole: false);
            line.Remove(part);
        }

        return bytes[more.Length..];
    }

    private void Put(OutputStream stream, PartialLine line, ReadOnlySpan<byte> text, bool isWhole)
    {
        if (_file.IsFull(_used))
        {
            Flush();
            _file.Rotate();
        }

        Span<byte> buffer = _buffer!.GetSpan();
        ReadOnlySpan<byte> time = line.Time.IsEmpty ? _time.AsSpan(0, _timeLength) : line.Time;
        _used += _format.Write(buffer[_used..], stream, time, text, isWhole);
        if (isWhole)
        {
            line.End();
        }
        else if (line.Time.IsEmpty)
        {
            line.BeginAt(time);
        }

        if (_used >= FlushAt)
        {
            Flush();
        }
    }

    private void Flush()
    {
        if (_used > 0)
        {
            _file.Write(_buffer!.GetSpan()[.._used]);
            _used = 0;
        }
    }

    private void DropBuffer()
    {
        if (_isBufferUsed)
        {
            _isBufferUsed = false;
            _bufferTimer.Change(BufferTime, Timeout.InfiniteTimeSpan);
            return;
        }

        _buffer?.Dispose();
        _buffer = null;
    }
}
