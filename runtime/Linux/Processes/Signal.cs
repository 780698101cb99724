using System.Globalization;

namespace Bulkhead.Linux.Processes;

/// <summary>A signal, or 0, with which kill(2) only asks whether the process is there.</summary>
/// <param name="Number">The kernel's number, 0 to 64; the same on x64 and arm64.</param>
/// <remarks>signal(7).</remarks>
public readonly record struct Signal(int Number)
{
    // The C library keeps the first two real-time signals, 32 and 33, for itself.
    private const int FirstRealTime = 34;
    private const int LastRealTime = 64;

    /// <summary>The terminal was hung up.</summary>
    public static Signal Hup => new(1);

    /// <summary>Interrupt from the keyboard.</summary>
    public static Signal Int => new(2);

    /// <summary>Ends a process that can't refuse.</summary>
    public static Signal Kill => new(9);

    /// <summary>A write to a pipe without a reader.</summary>
    public static Signal Pipe => new(13);

    /// <summary>Asks a process to end.</summary>
    public static Signal Term => new(15);

    /// <summary>A child has ended or stopped.</summary>
    public static Signal Chld => new(17);

    /// <summary>Goes on after a stop.</summary>
    public static Signal Cont => new(18);

    /// <summary>Stops a process that can't refuse.</summary>
    public static Signal Stop => new(19);

    /// <summary>Data on a descriptor is urgent; the runtime of other languages uses it between threads.</summary>
    public static Signal Urg => new(23);

    /// <summary>The window of the terminal has another size.</summary>
    public static Signal Winch => new(28);

    /// <summary>Reads <c>15</c>, <c>TERM</c>, <c>SIGTERM</c>, <c>sigterm</c>, <c>RTMIN+3</c> or <c>SIGRTMAX-1</c>.</summary>
    /// <exception cref="FormatException">There is no such signal.</exception>
    public static Signal Parse(string text) =>
        TryParse(text, out Signal signal) ? signal : throw new FormatException($"unknown signal \"{text}\"");

    /// <summary>As <see cref="Parse"/>, without an exception.</summary>
    public static bool TryParse(string text, out Signal signal)
    {
        signal = default;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            signal = new Signal(number);
            return number <= LastRealTime;
        }

        ReadOnlySpan<char> name = text;
        if (name.StartsWith("SIG", StringComparison.OrdinalIgnoreCase))
        {
            name = name[3..];
        }

        signal = new Signal(NumberOf(name));
        return signal.Number != 0;
    }

    /// <summary>The signal's name: <c>SIGTERM</c>, <c>SIGRTMIN+3</c>; the number for what has none.</summary>
    public override string ToString() => Number switch
    {
        FirstRealTime => "SIGRTMIN",
        > FirstRealTime and < LastRealTime => string.Create(CultureInfo.InvariantCulture, $"SIGRTMIN+{Number - FirstRealTime}"),
        LastRealTime => "SIGRTMAX",
        _ => NameOf(Number) is { } name ? "SIG" + name : Number.ToString(CultureInfo.InvariantCulture),
    };

    private static int NumberOf(ReadOnlySpan<char> name)
    {
        for (int number = 1; NameOf(number) is { } known; number++)
        {
            if (name.Equals(known, StringComparison.OrdinalIgnoreCase))
            {
                return number;
            }
        }

        return name.Equals("IOT", StringComparison.OrdinalIgnoreCase) ? 6
            : name.Equals("CLD", StringComparison.OrdinalIgnoreCase) ? 17
            : name.Equals("POLL", StringComparison.OrdinalIgnoreCase) ? 29
            : name.StartsWith("RTMIN", StringComparison.OrdinalIgnoreCase) ? RealTime(FirstRealTime, '+', name[5..])
            : name.StartsWith("RTMAX", StringComparison.OrdinalIgnoreCase) ? RealTime(LastRealTime, '-', name[5..])
            : 0;
    }

    private static int RealTime(int start, char sign, ReadOnlySpan<char> offset)
    {
        if (offset.IsEmpty)
        {
            return start;
        }

        bool valid = offset[0] == sign
            & int.TryParse(offset[1..], NumberStyles.None, CultureInfo.InvariantCulture, out int distance)
            & distance <= LastRealTime - FirstRealTime;
        return !valid ? 0 : sign == '+' ? start + distance : start - distance;
    }

    private static string? NameOf(int number) => number switch
    {
        1 => "HUP",
        2 => "INT",
        3 => "QUIT",
        4 => "ILL",
        5 => "TRAP",
        6 => "ABRT",
        7 => "BUS",
        8 => "FPE",
        9 => "KILL",
        10 => "USR1",
        11 => "SEGV",
        12 => "USR2",
        13 => "PIPE",
        14 => "ALRM",
        15 => "TERM",
        16 => "STKFLT",
        17 => "CHLD",
        18 => "CONT",
        19 => "STOP",
        20 => "TSTP",
        21 => "TTIN",
        22 => "TTOU",
        23 => "URG",
        24 => "XCPU",
        25 => "XFSZ",
        26 => "VTALRM",
        27 => "PROF",
        28 => "WINCH",
        29 => "IO",
        30 => "PWR",
        31 => "SYS",
        _ => null,
    };
}
