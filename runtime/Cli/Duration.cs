using System.Globalization;

namespace Bulkhead.Runtime.Cli;

/// <summary>Durations as people type them.</summary>
internal static class Duration
{
    private const long MostTicks = TimeSpan.TicksPerDay * 36500;

    /// <summary>Reads numbers with units, one after the other: <c>5s</c>, <c>1m30s</c>, <c>1.5h</c>, <c>100ms</c>; <c>0</c> needs none.</summary>
    /// <returns>False if it is something else, negative, or more than a hundred years.</returns>
    /// <remarks>ParseDuration of Go's time package; parts of 100 ns are cut off.</remarks>
    internal static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        if (text is "0")
        {
            return true;
        }

        decimal ticks = 0;
        ReadOnlySpan<char> rest = text.StartsWith("+") ? text[1..] : text;
        do
        {
            int digits = LengthOf(rest, numeric: true);
            if (digits == 0 || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
            {
                return false;
            }

            rest = rest[digits..];
            ReadOnlySpan<char> unit = rest[..LengthOf(rest, numeric: false)];
            rest = rest[unit.Length..];
            if (TicksOf(unit) is not { } ticksOfUnit || number > MostTicks)
            {
                return false;
            }

            ticks += number * ticksOfUnit;
        }
        while (!rest.IsEmpty);

        duration = ticks <= MostTicks ? new TimeSpan((long)ticks) : default;
        return ticks <= MostTicks;
    }

    private static int LengthOf(ReadOnlySpan<char> text, bool numeric)
    {
        int length = 0;
        while (length < text.Length && (char.IsAsciiDigit(text[length]) || text[length] == '.') == numeric)
        {
            length++;
        }

        return length;
    }

    private static decimal? TicksOf(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 0.01m,
        "us" or "µs" or "μs" => TimeSpan.TicksPerMicrosecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "s" => TimeSpan.TicksPerSecond,
        "m" => TimeSpan.TicksPerMinute,
        "h" => TimeSpan.TicksPerHour,
        _ => null,
    };
}
