using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Conformance.RuntimeSpec;

/// <summary>Runs the OCI's own validation programs, each a test case, and holds them against <c>expectations.txt</c>.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class ValidationTests
{
    private const string Established = "/usr/sbin/runc";

    private static readonly Expectation[] s_expectations = Expectation.Read();

    private static readonly Lazy<ValidationSuite> s_suite = new(ValidationSuite.Build);

    private static IEnumerable<TestCaseData> Programs =>
        s_expectations.Select(expectation => new TestCaseData(expectation.Program).SetArgDisplayNames(expectation.Program));

    [Test]
    public void Each_program_of_the_suite_has_its_line_in_the_list() =>
        Assert.That(s_suite.Value.Programs, Is.EquivalentTo(s_expectations.Select(expectation => expectation.Program)));

    [Test]
    public void Each_expected_failure_has_its_reason() =>
        Assert.That(s_expectations.Where(expectation => expectation is { Result: not "pass", Reason: "" }), Is.Empty);

    [TestCaseSource(nameof(Programs))]
    public void Validation(string program)
    {
        Expectation expected = s_expectations.Single(expectation => expectation.Program == program);

        Verdict ours = Run(program, Repository.RuntimeBinary);

        switch (expected.Passes)
        {
            case true:
                Assert.That(ours.Passed, Is.True, () => $"{program} fails: {ours.Explanation}\n{WhatTheOtherSays(program)}");
                break;
            case false:
                Assert.That(ours.Passed, Is.False, $"{program} passes, which is good news: tests/conformance/expectations.txt expects it to fail");
                Assert.That(PassesElsewhere(program), Is.False, $"{program} fails, as expected, but with {Established} it passes: {ours.Explanation}");
                break;
            default:
                TestContext.Out.WriteLine($"{(ours.Passed ? "passed" : "failed")} this time: {expected.Reason}");
                break;
        }
    }

    private static bool PassesElsewhere(string program) => File.Exists(Established) && Run(program, Established).Passed;

    private static string WhatTheOtherSays(string program) => !File.Exists(Established) ? $"no {Established} to compare with"
        : Run(program, Established) is { Passed: false } other ? $"with {Established} it fails, too: {other.Explanation}"
        : $"with {Established} it passes";

    private static Verdict Run(string program, string runtime) => s_suite.Value.Run(program, runtime);
}
