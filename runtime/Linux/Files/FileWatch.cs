using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>Has something to read when a file was written to, or a control file of the kernel has changed.</summary>
/// <remarks>inotify(7).</remarks>
public sealed class FileWatch : FileDescriptor
{
    private const uint IN_MODIFY = 0x2;
    private const int EventsAtOnce = 4096;

    private FileWatch(int number, string path)
        : base(number, path)
    {
    }

    /// <summary>Watches a file from now on.</summary>
    /// <exception cref="LinuxException">As inotify_init1(2) and inotify_add_watch(2).</exception>
    public static FileWatch Start(FileDescriptor file)
    {
        FileWatch watch = new(LinuxException.Check(Libc.INotifyInit(OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK), "inotify_init1", file.Path), file.Path);
        try
        {
            LinuxException.Check(Libc.INotifyAddWatch(watch.Number, file.ProcPath, IN_MODIFY), "inotify_add_watch", file.Path);
            return watch;
        }
        catch (LinuxException)
        {
            watch.Dispose();
            throw;
        }
    }

    /// <summary>Forgets the changes so far, so that the next one can be waited for.</summary>
    /// <exception cref="LinuxException">As read(2).</exception>
    public void Clear()
    {
        Span<byte> events = stackalloc byte[EventsAtOnce];
        try
        {
            while (Read(events) > 0)
            {
            }
        }
        catch (LinuxException error) when (error.Error is Errno.EAGAIN)
        {
            // All were read.
        }
    }
}
