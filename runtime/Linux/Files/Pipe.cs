using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>Pipes.</summary>
/// <remarks>pipe(2).</remarks>
public static class Pipe
{
    /// <summary>Makes one whose ends wait for each other.</summary>
    /// <param name="name">What goes through it, for messages.</param>
    /// <exception cref="LinuxException">As pipe2(2).</exception>
    public static (FileDescriptor Read, FileDescriptor Write) Create(string name) => Create(name, OpenFlags.O_CLOEXEC);

    /// <summary>Makes one whose ends never wait: EAGAIN instead.</summary>
    /// <param name="name">What goes through it, for messages.</param>
    /// <exception cref="LinuxException">As pipe2(2).</exception>
    public static (FileDescriptor Read, FileDescriptor Write) CreateNonBlocking(string name) =>
        Create(name, OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK);

    /// <summary>How many bytes wait in a pipe or a terminal for who reads from this end.</summary>
    /// <exception cref="LinuxException">As ioctl(2), FIONREAD.</exception>
    public static int Available(FileDescriptor end)
    {
        int count = 0;

        // Sound: the request writes one integer, which is on this stack.
        unsafe
        {
            LinuxException.Check(Libc.IoCtl(end.Number, FIONREAD, &count), "FIONREAD", end.Path);
        }

        return count;
    }

    /// <summary>Gives a pipe more room, unless it has as much already or this user's pipes would hold more than they may.</summary>
    /// <param name="end">Either end.</param>
    /// <param name="capacityBytes">How much it is to hold.</param>
    /// <returns>Whether there is more room now.</returns>
    /// <remarks>fcntl(2), F_SETPIPE_SZ; pipe(7), <c>/proc/sys/fs/pipe-max-size</c> and <c>pipe-user-pages-soft</c>.</remarks>
    public static bool TryGrow(FileDescriptor end, int capacityBytes) =>
        Libc.FCntl(end.Number, F_GETPIPE_SZ, 0) is var present and >= 0 && present < capacityBytes
        && Libc.FCntl(end.Number, F_SETPIPE_SZ, capacityBytes) >= 0;

    /// <summary>Whether somebody has the reading end open.</summary>
    /// <param name="write">The writing end.</param>
    /// <exception cref="LinuxException">As poll(2).</exception>
    public static bool HasReaders(FileDescriptor write)
    {
        PollEntry entry = new() { Descriptor = write.Number };

        // Sound: one entry on the stack.
        unsafe
        {
            LinuxException.Check(Libc.Poll(&entry, 1, 0), "poll", write.Path);
        }

        return (entry.Returned & PollEntry.POLLERR) == 0;
    }

    private const ulong FIONREAD = 0x541b;
    private const int F_SETPIPE_SZ = 1031;
    private const int F_GETPIPE_SZ = 1032;

    private static (FileDescriptor Read, FileDescriptor Write) Create(string name, OpenFlags flags)
    {
        Span<int> ends = stackalloc int[2];

        // Sound: two integers on the stack, as pipe2 takes them.
        unsafe
        {
            fixed (int* first = ends)
            {
                LinuxException.Check(Libc.Pipe2(first, flags), "pipe2", name);
            }
        }

        return (new FileDescriptor(ends[0], name), new FileDescriptor(ends[1], name));
    }
}
