using System.Globalization;
using Bulkhead.Linux.Files;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Linux.Processes;

/// <summary>What procfs tells of a process.</summary>
/// <param name="State">The letter of its state: <c>Z</c> and <c>X</c> have ended.</param>
/// <param name="StartTime">When it was started, in clock ticks since boot.</param>
/// <remarks>proc(5), <c>/proc/pid/stat</c>.</remarks>
public readonly record struct ProcessStatus(char State, ulong StartTime)
{
    private const int StateField = 3;
    private const int StartTimeField = 22;
    private const int MostBytes = 8192;

    /// <summary>Whether the process has ended, reaped or not.</summary>
    public bool HasEnded => State is 'Z' or 'X' or 'x';

    /// <summary>Reads the status of a process; null when there is none of that number.</summary>
    /// <exception cref="LinuxException">As open(2) and read(2), ENOENT and ESRCH excepted.</exception>
    public static ProcessStatus? TryRead(ProcFile proc, int pid)
    {
        try
        {
            using FileDescriptor file = proc.Open(string.Create(CultureInfo.InvariantCulture, $"{pid}/stat"), FileMode.Read);
            return Parse(file.ReadToEnd(MostBytes));
        }
        catch (LinuxException error) when (error.Error is Errno.ENOENT or Errno.ESRCH)
        {
            return null;
        }
    }

    /// <summary>Takes the file's content apart.</summary>
    /// <exception cref="FormatException">It is not what proc(5) describes.</exception>
    public static ProcessStatus Parse(ReadOnlySpan<byte> stat)
    {
        ReadOnlySpan<byte> fields = AfterName(stat);
        return new ProcessStatus((char)fields[0], Number(fields, StartTimeField));
    }

    /// <summary>One number of the file's content.</summary>
    /// <param name="stat">The content.</param>
    /// <param name="field">Which, as proc(5) counts them; 4 or above.</param>
    /// <exception cref="FormatException">It is not what proc(5) describes.</exception>
    internal static ulong Field(ReadOnlySpan<byte> stat, int field) => Number(AfterName(stat), field);

    /// <summary>The fields from the third on: the second is the program's name in parentheses, which may hold anything, parentheses and blanks included.</summary>
    private static ReadOnlySpan<byte> AfterName(ReadOnlySpan<byte> stat)
    {
        ReadOnlySpan<byte> rest = stat[(stat.LastIndexOf((byte)')') + 1)..];
        return rest.Length >= 2 && rest.Length < stat.Length ? rest[1..] : throw new FormatException("/proc/pid/stat: no program name in parentheses");
    }

    private static ulong Number(ReadOnlySpan<byte> fields, int wanted)
    {
        for (int field = StateField; field < wanted; field++)
        {
            int blank = fields.IndexOf((byte)' ');
            fields = blank >= 0 ? fields[(blank + 1)..] : throw new FormatException("/proc/pid/stat: too few fields");
        }

        int end = fields.IndexOfAny((byte)' ', (byte)'\n');
        return ulong.Parse(end < 0 ? fields : fields[..end], CultureInfo.InvariantCulture);
    }
}
