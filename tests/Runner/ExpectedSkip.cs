using System.IO.Enumeration;

namespace Bulkhead.Tests.Runner;

/// <summary>A line of <c>tests/expected-skips.txt</c>.</summary>
/// <param name="Pattern">A test's full name; * stands for anything.</param>
/// <param name="Reason">What the reason contains.</param>
internal sealed record ExpectedSkip(string Pattern, string Reason)
{
    /// <summary>Reads the list: <c>pattern | reason</c>, a line each; # begins a comment.</summary>
    public static ExpectedSkip[] Read(string file) => File.ReadAllLines(file)
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split('|', 2, StringSplitOptions.TrimEntries))
        .Select(columns => new ExpectedSkip(columns[0], columns[1])).ToArray();

    /// <summary>Whether this line describes that skip.</summary>
    public bool Covers(string test, string reason) =>
        FileSystemName.MatchesSimpleExpression(Pattern, test, ignoreCase: false) && reason.Contains(Reason, StringComparison.Ordinal);
}
