using Bulkhead.Tests.Runner;
using Bulkhead.Tests.Support;

// Bulkhead.Tests.Runner FILTER [SUITE ...]
// Runs the compiled test projects under tests/, or those named, and sums up what they say. FILTER, when not empty, is
// an expression for `dotnet test --filter`. The count is left in artifacts/tests/count: "N passed, N failed, N skipped".
Environment.SetEnvironmentVariable(TemporaryFolder.RunVariable, Guid.NewGuid().ToString("N")[..6]);
string results = Path.Combine(Repository.Root, "artifacts/tests");
string filter = args[0];
string[] suites = args.Length > 1 ? args[1..] : TestSuite.All();
var report = new Report(ExpectedSkip.Read(Path.Combine(Repository.Root, "tests/expected-skips.txt")));

if (Directory.Exists(results))
{
    Directory.Delete(results, recursive: true);
}

Directory.CreateDirectory(results);
foreach (string suite in suites)
{
    TestSuite.Run(suite, filter, Path.Combine(results, suite), report);
}

report.Print();
File.WriteAllText(Path.Combine(results, "count"), report.Count);
return report.IsGood ? 0 : 1;
