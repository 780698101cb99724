namespace Bulkhead.Runtime.Resctrl;

/// <summary>The texts of a <c>schemata</c> file: a line for each resource, with a value for each of its domains.</summary>
/// <remarks>kernel, Documentation/filesystems/resctrl.rst, "Schemata files - general concepts": <c>L3:0=7f0;1=1f</c>.</remarks>
internal static class Schemata
{
    /// <summary>The lines of the two properties that versions before 1.3 have, as one text; empty for none.</summary>
    /// <remarks>runtime-spec, config-linux.md, "IntelRdt": of <paramref name="cache"/> lines for memory bandwidth are left out.</remarks>
    public static string Combine(string? cache, string? bandwidth)
    {
        List<string> lines = [];
        foreach (string line in (cache ?? "").Split('\n'))
        {
            if (line.Length > 0 && !line.StartsWith("MB:", StringComparison.Ordinal))
            {
                lines.Add(line);
            }
        }

        if (bandwidth is { Length: > 0 })
        {
            lines.Add(bandwidth);
        }

        return string.Join('\n', lines);
    }

    /// <summary>Finds a value that a group does not have.</summary>
    /// <param name="wanted">What it should have.</param>
    /// <param name="present">What the kernel says that it has.</param>
    /// <returns>Such as <c>L3:0=f</c>; null when there is none.</returns>
    public static string? FindDifference(string wanted, string present)
    {
        Dictionary<string, string> values = Values(present);
        foreach ((string place, string value) in Values(wanted))
        {
            if (!values.TryGetValue(place, out string? other) || other != value)
            {
                return $"{place}={value}";
            }
        }

        return null;
    }

    /// <summary>The values by resource and domain, without what can be written in two ways.</summary>
    private static Dictionary<string, string> Values(string text)
    {
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        foreach (string line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string resource = colon < 0 ? line : line[..colon].TrimEnd();
            foreach (string part in (colon < 0 ? "" : line[(colon + 1)..]).Split(';', StringSplitOptions.TrimEntries))
            {
                int equals = part.IndexOf('=', StringComparison.Ordinal);
                string domain = WithoutZeros(equals < 0 ? part : part[..equals].TrimEnd());
                values[$"{resource}:{domain}"] = equals < 0 ? "" : WithoutZeros(part[(equals + 1)..].TrimStart()).ToLowerInvariant();
            }
        }

        return values;
    }

    private static string WithoutZeros(string number) => number.TrimStart('0') is { Length: > 0 } rest ? rest : number.Length == 0 ? "" : "0";
}
