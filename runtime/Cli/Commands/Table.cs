using System.Globalization;
using System.Text;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary>Text in columns, laid out as runc's: each as wide as its longest text and three spaces, 12 characters at least.</summary>
/// <remarks>Go's text/tabwriter with minwidth 12 and padding 3. The last column is not padded.</remarks>
internal static class Table
{
    private const int LeastWidth = 12;
    private const int Padding = 3;

    /// <summary>Lays out rows that all have as many cells as the first.</summary>
    internal static string Format(IReadOnlyList<string[]> rows)
    {
        int[] widths = new int[rows[0].Length];
        foreach (string[] row in rows)
        {
            for (int i = 0; i < widths.Length; i++)
            {
                widths[i] = Math.Max(widths[i], Math.Max(LeastWidth, LengthOf(row[i]) + Padding));
            }
        }

        StringBuilder text = new();
        foreach (string[] row in rows)
        {
            for (int i = 0; i < widths.Length - 1; i++)
            {
                text.Append(row[i]).Append(' ', widths[i] - LengthOf(row[i]));
            }

            text.Append(row[^1]).Append('\n');
        }

        return text.ToString();
    }

    // A letter outside of the basic plane is two chars and one column.
    private static int LengthOf(string cell) => new StringInfo(cell).LengthInTextElements;
}
