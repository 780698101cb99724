using System.Buffers.Binary;
using System.Text;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>Copies what is in one directory into another, with owners, permissions, extended attributes and times.</summary>
/// <remarks>
/// Nothing is looked up but single names in directories that are held by a descriptor, and no link is followed: what
/// somebody exchanges meanwhile is copied or not, but leads nowhere. Names stay bytes, as the kernel has them.
/// </remarks>
[ChildSafe]
public sealed class TreeCopy
{
    /// <summary>How deep directories may lie in each other; each level holds four descriptors.</summary>
    public const int MostLevels = 200;

    /// <summary>How many files and directories are copied at the most.</summary>
    public const int MostEntries = 1 << 20;

    private const int OffsetOfName = 19;
    private const OpenFlags Always = OpenFlags.O_CLOEXEC | OpenFlags.O_NOCTTY;

    private int _entries;

    private TreeCopy()
    {
    }

    /// <summary>Copies.</summary>
    /// <param name="from">A directory, which may be open as a place only. What is mounted below it is copied as it is seen.</param>
    /// <param name="to">An empty directory that nobody else has.</param>
    /// <exception cref="LinuxException">As the calls that are made; ELOOP and EFBIG beyond the bounds. Part of it has been copied.</exception>
    public static void Copy(DirectoryHandle from, DirectoryHandle to)
    {
        using FileDescriptor source = from.OpenFile(".", FileMode.Directory);
        new TreeCopy().CopyEntries(source, to, level: 0);
    }

    private void CopyEntries(FileDescriptor from, FileDescriptor to, int level)
    {
        if (level > MostLevels)
        {
            throw new LinuxException("copy", $"{to.Path} (more than {MostLevels} levels)", Errno.ELOOP);
        }

        byte[] buffer = new byte[16384];
        while (ReadEntries(from, buffer) is > 0 and var length)
        {
            // struct linux_dirent64: u64 inode, s64 offset, u16 record length, u8 type, name with a final zero.
            for (Span<byte> rest = buffer.AsSpan(0, length); !rest.IsEmpty; rest = rest[BinaryPrimitives.ReadUInt16LittleEndian(rest[16..])..])
            {
                ReadOnlySpan<byte> name = rest[OffsetOfName..];
                name = name[..(name.IndexOf((byte)0) + 1)];
                if (name.SequenceEqual(".\0"u8) || name.SequenceEqual("..\0"u8))
                {
                    continue;
                }

                if (++_entries > MostEntries)
                {
                    throw new LinuxException("copy", $"{to.Path} (more than {MostEntries} files)", Errno.EFBIG);
                }

                CopyEntry(from, to, name, level);
            }
        }
    }

    private void CopyEntry(FileDescriptor from, FileDescriptor to, ReadOnlySpan<byte> name, int level)
    {
        string path = $"{to.Path}/{Encoding.UTF8.GetString(name[..^1])}";
        using FileDescriptor source = Open(from, name, Always & ~OpenFlags.O_NOCTTY | OpenFlags.O_PATH | OpenFlagsByArchitecture.O_NOFOLLOW, path);
        LinuxException.Check(Libc.StatX(source.Number, "", Libc.AT_EMPTY_PATH, StatX.STATX_BASIC_STATS, out StatX status), "statx", path);
        switch ((FileKind)(status.Mode & 0xf000))
        {
            case FileKind.Directory:
                CopyDirectory(source, to, name, path, level);
                break;
            case FileKind.Regular:
                CopyFile(source, to, name, path);
                break;
            case FileKind.SymbolicLink:
                CopyLink(source, to, name, path);
                break;
            default:
                MakeNode(to, name, status, path);
                break;
        }

        SetOwner(to, name, status, path);
        if ((FileKind)(status.Mode & 0xf000) is FileKind.Directory or FileKind.Regular)
        {
            // After the owner, whose change takes a program's capabilities away.
            CopyAttributes(source, to, name, path);
        }

        SetTimes(to, name, status, path);
    }

    private void CopyDirectory(FileDescriptor source, FileDescriptor to, ReadOnlySpan<byte> name, string path, int level)
    {
        // Sound: the name ends with a zero and is pinned for the call.
        unsafe
        {
            fixed (byte* start = name)
            {
                LinuxException.Check(Libc.MkDirAt(to.Number, start, 0b111_000_000), "mkdir", path);
            }
        }

        using FileDescriptor entries = new(LinuxException.Check(Libc.OpenAt(source.Number, ".", FileMode.Directory.Flags, 0), "open", path), path);
        using FileDescriptor made = Open(to, name, Always | OpenFlagsByArchitecture.O_DIRECTORY | OpenFlagsByArchitecture.O_NOFOLLOW, path);
        CopyEntries(entries, made, level + 1);
    }

