using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>An open directory; names are looked up in it, wherever it has been moved to meanwhile.</summary>
/// <remarks>
/// The methods take a name or a relative path that the caller has chosen; <see cref="RootedLookup"/> takes paths that
/// somebody else may have prepared.
/// </remarks>
[ChildSafe]
public sealed class DirectoryHandle : FileDescriptor
{
    /// <summary>Takes a descriptor of a directory over.</summary>
    /// <param name="number">An open descriptor of a directory.</param>
    /// <param name="path">What it is, for messages.</param>
    public DirectoryHandle(int number, string path)
        : base(number, path)
    {
    }

    /// <summary>Opens a directory by a path of the host, following symbolic links.</summary>
    /// <exception cref="LinuxException">As open(2); ENOTDIR when it is none.</exception>
    public static DirectoryHandle Open(string path) =>
        new(LinuxException.Check(Libc.OpenAt(Libc.AT_FDCWD, path, FileMode.Directory.Flags, 0), "open", path), path);

    /// <summary>Opens a directory by a path of the host, as a place only, which needs no permission to read it.</summary>
    /// <exception cref="LinuxException">As open(2); ENOTDIR when it is none.</exception>
    public static DirectoryHandle OpenPath(string path) =>
        new(LinuxException.Check(Libc.OpenAt(Libc.AT_FDCWD, path, FileMode.DirectoryPath.Flags, 0), "open", path), path);

    /// <summary>The path of an entry, for messages.</summary>
    public string PathOf(string name) => Path.EndsWith('/') ? Path + name : $"{Path}/{name}";

    /// <summary>Opens an entry.</summary>
    /// <exception cref="LinuxException">As openat(2).</exception>
    public FileDescriptor OpenFile(string name, FileMode mode)
    {
        string path = PathOf(name);
        return new FileDescriptor(LinuxException.Check(Libc.OpenAt(Number, name, mode.Flags, mode.Permissions), "open", path), path);
    }

    /// <summary>Opens an entry, or gives null when there is none of that name.</summary>
    /// <exception cref="LinuxException">As openat(2), ENOENT excepted.</exception>
    public FileDescriptor? TryOpenFile(string name, FileMode mode)
    {
        int number = Libc.OpenAt(Number, name, mode.Flags, mode.Permissions);
        return number >= 0 ? new FileDescriptor(number, PathOf(name))
            : LinuxException.LastError is Errno.ENOENT ? null
            : throw new LinuxException("open", PathOf(name), LinuxException.LastError);
    }

    /// <summary>Opens a directory in this one; a symbolic link at the end is not followed.</summary>
    /// <exception cref="LinuxException">As openat(2).</exception>
    public DirectoryHandle OpenDirectory(string name)
    {
        string path = PathOf(name);
        OpenFlags flags = FileMode.Directory.Flags | OpenFlagsByArchitecture.O_NOFOLLOW;
        return new DirectoryHandle(LinuxException.Check(Libc.OpenAt(Number, name, flags, 0), "open", path), path);
    }

    /// <summary>Opens a directory in this one, or gives null when there is none of that name.</summary>
    /// <exception cref="LinuxException">As openat(2), ENOENT excepted.</exception>
    public DirectoryHandle? TryOpenDirectory(string name)
    {
        int number = Libc.OpenAt(Number, name, FileMode.Directory.Flags | OpenFlagsByArchitecture.O_NOFOLLOW, 0);
        return number >= 0 ? new DirectoryHandle(number, PathOf(name))
            : LinuxException.LastError is Errno.ENOENT ? null
            : throw new LinuxException("open", PathOf(name), LinuxException.LastError);
    }

    /// <summary>Makes a directory.</summary>
    /// <returns>False when there is already something of that name.</returns>
    /// <exception cref="LinuxException">As mkdirat(2), EEXIST excepted.</exception>
    public bool MakeDirectory(string name, UnixFileMode permissions)
    {
        return Libc.MkDirAt(Number, name, (uint)permissions) == 0
            || (LinuxException.LastError is Errno.EEXIST ? false
                : throw new LinuxException("mkdir", PathOf(name), LinuxException.LastError));
    }

    /// <summary>Makes a device, a fifo or an empty file.</summary>
    /// <returns>False when there is already something of that name.</returns>
    /// <exception cref="LinuxException">As mknodat(2), EEXIST excepted.</exception>
    public bool MakeNode(string name, FileKind kind, UnixFileMode permissions, DeviceNumber device = default)
    {
        return Libc.MkNodAt(Number, name, (uint)kind | (uint)permissions, device.Encoded) == 0
            || (LinuxException.LastError is Errno.EEXIST ? false
                : throw new LinuxException("mknod", PathOf(name), LinuxException.LastError));
    }

    /// <summary>Makes a symbolic link.</summary>
    /// <returns>False when there is already something of that name.</returns>
    /// <exception cref="LinuxException">As symlinkat(2), EEXIST excepted.</exception>
    public bool MakeSymbolicLink(string name, string target)
    {
        return Libc.SymLinkAt(target, Number, name) == 0
            || (LinuxException.LastError is Errno.EEXIST ? false
                : throw new LinuxException("symlink", PathOf(name), LinuxException.LastError));
    }

    /// <summary>Removes a name that is not a directory's.</summary>
    /// <returns>False when there was none.</returns>
    /// <exception cref="LinuxException">As unlinkat(2), ENOENT excepted.</exception>
    public bool Remove(string name) => Unlink(name, 0, "unlink");

    /// <summary>Removes an empty directory.</summary>
    /// <returns>False when there was none.</returns>
    /// <exception cref="LinuxException">As unlinkat(2), ENOENT excepted.</exception>
    public bool RemoveDirectory(string name) => Unlink(name, Libc.AT_REMOVEDIR, "rmdir");

