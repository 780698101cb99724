using System.Globalization;

namespace Bulkhead.Linux.Processes;

/// <summary>A set of small numbers, of processors or of memory nodes, as the kernel takes it: a bit for each.</summary>
/// <remarks>cpuset(7), FORMATS: "List format".</remarks>
public sealed class NumberSet
{
    private const int WordBits = 64;

    private readonly ulong[] _words;

    private NumberSet(ulong[] words) => _words = words;

    /// <summary>The set's bits, the lowest number in the lowest bit of the first word.</summary>
    public ReadOnlySpan<ulong> Words => _words;

    /// <summary>Reads a list: <c>0-3,7</c>. Blanks around its parts and empty parts do no harm.</summary>
    /// <param name="text">The list.</param>
    /// <param name="limit">What each number has to be below.</param>
    /// <returns>Null for a text without a number.</returns>
    /// <exception cref="FormatException">It is no list, or holds a number that is too high.</exception>
    public static NumberSet? Parse(string text, int limit)
    {
        ulong[]? words = null;
        foreach (Range range in text.AsSpan().Split(','))
        {
            ReadOnlySpan<char> part = text.AsSpan(range).Trim();
            if (part.IsEmpty)
            {
                continue;
            }

            int dash = part.IndexOf('-');
            int first = ParseNumber(dash < 0 ? part : part[..dash], part, limit);
            int last = dash < 0 ? first : ParseNumber(part[(dash + 1)..], part, limit);
            if (first > last)
            {
                throw new FormatException($"\"{part}\" goes backwards");
            }

            words ??= new ulong[(limit + WordBits - 1) / WordBits];
            for (int number = first; number <= last; number++)
            {
                words[number / WordBits] |= 1UL << (number % WordBits);
            }
        }

        return words is null ? null : new NumberSet(words);
    }

    private static int ParseNumber(ReadOnlySpan<char> text, ReadOnlySpan<char> part, int limit)
    {
        if (!uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
        {
            throw new FormatException($"\"{part}\" is neither a number nor a range of numbers");
        }

        return number < limit ? (int)number : throw new FormatException($"{number} is not below {limit}");
    }
}
