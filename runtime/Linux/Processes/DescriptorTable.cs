using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Processes;

/// <summary>The calling process's open descriptors as a whole.</summary>
[ChildSafe]
public static class DescriptorTable
{
    private const ulong CLOSE_RANGE_CLOEXEC = 4;
    private const int F_DUPFD_CLOEXEC = 1030;

    /// <summary>Marks every descriptor from a number up close-on-exec.</summary>
    /// <param name="first">The lowest number to mark.</param>
    /// <exception cref="LinuxException">As close_range(2).</exception>
    public static void CloseOnExecFrom(int first)
    {
        if (Libc.CloseRange(SystemCall.CloseRange, (ulong)first, uint.MaxValue, CLOSE_RANGE_CLOEXEC) == 0)
        {
            return;
        }

        // CLOSE_RANGE_CLOEXEC came with 5.11, close_range with 5.9.
        if (LinuxException.LastError is not (Errno.ENOSYS or Errno.EINVAL))
        {
            throw new LinuxException("close_range", "descriptors", LinuxException.LastError);
        }

        using ProcFile proc = ProcFile.OpenHost();
        using DirectoryHandle descriptors = DirectoryHandle.Open("/proc/thread-self/fd");
        foreach (string name in descriptors.Names())
        {
            if (int.TryParse(name, out int number) && number >= first)
            {
                using FileDescriptor descriptor = new(number, name, owned: false);
                descriptor.SetInheritable(false);
            }
        }
    }

    /// <summary>A copy with a number that is not below another, close-on-exec.</summary>
    /// <returns>Its number, which the caller owns.</returns>
    /// <exception cref="LinuxException">As fcntl(2).</exception>
    public static int CopyAway(FileDescriptor file, int least) =>
        LinuxException.Check(Libc.FCntl(file.Number, F_DUPFD_CLOEXEC, least), "fcntl", file.Path);

    /// <summary>Makes a standard descriptor mean the same file as another; it is not closed on exec.</summary>
    /// <exception cref="LinuxException">As dup3(2).</exception>
    public static void Place(FileDescriptor file, int standard) =>
        LinuxException.Check(Libc.Dup3(file.Number, standard, 0), "dup3", file.Path);

    /// <summary>Closes every descriptor from a number up but two.</summary>
    /// <param name="first">The lowest number to close.</param>
    /// <param name="one">Stays open.</param>
    /// <param name="other">Stays open, too; null when there is no other.</param>
    /// <exception cref="LinuxException">As close_range(2).</exception>
    public static void CloseAllBut(int first, FileDescriptor one, FileDescriptor? other)
    {
        int low = Math.Min(one.Number, other?.Number ?? one.Number);
        int high = Math.Max(one.Number, other?.Number ?? one.Number);
        CloseBetween(first, low - 1);
        CloseBetween(Math.Max(first, low + 1), high - 1);
        CloseBetween(Math.Max(first, high + 1), int.MaxValue);
    }

    /// <summary>Lets the descriptors from 3 on, so many of them, be open in the program to come.</summary>
    /// <param name="count">How many; 0 or above.</param>
    /// <exception cref="LinuxException">EBADF: one of them is not open.</exception>
    public static void Keep(int count)
    {
        for (int number = 3; number < 3 + count; number++)
        {
            using FileDescriptor descriptor = new(number, $"descriptor {number}", owned: false);
            descriptor.SetInheritable(true);
        }
    }

    /// <summary>Whether a descriptor is open.</summary>
    public static bool IsOpen(int number) => Libc.FCntl(number, 1, 0) >= 0;

    /// <summary>Makes a descriptor the process's standard input, output or error, open across execve(2).</summary>
    /// <param name="file">What it becomes.</param>
    /// <param name="stream">0, 1 or 2.</param>
    /// <exception cref="LinuxException">As dup3(2).</exception>
    public static void SetStandardStream(FileDescriptor file, int stream)
    {
        if (file.Number == stream)
        {
            file.SetInheritable(true);
            return;
        }

        LinuxException.Check(Libc.Dup3(file.Number, stream, 0), "dup3", file.Path);
    }

    private static void CloseBetween(int first, int last)
    {
        if (first <= last)
        {
            LinuxException.Check(Libc.CloseRange(SystemCall.CloseRange, (ulong)first, (ulong)last, 0), "close_range", "descriptors");
        }
    }
}
