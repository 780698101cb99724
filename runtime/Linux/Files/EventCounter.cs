using System.Runtime.InteropServices;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>A number that the kernel or another process adds to, and that can be waited for.</summary>
/// <remarks>eventfd(2).</remarks>
public sealed class EventCounter : FileDescriptor
{
    private EventCounter(int number, string name)
        : base(number, name)
    {
    }

    /// <summary>Makes one that is 0 and never waits.</summary>
    /// <param name="name">What is counted, for messages.</param>
    /// <exception cref="LinuxException">As eventfd(2).</exception>
    public static EventCounter Create(string name) =>
        new(LinuxException.Check(Libc.EventFd(0, OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK), "eventfd", name), name);

    /// <summary>What was added since the last call.</summary>
    /// <exception cref="LinuxException">As read(2).</exception>
    public ulong Take()
    {
        ulong count = 0;
        try
        {
            Read(MemoryMarshal.AsBytes(new Span<ulong>(ref count)));
        }
        catch (LinuxException error) when (error.Error is Errno.EAGAIN)
        {
            // Nothing was added.
        }

        return count;
    }
}
