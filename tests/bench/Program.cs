using System.Globalization;
using Bulkhead.Bench;
using Bulkhead.Tests.Support;

// Bulkhead.Bench RUNTIME ROUNDS [OTHER-RUNTIME ...]
// Measures RUNTIME beside the plain C floor, the crun and runc that are installed, and those named. Prints Markdown.
if (!Machine.IsRoot)
{
    Console.Error.WriteLine("bench: needs root");
    return 1;
}

// Everything is mounted and measured in a mount namespace of our own, which goes when we do.
const string Outside = "BULKHEAD_BENCH_OUTSIDE";
string here = HostProcess.Self.Namespace("mnt");
if (Environment.GetEnvironmentVariable(Outside) is not { } outside || outside == here)
{
    Environment.SetEnvironmentVariable(Outside, here);
    string[] again = ["--mount", "--propagation", "private", Environment.ProcessPath!, typeof(Workspace).Assembly.Location, .. args];
    return Shell.ExitCode("unshare", again);
}

try
{
    int rounds = int.Parse(args[1], CultureInfo.InvariantCulture);
    CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
    using var workspace = new Workspace();
    OciRuntime[] runtimes =
    [
        new("**runtime**", args[0]),
        .. new[] { "/usr/bin/crun", "/usr/sbin/runc" }.Concat(args[2..]).Where(File.Exists).Select(OciRuntime.Named).DistinctBy(runtime => runtime.Name),
    ];
    var scenarios = new Scenarios(workspace, runtimes, rounds);

    Console.WriteLine(Machines.Describe());
    Console.WriteLine();
    Console.WriteLine($"`run` of a static `true` in the default bundle, {rounds} rounds:");
    Console.WriteLine();
    Report.Compare(scenarios.Run(workspace.True));
    Console.WriteLine($"The same with a seccomp profile of Docker's size, {rounds} rounds (the floor has none):");
    Console.WriteLine();
    Report.Compare(scenarios.Run(workspace.Filtered));
    Console.WriteLine($"The parts of a container's life, median of {scenarios.FewerRounds} rounds:");
    Console.WriteLine();
    Report.Life(scenarios.Life());
    Console.WriteLine($"{Scenarios.Many} containers one after the other, all kept:");
    Console.WriteLine();
    Report.Crowds(scenarios.OneByOne(), scenarios.AllAtOnce());
    Console.WriteLine("The phases of `runtime run`:");
    Console.WriteLine();
    Report.Phases(scenarios.Phases());
    return 0;
}
catch (Exception error)
{
    // The process ends here, but not before the containers and mounts have been removed.
    Console.Error.WriteLine($"bench: {error.Message}");
    return 1;
}
