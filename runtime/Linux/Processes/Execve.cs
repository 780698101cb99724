using System.Diagnostics.CodeAnalysis;
using System.Text;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Processes;

/// <summary>The end of a child: as another program, or altogether.</summary>
[ChildSafe]
public static class Execve
{
    /// <summary>Replaces the program of the calling process.</summary>
    /// <param name="path">The program, looked up in the process's root.</param>
    /// <param name="arguments">Its arguments, the first being its name.</param>
    /// <param name="environment">Its environment.</param>
    /// <exception cref="LinuxException">As execve(2). Without an error it does not return.</exception>
    [DoesNotReturn]
    public static void Replace(string path, NativeStrings arguments, NativeStrings environment)
    {
        Span<byte> buffer = stackalloc byte[Encoding.UTF8.GetMaxByteCount(path.Length) + 1];
        buffer[Encoding.UTF8.GetBytes(path, buffer)] = 0;

        // Sound: the path ends with a zero in a buffer on this stack; the lists were built for this call.
        unsafe
        {
            fixed (byte* start = buffer)
            {
                LinuxException.Check(Libc.ExecVe(start, arguments.Pointer, environment.Pointer), "execve", path);
            }
        }

        throw new LinuxException("execve", path, Errno.None);
    }

    /// <summary>Ends the calling process at once, running nothing that the parent's program has registered for its end.</summary>
    [DoesNotReturn]
    public static void Leave(int code)
    {
        Libc.Exit(code);
        throw new InvalidOperationException("_exit returned");
    }
}
