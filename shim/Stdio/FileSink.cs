using Bulkhead.Linux.Files;
using Bulkhead.Shim.Loop;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Shim.Stdio;

/// <summary>Output that is appended to a file, as it is.</summary>
internal sealed class FileSink : IOutputSink
{
    private const UnixFileMode Permissions = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode FolderPermissions =
        Permissions | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly LoopStream _file;

    private FileSink(LoopStream file) => _file = file;

    /// <summary>Opens a file; it and the folders above it are made when they are missing, as containerd has it.</summary>
    /// <exception cref="Linux.LinuxException">As mkdir(2) and open(2); ENXIO for a fifo that nobody reads.</exception>
    public static FileSink Open(EventLoop loop, string path)
    {
        int end = path.LastIndexOf('/');
        using DirectoryHandle folder = HostDirectories.Make(end == 0 ? "/" : path[..end], FolderPermissions);
        return new FileSink(new LoopStream(loop, folder.OpenFile(path[(end + 1)..], FileMode.AppendNonBlocking(Permissions))));
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(OutputStream stream, ReadOnlyMemory<byte> bytes) => _file.WriteAsync(bytes);

    /// <inheritdoc/>
    public ValueTask EndAsync(OutputStream stream) => DisposeAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }
}
