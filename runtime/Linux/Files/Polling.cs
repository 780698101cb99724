using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>Waits for descriptors.</summary>
/// <remarks>poll(2).</remarks>
[ChildSafe]
public static class Polling
{
    /// <summary>Waits until there is something to read, or the other end is gone.</summary>
    /// <param name="file">What is waited for.</param>
    /// <param name="limit">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Below a millisecond counts as one.</param>
    /// <returns>False when the time is over or a signal came.</returns>
    /// <exception cref="LinuxException">As poll(2).</exception>
    public static bool WaitForInput(FileDescriptor file, TimeSpan limit)
    {
        int milliseconds = Milliseconds(limit);
        PollEntry entry = new() { Descriptor = file.Number, Events = PollEntry.POLLIN };
        int count;

        // Sound: one entry on the stack.
        unsafe
        {
            count = Libc.Poll(&entry, 1, milliseconds);
        }

        return count >= 0 ? count > 0
            : LinuxException.LastError is Errno.EINTR ? false
            : throw new LinuxException("poll", file.Path, LinuxException.LastError);
    }

    /// <summary>Whether nobody has the other end of a socket or a pipe any more.</summary>
    /// <exception cref="LinuxException">As poll(2).</exception>
    public static bool IsHungUp(FileDescriptor file)
    {
        PollEntry entry = new() { Descriptor = file.Number };

        // Sound: one entry on the stack. It is not waited, hence not interrupted.
        unsafe
        {
            LinuxException.Check(Libc.Poll(&entry, 1, 0), "poll", file.Path);
        }

        return (entry.Returned & (PollEntry.POLLHUP | PollEntry.POLLERR)) != 0;
    }

    /// <summary>Waits until one of several has something to read, or room for writing, or its other end is gone.</summary>
    /// <param name="inputs">What is to be read from; null entries are left out.</param>
    /// <param name="outputs">What is to be written to; null entries are left out.</param>
    /// <param name="ready">As long as both together: which of them are, the inputs first; none when the time is over or a signal came.</param>
    /// <param name="limit">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Below a millisecond counts as one.</param>
    /// <exception cref="LinuxException">As poll(2).</exception>
    public static void WaitForAny(ReadOnlySpan<FileDescriptor?> inputs, ReadOnlySpan<FileDescriptor?> outputs, Span<bool> ready, TimeSpan limit)
    {
        Span<PollEntry> entries = stackalloc PollEntry[inputs.Length + outputs.Length];
        Fill(entries[..inputs.Length], inputs, PollEntry.POLLIN);
        Fill(entries[inputs.Length..], outputs, PollEntry.POLLOUT);
        int count;

        // Sound: the entries are on the stack and their own number is given.
        unsafe
        {
            fixed (PollEntry* first = entries)
            {
                count = Libc.Poll(first, (ulong)entries.Length, Milliseconds(limit));
            }
        }

        if (count < 0 && LinuxException.LastError is var error && error != Errno.EINTR)
        {
            throw new LinuxException("poll", "descriptors", error);
        }

        for (int i = 0; i < entries.Length; i++)
        {
            ready[i] = count > 0 && entries[i].Returned != 0;
        }
    }

    /// <summary>Does nothing for a time, or until a signal comes.</summary>
    /// <param name="time">How long; rounded up to milliseconds.</param>
    public static void Pause(TimeSpan time)
    {
        // Sound: no entries, hence no pointer.
        unsafe
        {
            Libc.Poll(null, 0, (int)Math.Ceiling(time.TotalMilliseconds));
        }
    }

    private static int Milliseconds(TimeSpan limit) =>
        limit == Timeout.InfiniteTimeSpan ? -1 : (int)Math.Min(int.MaxValue, Math.Ceiling(limit.TotalMilliseconds));

    private static void Fill(Span<PollEntry> entries, ReadOnlySpan<FileDescriptor?> files, short events)
    {
        for (int i = 0; i < files.Length; i++)
        {
            entries[i] = new PollEntry { Descriptor = files[i]?.Number ?? -1, Events = events };
        }
    }
}
