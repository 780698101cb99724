using System.Diagnostics;
using Bulkhead.Tests.Support;

namespace Bulkhead.Tests.Runner;

/// <summary>A run of tests in a virtual machine of their own, with systemd, a layout of cgroups or a security module that is not here.</summary>
/// <param name="Name">The machine, for results and reports.</param>
/// <param name="Engine">What the machine is: <c>uml</c>, which is quick, or <c>qemu</c>, which has all of a kernel.</param>
/// <param name="Layout">How cgroups are mounted in it.</param>
/// <param name="SecurityModule">The security module of its kernel, or <c>none</c>.</param>
/// <param name="Packages">Debian packages that it has besides, with commas; empty for none.</param>
/// <param name="Assembly">The tests.</param>
/// <param name="Options">What stands before every command of the runtime.</param>
/// <param name="Filter">Which of the tests; empty for all.</param>
internal sealed record VirtualMachine(string Name, string Engine, string Layout, string SecurityModule, string Packages, string Assembly, string Options, string Filter)
{
    // What the machine's starter ends with when something that it needs is not installed.
    private const int CannotStart = 2;

    private const string TimeLimit = "1500";

    private static readonly string s_folder = Path.Combine(Repository.Root, "tests/vm");

    /// <summary>What starts a machine: <c>BULKHEAD_VM</c>, or a tool beside the repository.</summary>
    private static string Starter => Environment.GetEnvironmentVariable("BULKHEAD_VM") is { Length: > 0 } other ? other
        : Path.GetFullPath(Path.Combine(Repository.Root, "../shared/vm/run-in-vm"));

    /// <summary>Runs the tests in all machines of <c>tests/vm/machines.txt</c>, two at a time.</summary>
    public static void RunAll(string suite, string filter, string results, Report report)
    {
        if (!File.Exists(Starter))
        {
            report.Skip(suite, $"needs a virtual machine: neither BULKHEAD_VM nor {Starter} starts one");
            return;
        }

        string shared = Prepare(Path.Combine(results, "in"));
        VirtualMachine[] machines = Read(Path.Combine(s_folder, "machines.txt"));
        Parallel.ForEach(machines, new ParallelOptions { MaxDegreeOfParallelism = 2 }, machine => machine.Run(suite, filter, shared, results, report));
        Directory.Delete(shared, recursive: true);
    }

    private static VirtualMachine[] Read(string file) => File.ReadAllLines(file)
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split('|', 8, StringSplitOptions.TrimEntries))
        .Select(columns => new VirtualMachine(columns[0], columns[1], columns[2], columns[3], columns[4], columns[5], columns[6], columns[7])).ToArray();

    /// <summary>Puts together what the guest gets: the runtime, the shim, the tests, and of .NET what runs them.</summary>
    private static string Prepare(string folder)
    {
        string dotnet = Path.Combine(folder, "dotnet");
        string from = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        string frameworks = "shared/Microsoft.NETCore.App";
        string sdk = Directory.EnumerateDirectories(Path.Combine(from, "sdk")).Where(path => File.Exists(Path.Combine(path, "vstest.console.dll"))).Max(StringComparer.Ordinal)!;
        foreach (string part in (string[])["dotnet/vstest", $"dotnet/{frameworks}"])
        {
            Directory.CreateDirectory(Path.Combine(folder, part));
        }

        Copy(dotnet, Path.Combine(from, "dotnet"), Path.Combine(from, "host"));
        Copy(Path.Combine(dotnet, frameworks), Path.Combine(from, frameworks, Environment.Version.ToString()));
        Copy(Path.Combine(dotnet, "vstest"),
        [
            Path.Combine(sdk, "Extensions"), Path.Combine(sdk, "Newtonsoft.Json.dll"), Path.Combine(sdk, "NuGet.Frameworks.dll"),
            .. Directory.EnumerateFiles(sdk, "vstest.console.*"), .. Directory.EnumerateFiles(sdk, "Microsoft.*TestPlatform*.dll"),
            .. Directory.EnumerateFiles(sdk, "Microsoft.Extensions.*.dll"),
        ]);
        Copy(folder, Path.Combine(s_folder, "guest.sh"));
        Copy(Path.Combine(folder, "runtime"), Repository.RuntimeBinary);
        Copy(Path.Combine(folder, "shim"), Repository.ShimBinary);
        foreach (string assembly in Read(Path.Combine(s_folder, "machines.txt")).Select(machine => machine.Assembly).Distinct())
        {
            Copy(folder, Path.Combine(AppContext.BaseDirectory, "../..", assembly, "release"));
            Directory.Move(Path.Combine(folder, "release"), Path.Combine(folder, assembly));
        }

        return folder;
    }

    private static void Copy(string to, params string[] what)
    {
        using Process copy = Process.Start("cp", ["-r", "-L", "--reflink=auto", .. what, to]);
        copy.WaitForExit();
    }

    private void Run(string suite, string filter, string shared, string results, Report report)
    {
        string name = $"{suite}/{Name}";
        string output = Path.Combine(results, Name, Assembly);
        string tests = filter.Length > 0 && Filter.Length > 0 ? $"({Filter})&({filter})" : Filter + filter;
        var start = new ProcessStartInfo(Starter,
        [
            "--engine", Engine, "--cgroup", Layout, "--lsm", SecurityModule, .. Packages.Length == 0 ? (string[])[] : ["--packages", Packages],
            "--time-limit", TimeLimit, "--output", output, shared, "--",
            "bash", "guest.sh", Name, Assembly, Options, tests,
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process machine = Process.Start(start)!;
        Task<string> error = machine.StandardError.ReadToEndAsync();
        string text = machine.StandardOutput.ReadToEnd();
        machine.WaitForExit();
        lock (report)
        {
            Console.WriteLine($"\n== {name}: {Assembly}\n{text.Trim()}\n{error.Result.Trim()}");
            if (machine.ExitCode == CannotStart)
            {
                report.Skip(name, $"needs a virtual machine: {error.Result.Trim()}");
                return;
            }

            bool failed = Directory.Exists(output) && report.Read(Directory.EnumerateFiles(output, "*.trx"), $"{name}/");
            if (machine.ExitCode != 0 && !failed)
            {
                report.Fail(name, $"the test run itself failed: exit code {machine.ExitCode}");
            }
        }
    }
}
