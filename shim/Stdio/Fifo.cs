using Bulkhead.Linux.Files;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Shim.Stdio;

/// <summary>The fifos that clients make for a process's input and output.</summary>
internal static class Fifo
{
    /// <summary>Finds a fifo, to be opened with <see cref="FileDescriptor.Reopen"/>.</summary>
    /// <exception cref="Linux.LinuxException">ENOENT: there is none.</exception>
    /// <exception cref="StdioException">It is something else, which is not opened: that alone can have effects, or wait.</exception>
    public static FileDescriptor Find(string path)
    {
        FileDescriptor place = FileDescriptor.Open(path, FileMode.PathOnly);
        if (place.Status().Kind == FileKind.Fifo)
        {
            return place;
        }

        place.Dispose();
        throw new StdioException($"\"{path}\" is not a fifo");
    }
}
