using System.Globalization;
using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Child;

/// <summary>The users that the container's own passwd file names.</summary>
/// <remarks>passwd(5). The file is the image's, and so hostile: its size is bounded and a line that is no entry is left out.</remarks>
[ChildSafe]
internal static class Accounts
{
    private const string Default = "/";
    private const int MostBytes = 1 << 20;

    /// <summary>A user's home; <c>/</c> for one without an entry.</summary>
    public static string HomeOf(uint user)
    {
        try
        {
            // Not waiting for a writer, should the image have a fifo of that name.
            using FileDescriptor? file = FileDescriptor.TryOpen("/etc/passwd", FileMode.ReadNonBlocking);
            return file?.Status().Kind is FileKind.Regular ? Find(Encoding.UTF8.GetString(file.ReadToEnd(MostBytes)), user) : Default;
        }
        catch (LinuxException)
        {
            return Default;
        }
    }

    /// <summary>Finds a user's home in the file's text.</summary>
    public static string Find(string passwd, uint user)
    {
        // name:password:uid:gid:comment:home:shell
        Span<Range> fields = stackalloc Range[8];
        foreach (Range range in passwd.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = passwd.AsSpan()[range];
            if (line.Split(fields, ':') >= 6
                && uint.TryParse(line[fields[2]], NumberStyles.None, CultureInfo.InvariantCulture, out uint uid)
                && uid == user
                && line[fields[5]] is { IsEmpty: false } home)
            {
                return home.ToString();
            }
        }

        return Default;
    }
}
