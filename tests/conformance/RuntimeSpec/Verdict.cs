namespace Bulkhead.Tests.Conformance.RuntimeSpec;

/// <summary>What a program of the suite says of a runtime.</summary>
/// <param name="Passed">Whether the runtime does what the program expects.</param>
/// <param name="Explanation">What failed.</param>
internal sealed record Verdict(bool Passed, string Explanation)
{
    /// <summary>Judges by how the program ended, what it reported and what it wrote to stderr.</summary>
    /// <param name="exitCode">Its exit code; null when it had to be killed.</param>
    /// <param name="output">Its stdout.</param>
    /// <param name="error">Its stderr; of programs that pass, too, for they try what has to fail.</param>
    public static Verdict Of(int? exitCode, string output, string error)
    {
        TapReport report = TapReport.Parse(output);
        string[] failures =
        [
            .. exitCode switch
            {
                0 => (string[])[],
                null => [$"not ended after {ValidationSuite.TimeLimit.TotalSeconds} s"],
                _ => [$"exit code {exitCode}"],
            },
            .. report.Failures,
        ];
        return new Verdict(failures.Length == 0, $"{string.Join('\n', failures)}\nstderr: {error.Trim()}");
    }
}
