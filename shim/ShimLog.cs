using System.Globalization;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Shim;

/// <summary>What the server has to say, for whoever reads <c>log</c> in the bundle: a fifo of containerd's, or a file.</summary>
/// <remarks>
/// It is opened for each line, without waiting: nobody may be there to read, and whoever comes back has made the fifo anew.
/// A line is written at once or not at all.
/// </remarks>
internal sealed class ShimLog(string path, bool isDebug)
{
    /// <summary>Writes a line that only matters when a fault is looked for.</summary>
    public void Debug(string message)
    {
        if (isDebug)
        {
            Write("debug", message);
        }
    }

    /// <summary>Writes a line, in the form of containerd's own.</summary>
    /// <param name="level">How grave it is: debug, info, warning or error.</param>
    /// <param name="message">What happened, in one line.</param>
    public void Write(string level, string message)
    {
        try
        {
            using FileDescriptor file = FileDescriptor.Open(path, FileMode.WriteNonBlocking);
            string time = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffffK", CultureInfo.InvariantCulture);
            file.TryWrite(System.Text.Encoding.UTF8.GetBytes($"time=\"{time}\" level={level} msg=\"{Escape(message)}\"\n"));
        }
        catch (LinuxException)
        {
            // There is no log, or nobody reads it: the container goes on.
        }
    }

    private static string Escape(string message) =>
        message.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings("\\n");
}
