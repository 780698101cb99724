using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>How a file is opened. Every one is close-on-exec and never becomes the controlling terminal.</summary>
/// <remarks>open(2).</remarks>
public readonly struct FileMode
{
    private FileMode(OpenFlags flags, uint permissions = 0)
    {
        Flags = flags | OpenFlags.O_CLOEXEC | OpenFlags.O_NOCTTY;
        Permissions = permissions;
    }

    /// <summary>For reading.</summary>
    public static FileMode Read => new(OpenFlags.O_RDONLY);

    /// <summary>For reading, without waiting for the other end of a fifo or a device.</summary>
    public static FileMode ReadNonBlocking => new(OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK);

    /// <summary>For reading: ELOOP for a symbolic link, and a fifo is not waited for.</summary>
    public static FileMode ReadNoFollow => new(OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK | OpenFlagsByArchitecture.O_NOFOLLOW);

    /// <summary>For writing, from the start, what exists already.</summary>
    public static FileMode Write => new(OpenFlags.O_WRONLY);

    /// <summary>For writing, without waiting for the other end of a fifo: ENXIO when nobody reads.</summary>
    public static FileMode WriteNonBlocking => new(OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK);

    /// <summary>For reading and writing what exists already.</summary>
    public static FileMode ReadWrite => new(OpenFlags.O_RDWR);

    /// <summary>For reading and writing what exists already, without waiting: both ends of a fifo at once.</summary>
    public static FileMode ReadWriteNonBlocking => new(OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK);

    /// <summary>As a place in the file system only: nothing is read, and no device or fifo is touched.</summary>
    public static FileMode PathOnly => new(OpenFlags.O_PATH);

    /// <summary>As a place in the file system, which may itself be a symbolic link.</summary>
    public static FileMode PathOnlyNoFollow => new(OpenFlags.O_PATH | OpenFlagsByArchitecture.O_NOFOLLOW);

    /// <summary>A directory, for reading its entries.</summary>
    public static FileMode Directory => new(OpenFlagsByArchitecture.O_DIRECTORY);

    /// <summary>A directory, as a place in the file system.</summary>
    public static FileMode DirectoryPath => new(OpenFlagsByArchitecture.O_DIRECTORY | OpenFlags.O_PATH);

    /// <summary>A new file for writing; EEXIST when there is one.</summary>
    /// <param name="permissions">Permission bits, less the process's umask.</param>
    public static FileMode CreateNew(UnixFileMode permissions) =>
        new(OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlagsByArchitecture.O_NOFOLLOW, (uint)permissions);

    /// <summary>A file for writing at its end, made when it is not there.</summary>
    /// <param name="permissions">Permission bits, less the process's umask.</param>
    public static FileMode Append(UnixFileMode permissions) =>
        new(OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND, (uint)permissions);

    /// <summary>As <see cref="Append"/>, without waiting should it be a fifo or a device.</summary>
    /// <param name="permissions">Permission bits, less the process's umask.</param>
    public static FileMode AppendNonBlocking(UnixFileMode permissions) =>
        new(OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND | OpenFlags.O_NONBLOCK, (uint)permissions);

    /// <summary>A file for writing at its end, made when it is not there: ELOOP for a symbolic link, and a fifo is not waited for.</summary>
    /// <param name="permissions">Permission bits, less the process's umask.</param>
    public static FileMode AppendNoFollow(UnixFileMode permissions) =>
        new(OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND | OpenFlags.O_NONBLOCK | OpenFlagsByArchitecture.O_NOFOLLOW, (uint)permissions);

    /// <summary>A file for writing, emptied first, made when it is not there.</summary>
    /// <param name="permissions">Permission bits, less the process's umask.</param>
    public static FileMode Truncate(UnixFileMode permissions) =>
        new(OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC, (uint)permissions);

    internal OpenFlags Flags { get; }

    internal uint Permissions { get; }
}
