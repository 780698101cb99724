using System.Text;

namespace Bulkhead.Tests.Support;

/// <summary>Extended attributes of files.</summary>
/// <remarks>xattr(7).</remarks>
public static unsafe class ExtendedAttribute
{
    /// <summary>Sets one.</summary>
    public static void Set(string path, string name, string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        fixed (byte* start = bytes)
        {
            if (Native.SetAttribute(path, name, start, (nuint)bytes.Length, 0) < 0)
            {
                throw Native.LastError($"setxattr {path}");
            }
        }
    }

    /// <summary>Reads one of 256 bytes at the most; null when there is none.</summary>
    public static string? Get(string path, string name)
    {
        byte* value = stackalloc byte[256];
        nint length = Native.GetAttribute(path, name, value, 256);
        return length < 0 ? null : Encoding.UTF8.GetString(value, (int)length);
    }
}
