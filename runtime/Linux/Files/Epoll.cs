using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>What has become possible with a descriptor.</summary>
/// <param name="Value">The number that the descriptor was added with.</param>
/// <param name="MayRead">A read would not wait: there is something, or the end, or an error.</param>
/// <param name="MayWrite">A write would not wait: there is room, or an error.</param>
public readonly record struct EpollReady(int Value, bool MayRead, bool MayWrite);

/// <summary>Waits for many descriptors at once; each change is told of once.</summary>
/// <remarks>epoll(7), edge-triggered: whoever was told reads or writes until EAGAIN before waiting again.</remarks>
public sealed class Epoll : FileDescriptor
{
    private const int MostAtOnce = 16;

    private Epoll(int number)
        : base(number, "epoll")
    {
    }

    /// <summary>Makes one that waits for nothing yet.</summary>
    /// <exception cref="LinuxException">As epoll_create1(2).</exception>
    public static Epoll Create() => new(LinuxException.Check(Libc.EpollCreate(OpenFlags.O_CLOEXEC), "epoll_create1", "the event loop"));

    /// <summary>Waits for a descriptor too, from now on.</summary>
    /// <param name="file">A descriptor that does not block. It must be removed before it is closed if copies of it exist.</param>
    /// <param name="value">What <see cref="Wait"/> tells of it by.</param>
    /// <returns>False for a file that can always be read and written, such as one on a disk.</returns>
    /// <exception cref="LinuxException">As epoll_ctl(2), EPERM excepted.</exception>
    public bool Add(FileDescriptor file, int value)
    {
        Span<byte> entry = stackalloc byte[EpollEntry.Size];
        entry.Clear();
        uint events = EpollEntry.EPOLLIN | EpollEntry.EPOLLOUT | EpollEntry.EPOLLRDHUP | EpollEntry.EPOLLET;
        MemoryMarshal.Write(entry, events);
        MemoryMarshal.Write(entry[EpollEntry.ValueOffset..], (long)value);

        // Sound: the entry has the size that the kernel reads.
        unsafe
        {
            fixed (byte* start = entry)
            {
                return Libc.EpollControl(Number, EpollEntry.EPOLL_CTL_ADD, file.Number, start) == 0
                    || (LinuxException.LastError is Errno.EPERM ? false : throw new LinuxException("epoll_ctl", file.Path, LinuxException.LastError));
            }
        }
    }

    /// <summary>Waits for a descriptor no longer.</summary>
    /// <exception cref="LinuxException">As epoll_ctl(2).</exception>
    public void Remove(FileDescriptor file)
    {
        // Sound: no entry is read for a removal, since 2.6.9.
        unsafe
        {
            LinuxException.Check(Libc.EpollControl(Number, EpollEntry.EPOLL_CTL_DEL, file.Number, null), "epoll_ctl", file.Path);
        }
    }

    /// <summary>Waits until something has become possible.</summary>
    /// <param name="ready">What has; more may be told of by the next call.</param>
    /// <param name="limit">How long at most, rounded up to milliseconds; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <returns>How many of <paramref name="ready"/> are filled; none when the time is over or a signal came.</returns>
    /// <exception cref="LinuxException">As epoll_wait(2).</exception>
    public int Wait(Span<EpollReady> ready, TimeSpan limit)
    {
        Span<byte> entries = stackalloc byte[MostAtOnce * EpollEntry.Size];
        int milliseconds = limit == Timeout.InfiniteTimeSpan ? -1 : (int)Math.Min(int.MaxValue, Math.Ceiling(limit.TotalMilliseconds));
        int count;

        // Sound: the span is pinned for the call and has room for as many entries as are asked for.
        unsafe
        {
            fixed (byte* start = entries)
            {
                count = Libc.EpollWait(Number, start, Math.Min(MostAtOnce, ready.Length), milliseconds);
            }
        }

        if (count < 0)
        {
            return LinuxException.LastError is Errno.EINTR ? 0 : throw new LinuxException("epoll_wait", Path, LinuxException.LastError);
        }

        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = entries.Slice(i * EpollEntry.Size, EpollEntry.Size);
            uint events = MemoryMarshal.Read<uint>(entry);
            const uint Ended = EpollEntry.EPOLLERR | EpollEntry.EPOLLHUP;
            ready[i] = new EpollReady(
                (int)BinaryPrimitives.ReadInt64LittleEndian(entry[EpollEntry.ValueOffset..]),
                (events & (EpollEntry.EPOLLIN | EpollEntry.EPOLLRDHUP | Ended)) != 0,
                (events & (EpollEntry.EPOLLOUT | Ended)) != 0);
        }

        return count;
    }
}
