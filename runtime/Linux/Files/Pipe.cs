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
