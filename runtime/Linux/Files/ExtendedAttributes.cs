using System.Text;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>A file's extended attributes: access control lists, capabilities and labels among them.</summary>
/// <remarks>xattr(7).</remarks>
[ChildSafe]
public static class ExtendedAttributes
{
    // xattr(7), "Filesystem differences": the kernel's own bound of a list and of a value.
    private const int MostBytes = 65536;

    /// <summary>Sets one.</summary>
    /// <param name="file">The file, opened as more than a place.</param>
    /// <param name="name">The attribute's name, such as <c>security.selinux</c>.</param>
    /// <param name="value">Its value, written as UTF-8 without a final zero.</param>
    /// <exception cref="LinuxException">As fsetxattr(2).</exception>
    public static void Set(FileDescriptor file, string name, string value)
    {
        byte[] nameBytes = Encoding.UTF8.GetBytes(name + '\0');
        byte[] valueBytes = Encoding.UTF8.GetBytes(value);

        // Sound: the name ends with a zero, both arrays are pinned, and the value's own length is given.
        unsafe
        {
            fixed (byte* nameStart = nameBytes)
            fixed (byte* valueStart = valueBytes)
            {
                LinuxException.Check(Libc.FSetXAttr(file.Number, nameStart, valueStart, (nuint)valueBytes.Length, 0), "fsetxattr", file.Path);
            }
        }
    }

    /// <summary>The names, each with a final zero; none where the file system has no attributes.</summary>
    /// <exception cref="LinuxException">As flistxattr(2).</exception>
    internal static byte[] Names(FileDescriptor file, string path)
    {
        // Sound: without a buffer only the length is asked for; then the array is pinned and its own length is given.
        unsafe
        {
            nint length = Libc.FListXAttr(file.Number, null, 0);
            if (length == 0 || (length < 0 && LinuxException.LastError is Errno.EOPNOTSUPP))
            {
                return [];
            }

            LinuxException.Check(length, "flistxattr", path);
            byte[] names = new byte[Math.Min(length, MostBytes)];
            fixed (byte* start = names)
            {
                int read = (int)LinuxException.Check(Libc.FListXAttr(file.Number, start, (nuint)names.Length), "flistxattr", path);
                return names[..read];
            }
        }
    }

    /// <summary>Copies those of the names that the other file can have.</summary>
    /// <exception cref="LinuxException">As fgetxattr(2) and fsetxattr(2).</exception>
    internal static void Copy(ReadOnlySpan<byte> names, FileDescriptor from, FileDescriptor to, string path)
    {
        byte[] value = new byte[MostBytes];
        while (names.IndexOf((byte)0) is >= 0 and var end)
        {
            // Sound: the name ends with a zero, both buffers are pinned, and their own lengths are given.
            unsafe
            {
                fixed (byte* name = names)
                fixed (byte* start = value)
                {
                    int length = (int)LinuxException.Check(Libc.FGetXAttr(from.Number, name, start, MostBytes), "fgetxattr", path);

                    // ENOTSUP: the file system has no place for it. EPERM: only the host's root may set it.
                    if (Libc.FSetXAttr(to.Number, name, start, (nuint)length, 0) < 0 && LinuxException.LastError is not (Errno.EOPNOTSUPP or Errno.EPERM))
                    {
                        throw new LinuxException("fsetxattr", path, LinuxException.LastError);
                    }
                }
            }

            names = names[(end + 1)..];
        }
    }
}