    /// <summary>Gives an entry another name in this directory, in place of what has that name.</summary>
    /// <exception cref="LinuxException">As renameat(2).</exception>
    public void Rename(string from, string to) =>
        LinuxException.Check(Libc.RenameAt(Number, from, Number, to), "rename", PathOf(from));

    /// <summary>Moves an entry to another directory of the file system, in place of what has that name there.</summary>
    /// <exception cref="LinuxException">As renameat(2); EXDEV for another file system.</exception>
    public void Move(string from, DirectoryHandle directory, string to) =>
        LinuxException.Check(Libc.RenameAt(Number, from, directory.Number, to), "rename", PathOf(from));

    /// <summary>Gives an entry another name, as <see cref="Rename"/>.</summary>
    /// <returns>False when there is none of that name.</returns>
    /// <exception cref="LinuxException">As renameat(2), ENOENT excepted.</exception>
    public bool TryRename(string from, string to)
    {
        return Libc.RenameAt(Number, from, Number, to) == 0
            || (LinuxException.LastError is Errno.ENOENT ? false
                : throw new LinuxException("rename", PathOf(from), LinuxException.LastError));
    }

    /// <summary>Sets an entry's permissions. The entry must not be a symbolic link that somebody else could have made.</summary>
    /// <exception cref="LinuxException">As fchmodat(2).</exception>
    public void SetPermissions(string name, UnixFileMode permissions) =>
        LinuxException.Check(Libc.FChModAt(Number, name, (uint)permissions, 0), "chmod", PathOf(name));

    /// <summary>Sets an entry's owner; a symbolic link's own, not its target's.</summary>
    /// <exception cref="LinuxException">As fchownat(2).</exception>
    public void SetOwner(string name, uint user, uint group) =>
        LinuxException.Check(Libc.FChOwnAt(Number, name, user, group, Libc.AT_SYMLINK_NOFOLLOW), "chown", PathOf(name));

    /// <summary>What an entry is, a symbolic link not followed; null when there is none of that name.</summary>
    /// <exception cref="LinuxException">As statx(2), ENOENT excepted.</exception>
    public FileStatus? StatusOf(string name)
    {
        return Libc.StatX(Number, name, Libc.AT_SYMLINK_NOFOLLOW, StatX.STATX_BASIC_STATS, out StatX status) == 0 ? new FileStatus(in status)
            : LinuxException.LastError is Errno.ENOENT ? null
            : throw new LinuxException("statx", PathOf(name), LinuxException.LastError);
    }

    /// <summary>Reads what a symbolic link holds; an empty name reads the link that this descriptor itself is.</summary>
    /// <exception cref="LinuxException">As readlinkat(2); ENAMETOOLONG when it is longer than 4,095 bytes.</exception>
    public string ReadLink(string name) => SymbolicLink.Read(Number, name, PathOf(name));

    /// <summary>Reads a small text file of the kernel or of our own, without the white space at its end.</summary>
    /// <exception cref="LinuxException">As open(2) and read(2); EFBIG above 1 MiB.</exception>
    public string ReadText(string name)
    {
        using FileDescriptor file = OpenFile(name, FileMode.Read);
        return Encoding.UTF8.GetString(file.ReadToEnd(1 << 20)).TrimEnd();
    }

    /// <summary>Reads a small text file, or gives null when there is none of that name.</summary>
    /// <exception cref="LinuxException">As open(2), ENOENT excepted, and read(2); EFBIG above 1 MiB.</exception>
    public string? TryReadText(string name)
    {
        using FileDescriptor? file = TryOpenFile(name, FileMode.Read);
        return file is null ? null : Encoding.UTF8.GetString(file.ReadToEnd(1 << 20)).TrimEnd();
    }

    /// <summary>Writes a text with one call into a file that exists, as control files of the kernel want it.</summary>
    /// <exception cref="LinuxException">As open(2) and write(2).</exception>
    public void WriteText(string name, string text)
    {
        using FileDescriptor file = OpenFile(name, FileMode.Write);
        file.Write(text);
    }

    /// <summary>The names of the entries, <c>.</c> and <c>..</c> left out, in the order of the file system.</summary>
    /// <exception cref="LinuxException">As getdents64(2).</exception>
    [SkipLocalsInit]
    public List<string> Names()
    {
        using DirectoryHandle reader = new(LinuxException.Check(Libc.OpenAt(Number, ".", FileMode.Directory.Flags, 0), "open", Path), Path);
        List<string> names = [];
        Span<byte> buffer = stackalloc byte[8192];
        while (reader.ReadEntries(buffer) is > 0 and var length)
        {
            // struct linux_dirent64: u64 inode, s64 offset, u16 record length, u8 type, name with a final zero.
            for (ReadOnlySpan<byte> rest = buffer[..length]; !rest.IsEmpty; rest = rest[BinaryPrimitives.ReadUInt16LittleEndian(rest[16..])..])
            {
                ReadOnlySpan<byte> name = rest[19..];
                name = name[..name.IndexOf((byte)0)];
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                {
                    names.Add(Encoding.UTF8.GetString(name));
                }
            }
        }

        return names;
    }

    private int ReadEntries(Span<byte> buffer)
    {
        // Sound: the span is pinned for the call and its own length is given.
        unsafe
        {
            fixed (byte* start = buffer)
            {
                return (int)LinuxException.Check(Libc.GetDents64(Number, start, (nuint)buffer.Length), "getdents64", Path);
            }
        }
    }

    private bool Unlink(string name, int flags, string call)
    {
        return Libc.UnlinkAt(Number, name, flags) == 0
            || (LinuxException.LastError is Errno.ENOENT ? false
                : throw new LinuxException(call, PathOf(name), LinuxException.LastError));
    }
}
