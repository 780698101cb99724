using System.Diagnostics;
using Bulkhead.Tests.Support;

namespace Bulkhead.Tests.Runner;

/// <summary>A folder under <c>tests/</c> with a test project in it.</summary>
internal static class TestSuite
{
    // A test that hangs is named and ended by this; no single test may take so long.
    private const string HangLimit = "5m";

    private const string NeedsNoRoot = "unit";

    private const string InVirtualMachines = "vm";

    /// <summary>The suites there are, the unit tests first.</summary>
    public static string[] All() => Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "Bulkhead.Tests.*.csproj", SearchOption.AllDirectories)
        .Where(project => File.ReadAllText(project).Contains("\"Microsoft.NET.Test.Sdk\"", StringComparison.Ordinal))
        .Select(project => Path.GetFileName(Path.GetDirectoryName(project)!))
        .OrderBy(suite => suite != NeedsNoRoot).ThenBy(suite => suite, StringComparer.Ordinal).ToArray();

    /// <summary>Runs a suite and adds what its tests say, and what it leaves on the machine, to the report.</summary>
    public static void Run(string suite, string filter, string results, Report report)
    {
        Console.WriteLine($"\n== {suite} tests");
        string? project = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", suite), "*.csproj").FirstOrDefault();
        if (project is null)
        {
            report.Fail(suite, "there is no such test project");
            return;
        }

        if (suite != NeedsNoRoot && !Machine.IsRoot)
        {
            report.Skip(suite, "needs root");
            return;
        }

        if (suite == InVirtualMachines)
        {
            VirtualMachine.RunAll(suite, filter, results, report);
            return;
        }

        string name = Path.GetFileNameWithoutExtension(project);
        string assembly = Path.Combine(AppContext.BaseDirectory, "../..", name, "release", name + ".dll");
        string[] filtered = filter.Length > 0 ? ["--filter", filter] : [];
        // A shell's background job ignores interrupts, and so would the commands to which tests send them.
        var start = new ProcessStartInfo("env",
        [
            "--default-signal", "dotnet", "test", Path.GetFullPath(assembly), "--results-directory", results, "--logger", "trx", "--logger", "console;verbosity=minimal",
            "--blame-hang-timeout", HangLimit, "--blame-hang-dump-type", "none", .. filtered,
        ]);

        LeakCheck leaks = LeakCheck.Start();
        using Process tests = Process.Start(start)!;
        tests.WaitForExit();

        bool failed = Directory.Exists(results) && report.Read(Directory.EnumerateFiles(results, "*.trx", SearchOption.AllDirectories));
        if (tests.ExitCode != 0 && !failed)
        {
            report.Fail(suite, $"the test run itself failed: exit code {tests.ExitCode}");
        }

        foreach (string leak in leaks.Growth())
        {
            report.Fail(suite, $"left behind: {leak}");
        }
    }
}
