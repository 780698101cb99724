using System.Xml.Linq;

namespace Bulkhead.Tests.Runner;

/// <summary>What all suites together say.</summary>
internal sealed class Report(ExpectedSkip[] expected)
{
    private readonly List<(string Test, string Reason)> _failed = [];
    private readonly List<(string Test, string Reason)> _skipped = [];
    private int _passed;

    /// <summary>The line that a test run ends with.</summary>
    public string Count => $"{_passed} passed, {_failed.Count} failed, {_skipped.Count} skipped";

    /// <summary>Whether tests ran, none failed and every skip was expected.</summary>
    public bool IsGood => _passed > 0 && _failed.Count == 0 && !Unexpected.Any();

    private IEnumerable<(string Test, string Reason)> Unexpected =>
        _skipped.Where(skip => !expected.Any(line => line.Covers(skip.Test, skip.Reason)));

    /// <summary>Adds a failure.</summary>
    public void Fail(string test, string reason) => _failed.Add((test, reason));

    /// <summary>Adds a skip.</summary>
    public void Skip(string test, string reason) => _skipped.Add((test, reason));

    /// <summary>Adds the results of the test platform's result files.</summary>
    /// <param name="files">The files.</param>
    /// <param name="place">What goes before the tests' names: where else than here they ran.</param>
    /// <returns>Whether one of them failed.</returns>
    public bool Read(IEnumerable<string> files, string place = "")
    {
        int failed = _failed.Count;
        foreach (XElement file in files.Select(file => XDocument.Load(file).Root!))
        {
            XNamespace trx = file.Name.Namespace;
            Dictionary<string, string> classes = file.Descendants(trx + "UnitTest").ToDictionary(
                test => (string)test.Attribute("id")!,
                test => (string)test.Element(trx + "TestMethod")!.Attribute("className")!);
            foreach (XElement result in file.Descendants(trx + "UnitTestResult"))
            {
                string test = $"{place}{classes[(string)result.Attribute("testId")!]}.{(string)result.Attribute("testName")!}";
                string reason = (string?)result.Descendants(trx + "Message").FirstOrDefault() ?? "no reason given";
                switch ((string)result.Attribute("outcome")!)
                {
                    case "Passed":
                        _passed++;
                        break;
                    case "NotExecuted" or "Inconclusive":
                        Skip(test, reason);
                        break;
                    default:
                        Fail(test, reason);
                        break;
                }
            }
        }

        return _failed.Count > failed;
    }

    /// <summary>Names the skips and the failures, each with its reason.</summary>
    public void Print()
    {
        Console.WriteLine();
        Print("skipped", _skipped);
        Print("skipped, but not on the list in tests/expected-skips.txt", Unexpected);
        Print("FAILED", _failed);
        if (_passed == 0)
        {
            Console.WriteLine("no test passed");
        }
    }

    private static void Print(string what, IEnumerable<(string Test, string Reason)> tests)
    {
        foreach ((string test, string reason) in tests)
        {
            Console.WriteLine($"{what}: {test}: {reason.Trim().ReplaceLineEndings(" ")}");
        }
    }
}
