using NUnit.Framework;

namespace Bulkhead.Tests.Conformance.RuntimeSpec;

/// <summary>A report is read right: a suite whose failures are overlooked looks exactly like one that passes.</summary>
internal sealed class TapReportTests
{
    [TestCase("TAP version 13\nok 1 - a\nok 2 - b\n1..2\n", TestName = "all passed")]
    [TestCase("TAP version 13\nok 1 # SKIP a\nnot ok 2 # TODO b\n1..2\n", TestName = "a skip and something to do")]
    [TestCase("TAP version 13\nok 1 - a\n1..1\n1..0\n", TestName = "a second plan")]
    [TestCase("TAP version 13\nok 1 - a\n  ---\n  {\n    \"error\": \"was to be\"\n  }\n  ...\n1..1\n", TestName = "an error that was to be")]
    [TestCase("TAP version 13\n1..0\n", TestName = "no result")]
    [TestCase("", TestName = "nothing")]
    public void Passes(string output) => Assert.That(TapReport.Parse(output).Failures, Is.Empty);

    [TestCase("TAP version 13\nok 1 - a\nnot ok 2 - b\n# why\n1..2\n", "not ok 2 - b\n# why", TestName = "a failure and why")]
    [TestCase("TAP version 13\nok 1 - a\n1..2\n", "2 results were announced, and 1 came", TestName = "a result is missing")]
    [TestCase("TAP version 13\n  ---\n  {\n    \"error\": \"hook\"\n  }\n  ...\n1..0\n", "hook", TestName = "no result but an error")]
    public void Fails(string output, string failure) => Assert.That(TapReport.Parse(output).Failures, Is.EqualTo(new[] { failure }));

    [TestCase(1, "", "exit code 1", TestName = "an exit code")]
    [TestCase(null, "TAP version 13\nok 1 - a\n1..1\n", "not ended after 60 s", TestName = "a hang")]
    public void Verdict_fails(int? exitCode, string output, string explanation)
    {
        Verdict verdict = Verdict.Of(exitCode, output, "");

        Assert.That(verdict.Passed, Is.False);
        Assert.That(verdict.Explanation, Does.StartWith(explanation));
    }
}
