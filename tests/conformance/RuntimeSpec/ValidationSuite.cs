using System.Diagnostics;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Conformance.RuntimeSpec;

/// <summary>The validation programs of the OCI's runtime-tools, built, and how to run one.</summary>
internal sealed class ValidationSuite
{
    /// <summary>What a program may take at most; the slowest waits for some ten seconds.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_buildLimit = TimeSpan.FromMinutes(4);

    // The cgroups that these programs make, and so only one of them at a time.
    private static readonly Lock s_cgroupUse = new();
    private static readonly string[] s_cgroupUsers = ["linux_cgroups_", "delete_"];
    private static readonly string[] s_cgroups = ["testdir/cgrouptest/container", "testdir/cgrouptest", "testdir", "cgrouptest"];

    private readonly string _folder;

    private ValidationSuite(string folder) => _folder = folder;

    /// <summary>The programs' names.</summary>
    public IEnumerable<string> Programs => Directory.EnumerateFiles(Path.Combine(_folder, "bin")).Select(Path.GetFileName).OfType<string>();

    /// <summary>Builds the suite, unless an earlier run has.</summary>
    public static ValidationSuite Build()
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo("/bin/sh",
        [
            "-c", $"exec \"$@\" >'{folder.File("out")}' 2>'{folder.File("err")}'", "sh",
            Path.Combine(Repository.Root, "tests/conformance/RuntimeSpec/build-suite.sh"), Path.Combine(Repository.Root, "artifacts/conformance"),
        ]);
        using Process build = Process.Start(start)!;
        if (!build.WaitForExit(s_buildLimit))
        {
            build.Kill(entireProcessTree: true);
        }

        Assert.That(build.HasExited && build.ExitCode == 0, Is.True, $"the validation suite could not be built: {File.ReadAllText(folder.File("err"))}");
        return new ValidationSuite(File.ReadAllText(folder.File("out")).TrimEnd('\n'));
    }

    /// <summary>Runs a program on a runtime, with a folder, a state root and a mount namespace of its own, and leaves nothing.</summary>
    public Verdict Run(string program, string runtime)
    {
        if (!s_cgroupUsers.Any(beginning => program.StartsWith(beginning, StringComparison.Ordinal)))
        {
            return RunInFolder(program, runtime);
        }

        lock (s_cgroupUse)
        {
            string[] before = Cgroups();
            Verdict verdict = RunInFolder(program, runtime);
            foreach (string cgroup in Cgroups().Except(before))
            {
                Wait.Try(() => TryRemoveCgroup(cgroup), TimeSpan.FromSeconds(2));
            }

            return verdict;
        }
    }

    private Verdict RunInFolder(string program, string runtime)
    {
        using var folder = new TemporaryFolder();
        string work = folder.Folder("work");
        foreach (string file in Directory.EnumerateFiles(Path.Combine(_folder, "work")))
        {
            File.Copy(file, Path.Combine(work, Path.GetFileName(file)));
        }

        // The suite knows no --root; without one, containers of two runs would meet.
        string state = folder.File("state");
        string command = folder.Write("runtime", $"#!/bin/sh\nexec '{runtime}' --root '{state}' \"$@\"\n");
        File.SetUnixFileMode(command, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        // The namespace is for mounts that a runtime leaves: the suite deletes its folders with what is mounted in them.
        var start = new ProcessStartInfo("/bin/sh",
        [
            "-c", $"exec \"$@\" </dev/null >'{folder.File("out")}' 2>'{folder.File("err")}'", "sh",
            "unshare", "--mount", "--propagation", "slave", Path.Combine(_folder, "bin", program),
        ])
        {
            WorkingDirectory = work,
            Environment =
            {
                ["RUNTIME"] = command,
                ["TMPDIR"] = folder.Folder("tmp"),
                ["HOME"] = folder.Folder("home"),
                ["XDG_RUNTIME_DIR"] = folder.Folder("run"),
            },
        };
        using Process process = Process.Start(start)!;
        bool ended = process.WaitForExit(TimeLimit);
        if (!ended)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        Verdict verdict = Verdict.Of(ended ? process.ExitCode : null, File.ReadAllText(folder.File("out")), File.ReadAllText(folder.File("err")));
        Clean(folder, command, state);
        return verdict;
    }

    // A program that fails leaves its containers.
    private static void Clean(TemporaryFolder folder, string command, string state)
    {
        foreach (string container in Directory.Exists(state) ? Directory.EnumerateDirectories(state).Select(Path.GetFileName).OfType<string>().ToArray() : [])
        {
            using Process delete = Process.Start(new ProcessStartInfo(command, ["delete", "--force", container]) { RedirectStandardError = true })!;
            delete.StandardError.ReadToEnd();
            delete.WaitForExit();
        }

        LeakCheck.Sweep(folder.Name);
    }

    private static string[] Cgroups() => CgroupLayout.Here.MountPoints
        .SelectMany(_ => s_cgroups, Path.Combine).Where(Directory.Exists).ToArray();

    private static bool TryRemoveCgroup(string path)
    {
        try
        {
            Directory.Delete(path);
            return true;
        }
        catch (IOException)
        {
            return false; // its last process is just ending
        }
    }
}
