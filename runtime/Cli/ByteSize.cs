using System.Globalization;

namespace Bulkhead.Runtime.Cli;

/// <summary>Sizes in bytes as people type them.</summary>
internal static class ByteSize
{
    /// <summary>
    /// Reads a number, with or without a fraction, and a unit: none or <c>b</c> for bytes; <c>k m g t p</c>, with or without
    /// <c>b</c> or <c>ib</c> behind, for powers of 1024. Letters in either case; one space may stand before the unit.
    /// </summary>
    /// <returns>False if it is something else, or does not fit into 63 bits.</returns>
    /// <remarks>RAMInBytes of docker/go-units, which runc uses.</remarks>
    internal static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        int end = text.AsSpan().LastIndexOfAnyInRange('0', '9') + 1;
        end += end < text.Length && end > 0 && text[end] == '.' ? 1 : 0;
        ReadOnlySpan<char> unit = text.AsSpan(end);
        unit = unit.Length > 1 && unit[0] == ' ' ? unit[1..] : unit;
        if (ShiftOf(unit) is not { } shift
            || !decimal.TryParse(text.AsSpan(0, end), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            || number > decimal.MaxValue / (1L << shift))
        {
            return false;
        }

        decimal product = decimal.Truncate(number * (1L << shift));
        bytes = product <= long.MaxValue ? (long)product : 0;
        return product <= long.MaxValue;
    }

    private static int? ShiftOf(ReadOnlySpan<char> unit)
    {
        if (unit.IsEmpty || unit.Equals("b", StringComparison.OrdinalIgnoreCase))
        {
            return 0;
        }

        bool complete = unit[1..] is "" || unit[1..].Equals("b", StringComparison.OrdinalIgnoreCase) || unit[1..].Equals("ib", StringComparison.OrdinalIgnoreCase);
        return !complete ? null : unit[0] switch
        {
            'k' or 'K' => 10,
            'm' or 'M' => 20,
            'g' or 'G' => 30,
            't' or 'T' => 40,
            'p' or 'P' => 50,
            _ => null,
        };
    }
}
