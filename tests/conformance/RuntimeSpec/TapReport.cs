using System.Text.Json;
using System.Text.RegularExpressions;

namespace Bulkhead.Tests.Conformance.RuntimeSpec;

/// <summary>What a program of the suite says on stdout, in the Test Anything Protocol as <c>tap/tap.go</c> writes it.</summary>
/// <param name="Results">How many results it gives.</param>
/// <param name="Failures">What failed, each with its explanation.</param>
internal sealed partial record TapReport(int Results, IReadOnlyList<string> Failures)
{
    /// <summary>Reads a report.</summary>
    /// <remarks>
    /// Two habits of the suite's: a program may write the plan twice, of which the first counts; and those about hooks give no
    /// result at all, but a remark with an error in it when something failed.
    /// </remarks>
    public static TapReport Parse(string output)
    {
        List<string> failures = [];
        string[] remarkErrors = Remark().Matches(output).Select(remark => ErrorIn(remark.Groups[1].Value)).OfType<string>().ToArray();
        int results = 0;
        int? planned = null;
        string[] lines = output.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (Plan().Match(lines[i]) is { Success: true } plan)
            {
                planned ??= Number(plan);
            }
            else if (Result().Match(lines[i]) is { Success: true } result)
            {
                results++;
                if (result.Groups[1].Length > 0 && result.Groups[2].Value != "TODO")
                {
                    failures.Add(lines[i] + Explanation(lines, i + 1));
                }
            }
        }

        if (planned is { } count && count != results)
        {
            failures.Add($"{count} results were announced, and {results} came");
        }

        return new TapReport(results, results == 0 ? [.. failures, .. remarkErrors] : failures);
    }

    // What stands below a failed result, up to the next one.
    private static string Explanation(string[] lines, int first)
    {
        string[] below = lines.Skip(first)
            .TakeWhile(line => line.StartsWith('#') || line.StartsWith("  ", StringComparison.Ordinal)).ToArray();
        return below.Length == 0 ? "" : "\n" + string.Join('\n', below);
    }

    private static string? ErrorIn(string remark)
    {
        using JsonDocument document = JsonDocument.Parse(remark);
        return document.RootElement.TryGetProperty("error", out JsonElement error) && error.GetString() is { Length: > 0 } text ? text : null;
    }

    private static int Number(Match plan) => int.Parse(plan.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^  ---\n(.*?)^  \.\.\.$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Remark();

    [GeneratedRegex(@"^1\.\.(\d+)$")]
    private static partial Regex Plan();

    [GeneratedRegex(@"^(not )?ok \d+ (?:# (SKIP|TODO)|-)")]
    private static partial Regex Result();
}
