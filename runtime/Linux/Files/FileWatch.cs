using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>Has something to read when a file was written to, a control file of the kernel has changed, or a file was opened.</summary>
/// <remarks>inotify(7).</remarks>
public sealed class FileWatch : FileDescriptor
{
    private const uint IN_MODIFY = 0x2;
    private const uint IN_OPEN = 0x20;
    private const int EventsAtOnce = 4096;

    private FileWatch(int number, string path)
        : base(number, path)
    {
    }

    /// <summary>Watches, from now on, whether a file is written to.</summary>
    /// <exception cref="LinuxException">As inotify_init1(2) and inotify_add_watch(2).</exception>
    public static FileWatch Start(FileDescriptor file) => Start(file, IN_MODIFY);

    /// <summary>Watches, from now on, whether a file is opened once more, a fifo too.</summary>
    /// <exception cref="LinuxException">As inotify_init1(2) and inotify_add_watch(2).</exception>
    public static FileWatch StartForOpening(FileDescriptor file) => Start(file, IN_OPEN);

    /// <summary>Forgets what has happened so far, so that the next can be waited for.</summary>
    /// <exception cref="LinuxException">As read(2).</exception>
    public void Clear()
    {
        Span<byte> events = stackalloc byte[EventsAtOnce];
        while (TryRead(events) > 0)
        {
        }
    }

    private static FileWatch Start(FileDescriptor file, uint events)
    {
        FileWatch watch = new(LinuxException.Check(Libc.INotifyInit(OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK), "inotify_init1", file.Path), file.Path);
        try
        {
            LinuxException.Check(Libc.INotifyAddWatch(watch.Number, file.ProcPath, events), "inotify_add_watch", file.Path);
            return watch;
        }
        catch (LinuxException)
        {
            watch.Dispose();
            throw;
        }
    }
}
