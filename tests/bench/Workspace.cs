using System.Globalization;
using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;

namespace Bulkhead.Bench;

/// <summary>The folder with the bundles, the state roots and the compiled C programs.</summary>
internal sealed class Workspace : IDisposable
{
    private const string CrunRefusesHybrid = "/sys/fs/cgroup/unified/cgroup.controllers";

    private readonly TemporaryFolder _folder = new();
    private readonly string _measure;

    /// <summary>Prepares everything; the mount namespace has to be the benchmark's own.</summary>
    public Workspace()
    {
        States = _folder.Folder("states");
        Mount("-t", "tmpfs", "tmpfs", States);

        // Distribution crun runs on hybrid cgroups only if version 2 has no controllers. All subjects see the same.
        if (File.Exists(CrunRefusesHybrid))
        {
            Mount("--bind", _folder.Write("no-controllers", ""), CrunRefusesHybrid);
        }

        Floor = Compile("floor", $"-DHIERARCHIES={Hierarchies()}");
        string nothing = Compile("true", "-static");
        True = Bundle("bundle", nothing, "/bin/true");
        Filtered = Bundle("filtered-bundle", nothing, "/bin/true");
        Filtered.Set("linux.seccomp", JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests/unit/Seccomp/Samples/containers-default.json")))).Save();
        Waiting = Bundle("waiting-bundle", nothing, "/bin/true", "wait");
        _measure = Compile("measure", "-static");
    }

    /// <summary>The floor's program.</summary>
    public string Floor { get; }

    /// <summary>Where the state roots are: on a tmpfs, as /run is.</summary>
    public string States { get; }

    /// <summary>The bundle whose program ends at once.</summary>
    public TestBundle True { get; }

    /// <summary>The same with the filter of system calls that Docker's and podman's containers have.</summary>
    public TestBundle Filtered { get; }

    /// <summary>The bundle whose program waits to be killed.</summary>
    public TestBundle Waiting { get; }

    /// <summary>The id of every container: the folder's name, which the leak check of the tests knows.</summary>
    public string Id => _folder.Name;

    /// <summary>Makes a folder of this run.</summary>
    public string Folder(string name) => _folder.Folder(name);

    /// <summary>The path of a file of this run.</summary>
    public string FilePath(string name) => _folder.File(name);

    /// <summary>Runs a program that has to succeed and says what it took.</summary>
    public Sample Measure(params string[] command)
    {
        string capture = _folder.File("capture");
        string[] numbers = Shell.Output(_measure, [capture, .. command]).Split(' ');
        string captured = File.ReadAllText(capture);
        return numbers[2] == "0"
            ? new Sample(long.Parse(numbers[0], CultureInfo.InvariantCulture) / 1e6, long.Parse(numbers[1], CultureInfo.InvariantCulture), captured)
            : throw new InvalidOperationException($"{string.Join(' ', command)}: exit code {numbers[2]}: {captured}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Shell.Output("umount", "--lazy", States);
        LeakCheck.Sweep(Id);
        _folder.Dispose();
    }

    private static void Mount(params string[] arguments) => Shell.Output("mount", arguments);

    // As floor.c wants them: {"folder","option"},...
    private static string Hierarchies()
    {
        MountEntry[] mounts = [.. MountEntry.Read("self").Where(mount => mount.Type == "cgroup")];
        IEnumerable<string> pairs =
            from line in File.ReadLines("/proc/self/cgroup")
            let option = line.Split(':')[1]
            where option.Length > 0
            from mount in mounts
            where option.Split(',').All(part => mount.SuperOptions.Contains(part))
            select $"{{\"{Path.GetFileName(mount.MountPoint)}\",\"{option}\"}}";
        return string.Join(',', pairs);
    }

    private string Compile(string name, params string[] options)
    {
        string source = Path.Combine(AppContext.BaseDirectory, name + ".c");
        Shell.Output("gcc", ["-O2", "-Wall", "-Wextra", .. options, "-o", _folder.File(name), source]);
        return _folder.File(name);
    }

    private TestBundle Bundle(string name, string program, params string[] command) => TestBundle.Create(_folder.Folder(name), bundle =>
    {
        File.Delete(Path.Combine(bundle.Rootfs, "bin/true"));
        File.Copy(program, Path.Combine(bundle.Rootfs, "bin/true"));
        bundle.Namespace("cgroup");
        bundle.Process.Args(command);
    });
}
