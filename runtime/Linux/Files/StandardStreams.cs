using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>The process's standard input, output and error.</summary>
[ChildSafe]
public static class StandardStreams
{
    private const int F_GETFD = 1;

    /// <summary>Opens <c>/dev/null</c> in place of each stream that the caller has closed.</summary>
    /// <remarks>
    /// Before the first file of ours is opened: it would get the number, and be a container's input or output, or be given
    /// to the container's user.
    /// </remarks>
    /// <exception cref="LinuxException">As open(2).</exception>
    public static void OpenMissing()
    {
        for (int stream = 0; stream < 3; stream++)
        {
            if (Libc.FCntl(stream, F_GETFD, 0) < 0)
            {
                // The lowest number that is free is this one.
                LinuxException.Check(Libc.OpenAt(Libc.AT_FDCWD, "/dev/null", OpenFlags.O_RDWR, 0), "open", "/dev/null");
            }
        }
    }

    /// <summary>Makes a stream a user's own, so that a program may open it again by <c>/dev/stdout</c>.</summary>
    /// <param name="user">The uid, in the process's user namespace.</param>
    /// <param name="stream">0, 1 or 2.</param>
    /// <remarks><c>/dev/null</c> is left alone, and so is what can't be given: it is somebody else's on purpose.</remarks>
    /// <exception cref="LinuxException">As fchown(2), except for what may not be changed.</exception>
    public static void GiveTo(uint user, int stream)
    {
        using FileDescriptor file = new(stream, $"descriptor {stream}", owned: false);
        if (Libc.StatX(stream, "", Libc.AT_EMPTY_PATH, StatX.STATX_BASIC_STATS, out StatX raw) < 0)
        {
            return;
        }

        FileStatus status = new(in raw);
        if (status.User == user || (status.Kind == FileKind.CharacterDevice && status.Special == new DeviceNumber(1, 3)))
        {
            return;
        }

        if (Libc.FChOwnAt(stream, "", user, uint.MaxValue, Libc.AT_EMPTY_PATH) < 0
            && LinuxException.LastError is var error && error is not (Errno.EINVAL or Errno.EPERM or Errno.EROFS))
        {
            throw new LinuxException("fchown", file.Path, error);
        }
    }
}
