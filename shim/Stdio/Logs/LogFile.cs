using Bulkhead.Linux;
using Bulkhead.Linux.Files;

// The system's own of that name opens files by their names.
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Shim.Stdio.Logs;

/// <summary>The file that records are appended to, and those that it was before: <c>log</c>, <c>log.1</c>, <c>log.2</c> and so on, the oldest last.</summary>
/// <remarks>
/// Rotation is Docker's: before a record is written to a file that has reached its size, that file becomes <c>log.1</c>. All
/// names are looked up in the folder as it was at first; symbolic links are not followed. What goes wrong with a disk is
/// reported and costs records, but holds nobody up.
/// </remarks>
internal sealed class LogFile : IDisposable
{
    private const UnixFileMode Permissions = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
    private const long QuietMilliseconds = 10_000;

    private readonly DirectoryHandle _folder;
    private readonly string _name;
    private readonly long _maxSize;
    private readonly int _maxFiles;
    private readonly Action<string> _report;
    private readonly List<LogReplay> _replays = [];
    private FileDescriptor _file;
    private long _size;
    private long _rotateAt;
    private long _failedAt = -QuietMilliseconds;
    private long _lost;

    private LogFile(DirectoryHandle folder, string name, LogAddress address, Action<string> report)
    {
        _folder = folder;
        _name = name;
        _maxSize = address.MaxSize;
        _maxFiles = address.MaxFiles;
        _report = report;
        _rotateAt = _maxSize;
        (_file, _size) = OpenToAppend();
    }

    /// <summary>Opens a log, making it when it is not there. Its folder exists.</summary>
    /// <param name="address">Which, and how it is rotated.</param>
    /// <param name="report">Is told in one line what goes wrong later.</param>
    /// <exception cref="LinuxException">As open(2); ELOOP for a symbolic link.</exception>
    /// <exception cref="StdioException">It is no regular file.</exception>
    public static LogFile Open(LogAddress address, Action<string> report)
    {
        int slash = address.Path.LastIndexOf('/');
        DirectoryHandle folder = DirectoryHandle.Open(slash == 0 ? "/" : address.Path[..slash]);
        try
        {
            return new LogFile(folder, address.Path[(slash + 1)..], address, report);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Whether the next record belongs into a new file.</summary>
    /// <param name="more">How many bytes of records are yet to be written before it.</param>
    public bool IsFull(int more) => _rotateAt > 0 && _size + more >= _rotateAt;

    /// <summary>Writes records at the end of the file.</summary>
    /// <param name="records">Whole ones.</param>
    public void Write(ReadOnlySpan<byte> records)
    {
        int written = 0;
        try
        {
            while (written < records.Length)
            {
                written += _file.WriteSome(records[written..]);
            }

            _size += written;
            Succeeded();
        }
        catch (LinuxException error)
        {
            // A record of which the disk has a part is taken back: whoever reads the log sees whole ones.
            int whole = records[..written].LastIndexOf((byte)'\n') + 1;
            _size += whole;
            Failed(error, records.Length - whole);
            TakeBack(written - whole);
        }
    }

    /// <summary>Makes the file <c>log.1</c>, each of the older ones the next, and begins a new one.</summary>
    public void Rotate()
    {
        try
        {
            for (int i = _maxFiles - 1; i > 1; i--)
            {
                _folder.TryRename($"{_name}.{i - 1}", $"{_name}.{i}");
            }

            if (_maxFiles > 1)
            {
                _folder.TryRename(_name, $"{_name}.1");
            }
            else
            {
                _folder.Remove(_name);
            }

            Replace();
        }
        catch (Exception error) when (error is LinuxException or StdioException)
        {
            // The file goes on growing, and is rotated when it has grown by as much again.
            _rotateAt = _size + _maxSize;
            _report($"rotate {_file.Path}: {error.Message}");
        }
    }

    /// <summary>Goes on in the file that has the log's name now, making it when there is none: for whoever rotates the log himself.</summary>
    /// <exception cref="LinuxException">As open(2); the old file goes on being written.</exception>
    /// <exception cref="StdioException">It is no regular file.</exception>
    public void Reopen() => Replace();

    /// <summary>Begins to read all that is kept, and what is written from now on.</summary>
    /// <param name="format">How the records are read.</param>
    /// <exception cref="LinuxException">As open(2).</exception>
    public LogReplay Replay(IRecordFormat format)
    {
        LogReplay replay = new(format, _maxFiles, Forget);
        try
        {
            for (int i = _maxFiles - 1; i > 0; i--)
            {
                if (_folder.StatusOf($"{_name}.{i}") is { Kind: FileKind.Regular } && _folder.TryOpenFile($"{_name}.{i}", FileMode.ReadNoFollow) is { } older)
                {
                    replay.Add(older);
                }
            }

            replay.Add(Copy());
        }
        catch
        {
            replay.Dispose();
            throw;
        }

        _replays.Add(replay);
        return replay;
    }

    /// <summary>Closes the file. Who reads it may go on to its end.</summary>
    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    private void Forget(LogReplay replay) => _replays.Remove(replay);

    private void Replace()
    {
        FileDescriptor old = _file;
        (_file, _size) = OpenToAppend();
        _rotateAt = _maxSize;
        old.Dispose();
        foreach (LogReplay replay in _replays)
        {
            replay.Add(Copy());
        }
    }

    /// <summary>The file that is written, for reading, whatever has become of its name.</summary>
    private FileDescriptor Copy() => FileDescriptor.Open(_file.ProcPath, FileMode.Read);

    private (FileDescriptor File, long Size) OpenToAppend()
    {
        FileDescriptor file = _folder.OpenFile(_name, FileMode.AppendNoFollow(Permissions));
        try
        {
            FileStatus status = file.Status();
            if (status.Kind is not FileKind.Regular)
            {
                throw new StdioException($"open {file.Path}: it is no regular file");
            }

            if (status.Size == 0)
            {
                file.SetPermissions(Permissions);
            }

            return (file, status.Size + EndBrokenRecord(file, status.Size));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>After a record that a crash of the machine has parted, the next one begins on a line of its own.</summary>
    /// <returns>How many bytes that took.</returns>
    private static int EndBrokenRecord(FileDescriptor file, long size)
    {
        if (size > 0)
        {
            using FileDescriptor reader = FileDescriptor.Open(file.ProcPath, FileMode.Read);
            Span<byte> last = stackalloc byte[1];
            if (reader.ReadAt(last, size - 1) == 1 && last[0] != '\n')
            {
                return file.WriteSome("\n"u8);
            }
        }

        return 0;
    }

    private void Succeeded()
    {
        // A disk that is full lets a small record through now and then: that does not make it another case.
        if (_lost > 0 && Environment.TickCount64 - _failedAt >= QuietMilliseconds)
        {
            _report($"write {_file.Path}: there is room again, {_lost} bytes of records were lost");
            _lost = 0;
        }
    }

    private void Failed(LinuxException error, int lost)
    {
        _failedAt = Environment.TickCount64;
        if (_lost == 0)
        {
            _report($"{error.Message}; what is written is lost until that changes");
        }

        _lost += lost;
    }

    private void TakeBack(int bytes)
    {
        if (bytes == 0)
        {
            return;
        }

        try
        {
            _file.SetLength(_file.Status().Size - bytes);
        }
        catch (LinuxException error)
        {
            _report(error.Message);
        }
    }
}
