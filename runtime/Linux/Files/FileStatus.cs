using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>The kinds of file, valued as in the mode of inode(7).</summary>
public enum FileKind
{
    /// <summary>A fifo.</summary>
    Fifo = 0x1000,

    /// <summary>A character device.</summary>
    CharacterDevice = 0x2000,

    /// <summary>A directory.</summary>
    Directory = 0x4000,

    /// <summary>A block device.</summary>
    BlockDevice = 0x6000,

    /// <summary>A regular file.</summary>
    Regular = 0x8000,

    /// <summary>A symbolic link.</summary>
    SymbolicLink = 0xa000,

    /// <summary>A socket.</summary>
    Socket = 0xc000,
}

/// <summary>What a file is and whose: the part of stat(2) that the code asks for.</summary>
public readonly struct FileStatus
{
    internal FileStatus(in StatX status)
    {
        Kind = (FileKind)(status.Mode & 0xf000);
        Permissions = (UnixFileMode)(status.Mode & 0xfff);
        User = status.User;
        Group = status.Group;
        Links = status.Links;
        Size = (long)status.Size;
        Inode = status.Inode;
        Device = new DeviceNumber(status.DeviceMajor, status.DeviceMinor);
        Special = new DeviceNumber(status.SpecialMajor, status.SpecialMinor);
    }

    /// <summary>What kind of file it is.</summary>
    public FileKind Kind { get; }

    /// <summary>Whether it is the null device, <c>/dev/null</c>.</summary>
    public bool IsNullDevice => Kind == FileKind.CharacterDevice && Special == new DeviceNumber(1, 3);

    /// <summary>Permission bits, with set-user-ID, set-group-ID and sticky.</summary>
    public UnixFileMode Permissions { get; }

    /// <summary>The owner's uid, as seen from the caller's user namespace.</summary>
    public uint User { get; }

    /// <summary>The owner's gid, as seen from the caller's user namespace.</summary>
    public uint Group { get; }

    /// <summary>How many names it has; 0 once it is deleted.</summary>
    public uint Links { get; }

    /// <summary>Length in bytes.</summary>
    public long Size { get; }

    /// <summary>The inode's number on its device.</summary>
    public ulong Inode { get; }

    /// <summary>The device that the file is on.</summary>
    public DeviceNumber Device { get; }

    /// <summary>For a device: which.</summary>
    public DeviceNumber Special { get; }

    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory => Kind == FileKind.Directory;
}

/// <summary>A device's number.</summary>
/// <param name="Major">The driver.</param>
/// <param name="Minor">The driver's own number for the device.</param>
/// <remarks>makedev(3).</remarks>
public readonly record struct DeviceNumber(uint Major, uint Minor)
{
    /// <summary>The number as mknod(2) takes it.</summary>
    public ulong Encoded =>
        (Minor & 0xff) | ((Major & 0xfffUL) << 8) | ((Minor & ~0xffUL) << 12) | ((Major & ~0xfffUL) << 32);
}
