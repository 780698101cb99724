using System.Globalization;
using Bulkhead.Bench;
using Bulkhead.Bench.Shims;
using Bulkhead.Tests.Support;

// Bulkhead.Bench RUNTIME SHIM ROUNDS all|runtime|shim [OTHER-RUNTIME ...]
// Measures RUNTIME beside the plain C floor, the crun and runc that are installed, and those named, and SHIM beside
// containerd's and conmon. Prints Markdown.
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
    int rounds = int.Parse(args[2], CultureInfo.InvariantCulture);
    CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
    using var workspace = new Workspace();
    Console.WriteLine(Machines.Describe());
    Console.WriteLine();
    string part = args[3];
    if (part is "all" or "runtime")
    {
        CompareRuntimes(workspace, rounds, args[0], args[4..]);
    }

    if (part is "all" or "shim")
    {
        CompareShims(workspace, rounds, args[0], args[1]);
    }

    return 0;
}
catch (Exception error)
{
    // The process ends here, but not before the containers and mounts have been removed.
    Console.Error.WriteLine($"bench: {error.Message}");
    return 1;
}

static void CompareRuntimes(Workspace workspace, int rounds, string runtime, string[] others)
{
    OciRuntime[] runtimes =
    [
        new("**runtime**", runtime),
        .. new[] { "/usr/bin/crun", "/usr/sbin/runc" }.Concat(others).Where(File.Exists).Select(OciRuntime.Named).DistinctBy(one => one.Name),
    ];
    var scenarios = new Scenarios(workspace, runtimes, rounds);

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
}

static void CompareShims(Workspace workspace, int rounds, string runtime, string shim)
{
    using var events = new EventSink(workspace.FilePath("events"));
    string root = Path.Combine(workspace.States, "shims");
    IMonitor[] monitors =
    [
        new Shim("**shim**, file", shim, runtime, root, events),
        new Shim("containerd-shim-runc-v2", "/usr/bin/containerd-shim-runc-v2", runtime, root, events),
        new Conmon("conmon", "/usr/bin/conmon", runtime, Path.Combine(root, "conmon")),
    ];
    Shim[] logs = [new("**shim**, json-file", shim, runtime, root, events, "json-file"), new("**shim**, cri", shim, runtime, root, events, "cri")];
    var shims = new ShimScenarios(workspace, [.. monitors.Where(monitor => File.Exists(monitor.Binary))], rounds);
    Console.WriteLine($"{ShimScenarios.Containers} containers, each with its own; a first answer, median of {rounds}; {ShimScenarios.OutputMebibytes} MiB of output in long lines:");
    Console.WriteLine();
    ShimReport.Print(shims.Idle(), shims.FirstCall(), shims.Copy(logs));
}
