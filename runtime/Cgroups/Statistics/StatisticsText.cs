using System.Globalization;

namespace Bulkhead.Cgroups;

/// <summary>Reads the formats that control files show figures in. What a kernel shows otherwise is left out.</summary>
/// <remarks>kernel, cgroup-v2.rst, "Format": single values, flat keyed and nested keyed files.</remarks>
internal static class StatisticsText
{
    /// <summary>A single number; <c>max</c> is the largest, absent or unreadable is 0.</summary>
    internal static ulong Number(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        return text.SequenceEqual("max") ? ulong.MaxValue
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : 0;
    }

    /// <summary>Numbers with white space between them.</summary>
    internal static List<ulong> Numbers(ReadOnlySpan<char> text)
    {
        List<ulong> numbers = [];
        foreach (Range range in text.SplitAny(" \t\n"))
        {
            if (ulong.TryParse(text[range], NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
            {
                numbers.Add(number);
            }
        }

        return numbers;
    }

    /// <summary>Lines of a name and a number.</summary>
    internal static Dictionary<string, ulong> Pairs(ReadOnlySpan<char> text)
    {
        Dictionary<string, ulong> pairs = [];
        foreach (ReadOnlySpan<char> line in text.EnumerateLines())
        {
            int space = line.IndexOf(' ');
            if (space > 0 && ulong.TryParse(line[(space + 1)..].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
            {
                pairs[line[..space].ToString()] = number;
            }
        }

        return pairs;
    }

    /// <summary>Words of the form <c>name=value</c> in a line.</summary>
    internal static Dictionary<string, string> Assignments(ReadOnlySpan<char> line)
    {
        Dictionary<string, string> values = [];
        foreach (Range range in line.Split(' '))
        {
            ReadOnlySpan<char> word = line[range];
            int equals = word.IndexOf('=');
            if (equals > 0)
            {
                values[word[..equals].ToString()] = word[(equals + 1)..].ToString();
            }
        }

        return values;
    }
}
