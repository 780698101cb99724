using System.Globalization;
using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Shim.Runtimes;

/// <summary>Calls of a runtime that a killed shim has left running: a create that goes on would make the container after its delete.</summary>
/// <remarks>
/// They are known by the log that each names on its command line, which is in the bundle, and nobody else's. A process that
/// says so of itself wrongly can only end itself by it.
/// </remarks>
internal static class OrphanedCalls
{
    // Of a command line the part that counts stands near its beginning.
    private const int MostBytes = 1 << 14;
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(5);

    /// <summary>Ends them.</summary>
    /// <param name="log">The path of the runtime's log in the bundle.</param>
    public static void End(string log)
    {
        byte[] words = Encoding.UTF8.GetBytes($"\0--log\0{log}\0");
        using DirectoryHandle processes = DirectoryHandle.Open("/proc");
        foreach (string name in processes.Names())
        {
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            {
                // Held first, so that what is ended is what was looked at.
                using PidFd? process = PidFd.TryOpen(pid);
                if (process is not null && HasWords(processes, name, words) && process.Send(Signal.Kill))
                {
                    process.WaitForEnd(LongestEnd);
                }
            }
        }
    }

    private static bool HasWords(DirectoryHandle processes, string name, ReadOnlySpan<byte> words)
    {
        try
        {
            using FileDescriptor? file = processes.TryOpenFile(name + "/cmdline", FileMode.Read);
            byte[] line = new byte[MostBytes];
            return file is not null && line.AsSpan(0, file.Read(line)).IndexOf(words) >= 0;
        }
        catch (LinuxException)
        {
            // It has ended.
            return false;
        }
    }
}
