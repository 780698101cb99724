using System.Buffers.Binary;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>Goes through all directories below one, each after those below it, and can remove them on the way.</summary>
/// <remarks>
/// For trees that somebody hostile has made: they may be deeper than a path can be long (PATH_MAX) and than descriptors
/// can be held, so that one descriptor is all that is kept, and names stay bytes. No link is followed.
/// <code>
/// using DirectoryWalk walk = new(top);
/// while (walk.MoveNext())
/// {
///     walk.Current.ReadText("file");     // or, in its place
///     walk.TryRemove();
/// }
/// </code>
/// </remarks>
public sealed class DirectoryWalk : IDisposable
{
    private const int OffsetOfType = 18;
    private const int OffsetOfName = 19;
    private const byte UnknownType = 0;
    private const byte DirectoryType = 4;

    // The names that are still to be entered, a level each; first is the one that the next level is in.
    private readonly Stack<Queue<byte[]>> _levels = [];
    private readonly byte[] _buffer = new byte[8192];
    private DirectoryHandle _here;
    private byte[] _left = [];
    private bool _isInCurrent;

    /// <summary>Begins.</summary>
    /// <param name="top">The directory, which is not itself gone to. It stays the caller's.</param>
    /// <exception cref="LinuxException">As open(2) and getdents64(2).</exception>
    public DirectoryWalk(DirectoryHandle top)
    {
        _here = new DirectoryHandle(LinuxException.Check(Libc.OpenAt(top.Number, ".", FileMode.Directory.Flags, 0), "open", top.Path), top.Path);
        _levels.Push(ReadNames());
    }

    /// <summary>The directory that was gone to. The walk's, until the next call of another member.</summary>
    public DirectoryHandle Current => _here;

    /// <summary>Goes to the next directory.</summary>
    /// <returns>False when there is none left.</returns>
    /// <exception cref="LinuxException">As open(2) and getdents64(2); directories that disappear meanwhile are left out.</exception>
    public bool MoveNext()
    {
        Leave();
        while (_levels.Peek() is { Count: > 0 } names)
        {
            if (TryOpen(names.Peek()) is { } below)
            {
                _here.Dispose();
                _here = below;
                _levels.Push(ReadNames());
            }
            else
            {
                names.Dequeue();
            }
        }

        _isInCurrent = _levels.Count > 1;
        return _isInCurrent;
    }

    /// <summary>Removes the directory that was gone to; may be called again.</summary>
    /// <returns>EBUSY or ENOTEMPTY, when it is in use; null when it is gone.</returns>
    /// <exception cref="LinuxException">As unlinkat(2), others.</exception>
    public LinuxException? TryRemove()
    {
        Leave();

        // Sound: the name ends with a zero and is pinned for the call.
        unsafe
        {
            fixed (byte* name = _left)
            {
                if (Libc.UnlinkAt(_here.Number, name, Libc.AT_REMOVEDIR) == 0 || LinuxException.LastError is Errno.ENOENT)
                {
                    return null;
                }
            }
        }

        LinuxException error = new("rmdir", $"{_here.Path}/{Text(_left)}", LinuxException.LastError);
        return error.Error is Errno.EBUSY or Errno.ENOTEMPTY ? error : throw error;
    }

    /// <summary>Closes what is open.</summary>
    public void Dispose() => _here.Dispose();

    /// <summary>Goes up from the current directory. A directory that was removed meanwhile still knows the one above.</summary>
    private void Leave()
    {
        if (!_isInCurrent)
        {
            return;
        }

        _isInCurrent = false;
        DirectoryHandle above = new(LinuxException.Check(Libc.OpenAt(_here.Number, "..", FileMode.Directory.Flags, 0), "open", _here.Path), _here.Path);
        _here.Dispose();
        _here = above;
        _levels.Pop();
        _left = _levels.Peek().Dequeue();
    }

    private DirectoryHandle? TryOpen(byte[] name)
    {
        // Sound: the name ends with a zero and is pinned for the call.
        unsafe
        {
            fixed (byte* start = name)
            {
                int number = Libc.OpenAt(_here.Number, start, FileMode.Directory.Flags | OpenFlagsByArchitecture.O_NOFOLLOW, 0);
                return number >= 0 ? new DirectoryHandle(number, _here.Path)
                    : LinuxException.LastError is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP or Errno.ENODEV ? null
                    : throw new LinuxException("open", $"{_here.Path}/{Text(name)}", LinuxException.LastError);
            }
        }
    }

    /// <summary>The names of the directories in the one that is open, each with a zero at its end.</summary>
    private Queue<byte[]> ReadNames()
    {
        Queue<byte[]> names = [];

        // A directory's links are its own two names and a ".." for each directory in it; 1 where that is not counted.
        if (_here.Status().Links == 2)
        {
            return names;
        }

        while (ReadEntries() is > 0 and var length)
        {
            // struct linux_dirent64: u64 inode, s64 offset, u16 record length, u8 type, name with a final zero.
            for (Span<byte> rest = _buffer.AsSpan(0, length); !rest.IsEmpty; rest = rest[BinaryPrimitives.ReadUInt16LittleEndian(rest[16..])..])
            {
                ReadOnlySpan<byte> name = rest[OffsetOfName..];
                name = name[..(name.IndexOf((byte)0) + 1)];
                if (rest[OffsetOfType] is DirectoryType or UnknownType && !name.SequenceEqual(".\0"u8) && !name.SequenceEqual("..\0"u8))
                {
                    names.Enqueue(name.ToArray());
                }
            }
        }

        return names;
    }

    private int ReadEntries()
    {
        // Sound: the array is pinned for the call and its own length is given.
        unsafe
        {
            fixed (byte* start = _buffer)
            {
                int length = (int)Libc.GetDents64(_here.Number, start, (nuint)_buffer.Length);

                // ENOENT: it was removed after it had been opened.
                return length >= 0 || LinuxException.LastError is not Errno.ENOENT
                    ? (int)LinuxException.Check(length, "getdents64", _here.Path) : 0;
            }
        }
    }

    private static string Text(byte[] name) => System.Text.Encoding.UTF8.GetString(name.AsSpan(0, Math.Max(name.Length - 1, 0)));
}
