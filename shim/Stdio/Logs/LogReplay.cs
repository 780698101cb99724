using Bulkhead.Linux.Files;
using Bulkhead.Linux.Memory;

namespace Bulkhead.Shim.Stdio.Logs;

/// <summary>Reads the output that a log has kept, from its oldest file to the end, and goes on as more is written.</summary>
/// <remarks>
/// It holds the files open, so that what is rotated away meanwhile is not missed; whoever writes has an eye on
/// <see cref="IsBehind"/>. What is no record is passed over.
/// </remarks>
/// <param name="format">How the records are read.</param>
/// <param name="keptFiles">How many files the log keeps.</param>
/// <param name="forget">Is told of the end.</param>
internal sealed class LogReplay(IRecordFormat format, int keptFiles, Action<LogReplay> forget) : IDisposable
{
    private const int BufferSize = 128 << 10;

    // Each takes up room on the disk for this reader alone.
    private const int MostGoneFiles = 8;

    private readonly Queue<FileDescriptor> _files = new();
    private readonly PageMemory _buffer = new(BufferSize);
    private long _position;
    private int _start;
    private int _end;
    private bool _isSkipping;

    /// <summary>Room that is enough for what is read at once.</summary>
    public const int LongestText = BufferSize;

    /// <summary>Whether so much was rotated away which is yet to be read that no more of it should be.</summary>
    public bool IsBehind => _files.Count > keptFiles + MostGoneFiles;

    /// <summary>Reads on.</summary>
    /// <param name="text">Room for <see cref="LongestText"/>; it gets output of one stream, of as many records as are at hand.</param>
    /// <param name="stream">Whose output it is.</param>
    /// <returns>How long it is; 0 when all that is written was read.</returns>
    /// <exception cref="Linux.LinuxException">As pread(2).</exception>
    public int Read(Span<byte> text, out OutputStream stream)
    {
        (stream, int length) = (default, 0);
        while (true)
        {
            Span<byte> rest = _buffer.GetSpan()[_start.._end];
            int newline = rest.IndexOf((byte)'\n');
            if (newline < 0)
            {
                if (length > 0 || !Fill())
                {
                    return length;
                }
            }
            else if (_isSkipping)
            {
                _isSkipping = false;
                _start += newline + 1;
            }
            else if (newline >= text.Length - length)
            {
                return length;
            }
            else
            {
                int more = format.Read(rest[..(newline + 1)], text[length..], out OutputStream its);
                if (more > 0 && length > 0 && its != stream)
                {
                    return length;
                }

                stream = more > 0 ? its : stream;
                length += Math.Max(more, 0);
                _start += newline + 1;
            }
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        forget(this);
        while (_files.TryDequeue(out FileDescriptor? file))
        {
            file.Dispose();
        }

        _buffer.Dispose();
    }

    /// <summary>The log goes on in another file.</summary>
    internal void Add(FileDescriptor file) => _files.Enqueue(file);

    private bool Fill()
    {
        Span<byte> buffer = _buffer.GetSpan();
        if (_end - _start == buffer.Length)
        {
            // Longer than any record that was written here.
            (_start, _end, _isSkipping) = (0, 0, true);
        }

        buffer[_start.._end].CopyTo(buffer);
        (_start, _end) = (0, _end - _start);
        while (true)
        {
            int count = _files.Peek().ReadAt(buffer[_end..], _position);
            if (count > 0)
            {
                _position += count;
                _end += count;
                return true;
            }

            if (_files.Count == 1)
            {
                return false;
            }

            // What a file ends with is no record without its newline.
            _files.Dequeue().Dispose();
            (_position, _end, _isSkipping) = (0, 0, false);
        }
    }
}
