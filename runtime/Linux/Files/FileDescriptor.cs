using System.Runtime.CompilerServices;
using System.Text;
using Bulkhead.Linux.Native;
using Microsoft.Win32.SafeHandles;

namespace Bulkhead.Linux.Files;

/// <summary>An open file descriptor, close-on-exec, owned by whoever holds this object.</summary>
/// <remarks>It remembers the path it was opened by, for messages only.</remarks>
[ChildSafe]
public class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>Takes a descriptor over.</summary>
    /// <param name="number">An open descriptor, 0 or above.</param>
    /// <param name="path">What it is, for messages.</param>
    /// <param name="owned">False for one that somebody else closes, such as standard output.</param>
    public FileDescriptor(int number, string path, bool owned = true)
        : base(owned)
    {
        SetHandle(number);
        Path = path;
    }

    /// <summary>The path this was opened by, or a name for what has none.</summary>
    public string Path { get; }

    /// <summary>The descriptor's number, valid as long as this object is not disposed.</summary>
    public int Number => (int)handle;

    /// <summary>A path that leads to this very file, whatever happens to its name: the link in procfs of the calling thread.</summary>
    /// <remarks>proc(5), <c>/proc/pid/fd</c>. Only as trustworthy as the <c>/proc</c> in sight.</remarks>
    public string ProcPath => $"/proc/thread-self/fd/{Number}";

    /// <summary>Opens a file by a path of the host.</summary>
    /// <exception cref="LinuxException">As open(2).</exception>
    public static FileDescriptor Open(string path, FileMode mode) =>
        new(LinuxException.Check(Libc.OpenAt(Libc.AT_FDCWD, path, mode.Flags, mode.Permissions), "open", path), path);

    /// <summary>Opens a file by a path of the host, or gives null when there is none.</summary>
    /// <exception cref="LinuxException">As open(2), ENOENT excepted.</exception>
    public static FileDescriptor? TryOpen(string path, FileMode mode)
    {
        int number = Libc.OpenAt(Libc.AT_FDCWD, path, mode.Flags, mode.Permissions);
        return number >= 0 ? new FileDescriptor(number, path)
            : LinuxException.LastError is Errno.ENOENT ? null
            : throw new LinuxException("open", path, LinuxException.LastError);
    }

    /// <summary>Opens this very file once more, in a way of its own.</summary>
    /// <exception cref="LinuxException">As open(2); ENXIO for a fifo that nobody reads, to be written without waiting.</exception>
    public FileDescriptor Reopen(FileMode mode) =>
        new(LinuxException.Check(Libc.OpenAt(Libc.AT_FDCWD, ProcPath, mode.Flags, mode.Permissions), "open", Path), Path);

    /// <summary>Reads once, up to the length of the buffer; 0 is the end of the file.</summary>
    /// <exception cref="LinuxException">As read(2); EAGAIN for a non-blocking descriptor with nothing to read.</exception>
    public int Read(Span<byte> buffer)
    {
        while (true)
        {
            nint count = ReadOnce(buffer);
            if (count >= 0)
            {
                return (int)count;
            }

            if (LinuxException.LastError is var error && error != Errno.EINTR)
            {
                throw new LinuxException("read", Path, error);
            }
        }
    }

    /// <summary>Reads once without waiting, up to the length of the buffer; 0 is the end of the file, -1 that there is nothing now.</summary>
    /// <exception cref="LinuxException">As read(2), EAGAIN excepted.</exception>
    public int TryRead(Span<byte> buffer)
    {
        while (true)
        {
            nint count = ReadOnce(buffer);
            if (count >= 0)
            {
                return (int)count;
            }

            switch (LinuxException.LastError)
            {
                case Errno.EINTR: continue;
                case Errno.EAGAIN: return -1;
                case var error: throw new LinuxException("read", Path, error);
            }
        }
    }

    /// <summary>Writes once without waiting; the number of bytes that were taken, -1 when there is no room now.</summary>
    /// <exception cref="LinuxException">As write(2), EAGAIN excepted; EPIPE when nobody reads any more.</exception>
    public int TryWrite(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            nint count = WriteOnce(bytes);
            if (count >= 0)
            {
                return (int)count;
            }

            switch (LinuxException.LastError)
            {
                case Errno.EINTR: continue;
                case Errno.EAGAIN: return -1;
                case var error: throw new LinuxException("write", Path, error);
            }
        }
    }

    /// <summary>Writes two parts once without waiting, one right after the other; the number of bytes that were taken, -1 when there is no room now.</summary>
    /// <remarks>writev(2).</remarks>
    /// <exception cref="LinuxException">As write(2), EAGAIN excepted; EPIPE when nobody reads any more.</exception>
    public int TryWrite(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        while (true)
        {
            nint count = WriteOnce(first, second);
            if (count >= 0)
            {
                return (int)count;
            }

            switch (LinuxException.LastError)
            {
                case Errno.EINTR: continue;
                case Errno.EAGAIN: return -1;
                case var error: throw new LinuxException("writev", Path, error);
            }
        }
    }

    /// <summary>Reads at a position, up to the length of the buffer.</summary>
    /// <exception cref="LinuxException">As pread(2).</exception>
    public int ReadAt(Span<byte> buffer, long position)
    {
        // Sound: the span is pinned for the call and its own length is given.
        unsafe
        {
            fixed (byte* start = buffer)
            {
                return (int)LinuxException.Check(Libc.PRead(Number, start, (nuint)buffer.Length, position), "pread", Path);
            }
        }
    }

    /// <summary>Writes all of the bytes.</summary>
    /// <exception cref="LinuxException">As write(2).</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        // An empty write still reaches the kernel, which some control files take as a value.
        do
        {
            nint count = WriteOnce(bytes);
            if (count >= 0)
            {
                bytes = bytes[(int)count..];
            }
            else if (LinuxException.LastError is var error && error != Errno.EINTR)
            {
                throw new LinuxException("write", Path, error);
            }
        }
        while (!bytes.IsEmpty);
    }

    /// <summary>Writes once; the number of bytes that were taken.</summary>
    /// <exception cref="LinuxException">As write(2); EAGAIN for a non-blocking descriptor without room.</exception>
    public int WriteSome(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            nint count = WriteOnce(bytes);
            if (count >= 0)
            {
                return (int)count;
            }

            if (LinuxException.LastError is var error && error != Errno.EINTR)
            {
                throw new LinuxException("write", Path, error);
            }
        }
    }

    /// <summary>Writes a text in UTF-8 with one call, as control files of the kernel want it.</summary>
    /// <exception cref="LinuxException">As write(2).</exception>
    public void Write(string text)
    {
        Span<byte> buffer = Encoding.UTF8.GetMaxByteCount(text.Length) is var most && most <= 512 ? stackalloc byte[512] : new byte[most];
        Write(buffer[..Encoding.UTF8.GetBytes(text, buffer)]);
    }

    /// <summary>Reads from the present position to the end.</summary>
    /// <param name="mostBytes">More than this is an error and not a longer array.</param>
    /// <exception cref="LinuxException">As read(2); EFBIG when the file holds more than <paramref name="mostBytes"/>.</exception>
    [SkipLocalsInit]
    public byte[] ReadToEnd(int mostBytes)
    {
        // Most files that are read are small: what the kernel has to say in procfs and cgroups.
        Span<byte> small = stackalloc byte[4096];
        int length = 0;
        do
        {
            int count = Read(small[length..]);
            length += count;
            if (length > mostBytes)
            {
                throw new LinuxException("read", Path, Errno.EFBIG);
            }

            if (count == 0)
            {
                return small[..length].ToArray();
            }
        }
        while (length < small.Length);
        return ReadRest(small, mostBytes);
    }

    /// <summary>What the file is and whose, as fstat(2) gives it.</summary>
    /// <exception cref="LinuxException">As statx(2).</exception>
    public FileStatus Status()
    {
        LinuxException.Check(Libc.StatX(Number, "", Libc.AT_EMPTY_PATH, StatX.STATX_BASIC_STATS, out StatX status), "statx", Path);
        return new FileStatus(in status);
    }

    /// <summary>The magic number of the file system that the file is on.</summary>
    /// <remarks>statfs(2), <c>f_type</c>.</remarks>
    /// <exception cref="LinuxException">As fstatfs(2).</exception>
    public long FileSystemType()
    {
        LinuxException.Check(Libc.FStatFs(Number, out StatFs status), "fstatfs", Path);
        return status.Type;
    }

    /// <summary>Whether nothing can be written where the file is, be it for the mount or for the file system.</summary>
    /// <remarks>statfs(2), <c>f_flags</c>.</remarks>
    /// <exception cref="LinuxException">As fstatfs(2).</exception>
    public bool IsFileSystemReadOnly()
    {
        LinuxException.Check(Libc.FStatFs(Number, out StatFs status), "fstatfs", Path);
        return (status.Flags & StatFs.ST_RDONLY) != 0;
    }

    /// <summary>Whether the file is on procfs.</summary>
    /// <exception cref="LinuxException">As fstatfs(2).</exception>
    public bool IsProcFs() => FileSystemType() == ProcFile.PROC_SUPER_MAGIC;

    /// <summary>Where the file is at this moment, as the calling process would name it.</summary>
    /// <exception cref="LinuxException">As readlink(2).</exception>
    public string WhereItIs() => SymbolicLink.Read(ProcPath);

    /// <summary>Keeps the descriptor open across execve(2), or closes it there, which is how it was opened.</summary>
    /// <exception cref="LinuxException">As fcntl(2).</exception>
    public void SetInheritable(bool inheritable) =>
        LinuxException.Check(Libc.FCntl(Number, SetDescriptorFlags, inheritable ? 0 : CloseOnExec), "fcntl", Path);

    /// <summary>From here on reads and writes give EAGAIN instead of waiting, for everyone who has the open file.</summary>
    /// <remarks>Only for a file that nobody shares, opened without other status flags: they are replaced.</remarks>
    /// <exception cref="LinuxException">As fcntl(2).</exception>
    public void SetNonBlocking() =>
        LinuxException.Check(Libc.FCntl(Number, SetStatusFlags, (long)OpenFlags.O_NONBLOCK), "fcntl", Path);

    /// <summary>Sets the file's owner, a pipe's too.</summary>
    /// <exception cref="LinuxException">As fchownat(2).</exception>
    public void SetOwner(uint user, uint group) =>
        LinuxException.Check(Libc.FChOwnAt(Number, "", user, group, Libc.AT_EMPTY_PATH), "chown", Path);

    /// <summary>Cuts the file off, or lengthens it with zeros.</summary>
    /// <param name="length">Its new length in bytes.</param>
    /// <exception cref="LinuxException">As ftruncate(2).</exception>
    public void SetLength(long length) => LinuxException.Check(Libc.FTruncate(Number, length), "ftruncate", Path);

    /// <summary>Sets the file's permissions, whatever the umask.</summary>
    /// <exception cref="LinuxException">As fchmod(2).</exception>
    public void SetPermissions(UnixFileMode permissions) => LinuxException.Check(Libc.FChMod(Number, (uint)permissions), "fchmod", Path);

    /// <summary>Waits until what was written is on the disk; for a directory, which names it holds.</summary>
    /// <exception cref="LinuxException">As fsync(2).</exception>
    public void Sync() => LinuxException.Check(Libc.FSync(Number), "fsync", Path);

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;

    private const int SetDescriptorFlags = 2;
    private const int SetStatusFlags = 4;
    private const int CloseOnExec = 1;

    private byte[] ReadRest(ReadOnlySpan<byte> begun, int mostBytes)
    {
        byte[] buffer = new byte[(int)Math.Min(32 << 10, mostBytes + 1L)];
        begun.CopyTo(buffer);
        int length = begun.Length;
        while (Read(buffer.AsSpan(length)) is > 0 and var count)
        {
            length += count;
            if (length > mostBytes)
            {
                throw new LinuxException("read", Path, Errno.EFBIG);
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 4L, mostBytes + 1L));
            }
        }

        Array.Resize(ref buffer, length);
        return buffer;
    }

    private nint ReadOnce(Span<byte> buffer)
    {
        // Sound: the span is pinned for the call and its own length is given.
        unsafe
        {
            fixed (byte* start = buffer)
            {
                return Libc.Read(Number, start, (nuint)buffer.Length);
            }
        }
    }

    private nint WriteOnce(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        // Sound: both spans are pinned for the call and their own lengths are given.
        unsafe
        {
            fixed (byte* firstStart = first, secondStart = second)
            {
                IoVector* parts = stackalloc IoVector[2];
                parts[0] = new IoVector() { Start = firstStart, Length = (nuint)first.Length };
                parts[1] = new IoVector() { Start = secondStart, Length = (nuint)second.Length };
                return Libc.WriteV(Number, parts, 2);
            }
        }
    }

    private nint WriteOnce(ReadOnlySpan<byte> bytes)
    {
        // Sound: the span is pinned for the call and its own length is given; an empty one is a null pointer of length 0.
        unsafe
        {
            fixed (byte* start = bytes)
            {
                return Libc.Write(Number, start, (nuint)bytes.Length);
            }
        }
    }
}
