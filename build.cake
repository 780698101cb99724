// What can be asked for, as ./build.sh NAME. Each task runs alone.

var artifacts = MakeAbsolute(Directory("artifacts"));
var runtime = artifacts.CombineWithFilePath("bin/runtime");
var shim = artifacts.CombineWithFilePath("bin/shim");
var tests = (Ran: false, ExitCode: 0);

Task("Default")
    .Description("Lists what can be asked for")
    .Does(() =>
{
    foreach (var task in Tasks.Where(task => task.Name != "Default"))
    {
        Console.WriteLine("./build.sh {0,-13} {1}", task.Name.ToLowerInvariant(), task.Description);
    }
});

Task("Build")
    .Description("Compiles everything, tests included, with warnings as errors")
    .Does(() => DotNetBuild("Bulkhead.slnx", new DotNetBuildSettings
    {
        Configuration = "Release",
        MSBuildSettings = Properties(),
        Verbosity = DotNetVerbosity.Minimal,
        NoLogo = true,
    }));

Task("Publish")
    .Description("Leaves the native binaries in artifacts/bin")
    .Does(() => PublishNative("runtime/Cli/runtime.csproj", runtime))
    .Does(() => PublishNative("shim/shim.csproj", shim));

Task("Run")
    .Description("Runs a container from a bundle and prints what it sees from inside")
    .IsDependentOn("Publish")
    .Does(() => Start("runtime/Cli/demo/run.sh", runtime.FullPath));

Task("Test")
    .Description("Runs every test; the last line counts them")
    .IsDependentOn("Build")
    .IsDependentOn("Publish")
    .Does(() => RunTests());

Task("Unit")
    .Description("Runs the unit tests: no root, no network, seconds")
    .IsDependentOn("Build")
    .Does(() => RunTests("unit"));

Task("Integration")
    .Description("Runs real containers against this machine's kernel (root)")
    .IsDependentOn("Build")
    .IsDependentOn("Publish")
    .Does(() => RunTests("integration"));

Task("DropIn")
    .Description("Runs containers through podman, containerd, Docker and buildah (root)")
    .IsDependentOn("Build")
    .IsDependentOn("Publish")
    .Does(() => RunTests("dropin"));

Task("Conformance")
    .Description("Runs the suites of others on the native binaries (root)")
    .IsDependentOn("Build")
    .IsDependentOn("Publish")
    .Does(() => RunTests("conformance"));

Task("Security")
    .Description("Runs the attacks (root)")
    .IsDependentOn("Build")
    .IsDependentOn("Publish")
    .Does(() => RunTests("security"));

Task("Vm")
    .Description("Runs tests in virtual machines with systemd, SELinux and other layouts of cgroups (root)")
    .IsDependentOn("Build")
    .IsDependentOn("Publish")
    .Does(() => RunTests("vm"));

Task("Bench")
    .Description("Measures beside crun, runc, containerd's shim and the plain C floor (root); --rounds=100 --part=all|runtime|shim --also=PATH")
    .IsDependentOn("Build")
    .IsDependentOn("Publish")
    .Does(() => Start("dotnet", Assembly("Bulkhead.Bench"), runtime.FullPath, shim.FullPath, Argument("rounds", "100"), Argument("part", "all"), Argument("also", "")));

Task("Format")
    .Description("Brings the code into the house style")
    .Does(() => DotNetFormat("Bulkhead.slnx"));

Task("Clean")
    .Description("Removes what was built")
    .Does(() => CleanDirectory(artifacts));

RunTarget(Argument("target", "Default"));

// Cake's own report stands above: the count of the tests is the last line of a test run, whatever its result.
if (tests.Ran)
{
    Console.WriteLine(System.IO.File.ReadAllText(artifacts.CombineWithFilePath("tests/count").FullPath));
    Environment.Exit(tests.ExitCode);
}

DotNetMSBuildSettings Properties() =>
    new DotNetMSBuildSettings().WithProperty("ArtifactsPath", artifacts.Combine("build").FullPath);

string Assembly(string project) => artifacts.CombineWithFilePath($"build/bin/{project}/release/{project}.dll").FullPath;

int Run(string program, IEnumerable<string> arguments)
{
    var quoted = new ProcessArgumentBuilder();
    foreach (var argument in arguments)
    {
        quoted.AppendQuoted(argument);
    }

    return StartProcess(program, new ProcessSettings { Arguments = quoted });
}

void Start(string program, params string[] arguments)
{
    var exitCode = Run(program, arguments);
    if (exitCode != 0)
    {
        throw new CakeException(exitCode, $"{program}: exit code {exitCode}");
    }
}

// Only the binary leaves the publish folder. It is replaced, not written over, because an old one may be running.
void PublishNative(string project, FilePath binary)
{
    var folder = artifacts.Combine("publish").Combine(binary.GetFilename().FullPath);
    DotNetPublish(project, new DotNetPublishSettings
    {
        Configuration = "Release",
        OutputDirectory = folder,
        MSBuildSettings = Properties()
            .WithProperty("CopyOutputSymbolsToPublishDirectory", "false")
            .WithProperty("PublishDocumentationFiles", "false"),
        Verbosity = DotNetVerbosity.Minimal,
        NoLogo = true,
    });
    EnsureDirectoryExists(binary.GetDirectory());
    Start("cp", "--remove-destination", "--preserve=timestamps", folder.CombineWithFilePath(binary.GetFilename()).FullPath, binary.FullPath);
}

// Without names: every test project there is under tests/.
void RunTests(params string[] suites) =>
    tests = (true, Run("dotnet", [Assembly("Bulkhead.Tests.Runner"), Argument("filter", ""), .. suites]));
