using System.Buffers.Text;
using System.Globalization;
using Bulkhead.Linux.Files;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Linux.Processes;

/// <summary>The process that a thread belongs to.</summary>
/// <remarks>proc(5), <c>/proc/pid/status</c>, "Tgid": it also shows threads, by their own numbers.</remarks>
public static class ThreadGroup
{
    private const int MostBytes = 1 << 16;

    /// <summary>Finds the process of a thread.</summary>
    /// <param name="thread">The thread's number in the caller's PID namespace.</param>
    /// <returns>The process's number there; null when the thread has ended.</returns>
    /// <exception cref="LinuxException">As open(2) and read(2), ENOENT and ESRCH excepted.</exception>
    public static int? TryFind(int thread)
    {
        try
        {
            using FileDescriptor file = FileDescriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{thread}/status"), FileMode.Read);
            return Parse(file.ReadToEnd(MostBytes));
        }
        catch (LinuxException error) when (error.Error is Errno.ENOENT or Errno.ESRCH)
        {
            return null;
        }
    }

    /// <summary>Reads the number from the file's content; null when it is not there.</summary>
    internal static int? Parse(ReadOnlySpan<byte> status)
    {
        // A program's name stands before it, with its line feeds escaped.
        ReadOnlySpan<byte> field = "\nTgid:\t"u8;
        int start = status.IndexOf(field);
        return start >= 0 && Utf8Parser.TryParse(status[(start + field.Length)..], out int process, out _) ? process : null;
    }
}