    private static void CopyFile(FileDescriptor source, FileDescriptor to, ReadOnlySpan<byte> name, string path)
    {
        // By the descriptor's link, not the name: that file and no other, so that no device or fifo is opened.
        using FileDescriptor data = FileDescriptor.Open(source.ProcPath, FileMode.Read);
        using FileDescriptor made = Open(to, name, FileMode.CreateNew(default).Flags, path, 0b110_000_000);

        // Sound: no offset is given.
        unsafe
        {
            while (LinuxException.Check(Libc.SendFile(made.Number, data.Number, null, 1 << 30), "sendfile", path) > 0)
            {
            }
        }
    }

    private static void CopyLink(FileDescriptor source, FileDescriptor to, ReadOnlySpan<byte> name, string path)
    {
        const int Longest = 4096;
        Span<byte> target = stackalloc byte[Longest + 1];

        // Sound: everything is pinned or on the stack, and what the link holds gets the zero that ends it.
        unsafe
        {
            fixed (byte* start = name)
            fixed (byte* text = target)
            {
                int length = (int)LinuxException.Check(Libc.ReadLinkAt(source.Number, "", text, Longest), "readlink", path);
                target[length] = 0;
                LinuxException.Check(Libc.SymLinkAt(text, to.Number, start), "symlink", path);
            }
        }
    }

    private static void MakeNode(FileDescriptor to, ReadOnlySpan<byte> name, in StatX status, string path)
    {
        ulong device = new DeviceNumber(status.SpecialMajor, status.SpecialMinor).Encoded;

        // Sound: the name ends with a zero and is pinned for the call.
        unsafe
        {
            fixed (byte* start = name)
            {
                LinuxException.Check(Libc.MkNodAt(to.Number, start, status.Mode, device), "mknod", path);
            }
        }
    }

    private static void SetOwner(FileDescriptor to, ReadOnlySpan<byte> name, in StatX status, string path)
    {
        // Sound: the name ends with a zero and is pinned for the calls.
        unsafe
        {
            fixed (byte* start = name)
            {
                // First: a change of the owner takes the set-user-ID bit away.
                LinuxException.Check(Libc.FChOwnAt(to.Number, start, status.User, status.Group, Libc.AT_SYMLINK_NOFOLLOW), "chown", path);
                if ((FileKind)(status.Mode & 0xf000) != FileKind.SymbolicLink)
                {
                    LinuxException.Check(Libc.FChModAt(to.Number, start, (uint)status.Mode & 0xfff, 0), "chmod", path);
                }
            }
        }
    }

    private static void SetTimes(FileDescriptor to, ReadOnlySpan<byte> name, in StatX status, string path)
    {
        // Sound: the name ends with a zero and is pinned for the call, and the two times are on the stack.
        unsafe
        {
            TimeSpec* times = stackalloc TimeSpec[2];
            times[0] = new TimeSpec { Seconds = status.Accessed.Seconds, Nanoseconds = status.Accessed.Nanoseconds };
            times[1] = new TimeSpec { Seconds = status.Modified.Seconds, Nanoseconds = status.Modified.Nanoseconds };
            fixed (byte* start = name)
            {
                LinuxException.Check(Libc.UTimeNsAt(to.Number, start, times, Libc.AT_SYMLINK_NOFOLLOW), "utimensat", path);
            }
        }
    }

    private static void CopyAttributes(FileDescriptor source, FileDescriptor to, ReadOnlySpan<byte> name, string path)
    {
        using FileDescriptor data = FileDescriptor.Open(source.ProcPath, FileMode.Read);
        byte[] names = ExtendedAttributes.Names(data, path);
        if (names.Length > 0)
        {
            using FileDescriptor made = Open(to, name, Always | OpenFlagsByArchitecture.O_NOFOLLOW, path);
            ExtendedAttributes.Copy(names, data, made, path);
        }
    }

    private static FileDescriptor Open(FileDescriptor directory, ReadOnlySpan<byte> name, OpenFlags flags, string path, uint permissions = 0)
    {
        // Sound: the name ends with a zero and is pinned for the call.
        unsafe
        {
            fixed (byte* start = name)
            {
                return new FileDescriptor(LinuxException.Check(Libc.OpenAt(directory.Number, start, flags, permissions), "open", path), path);
            }
        }
    }

    private static int ReadEntries(FileDescriptor directory, byte[] buffer)
    {
        // Sound: the array is pinned for the call and its own length is given.
        unsafe
        {
            fixed (byte* start = buffer)
            {
                return (int)LinuxException.Check(Libc.GetDents64(directory.Number, start, (nuint)buffer.Length), "getdents64", directory.Path);
            }
        }
    }
}
