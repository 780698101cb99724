using System.Globalization;

namespace Bulkhead.Cgroups.V2;

/// <summary>Reads the pressure files: <c>some avg10=0.00 avg60=0.00 avg300=0.00 total=0</c>, and the same for <c>full</c>.</summary>
/// <remarks>kernel, accounting/psi.rst.</remarks>
internal static class PressureText
{
    /// <returns>Null when the kernel does not measure pressure.</returns>
    internal static PressureStatistics? Read(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        PressureFigures some = default;
        PressureFigures full = default;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("some "))
            {
                some = ReadLine(line);
            }
            else if (line.StartsWith("full "))
            {
                full = ReadLine(line);
            }
        }

        return new PressureStatistics { Some = some, Full = full };
    }

    private static PressureFigures ReadLine(ReadOnlySpan<char> line)
    {
        Dictionary<string, string> values = StatisticsText.Assignments(line);
        return new PressureFigures(Share("avg10"), Share("avg60"), Share("avg300"), StatisticsText.Number(values.GetValueOrDefault("total")));

        double Share(string name) =>
            double.TryParse(values.GetValueOrDefault(name), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) ? share : 0;
    }
}
