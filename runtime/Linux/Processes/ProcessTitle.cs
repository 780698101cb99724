using Bulkhead.Linux.Files;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Linux.Processes;

/// <summary>The command line that ps(1) shows of the calling process.</summary>
/// <remarks>proc(5), <c>/proc/pid/cmdline</c>: the kernel reads it from the process's own memory, which the process may write to.</remarks>
[ChildSafe]
public static class ProcessTitle
{
    private const int StartArgumentsField = 48;
    private const int MostBytes = 8192;

    private static ulong s_start;
    private static ulong s_end;

    /// <summary>Shows one argument in place of all but the program's name; as much of it as there is room where they are.</summary>
    /// <param name="proc">procfs of the host.</param>
    /// <param name="argument">The argument, in ASCII.</param>
    /// <exception cref="LinuxException">As opening and reading <c>/proc/self/stat</c>.</exception>
    public static void Set(ProcFile proc, ReadOnlySpan<byte> argument)
    {
        if (s_end == 0)
        {
            using FileDescriptor file = proc.Open("self/stat", FileMode.Read);
            ReadOnlySpan<byte> status = file.ReadToEnd(MostBytes);
            Note(ProcessStatus.Field(status, StartArgumentsField), ProcessStatus.Field(status, StartArgumentsField + 1));
        }

        // Sound: the kernel has put the arguments there for the process to have, and says how far they go; what was read
        // of them at the start are copies.
        unsafe
        {
            Span<byte> arguments = new((void*)s_start, checked((int)(s_end - s_start)));
            Span<byte> rest = arguments[Math.Min(arguments.IndexOf((byte)0) + 1, arguments.Length)..];
            rest.Clear();

            // The kernel goes on behind the last byte unless it is a zero.
            argument[..Math.Clamp(rest.Length - 1, 0, argument.Length)].CopyTo(rest);
        }
    }

    /// <summary>Saves a later <see cref="Set"/> asking the kernel, which takes it longer than all the rest.</summary>
    internal static void Note(ulong start, ulong end) => (s_start, s_end) = (start, end);
}
