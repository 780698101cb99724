using Bulkhead.Tests.Support;

namespace Bulkhead.Tests.DropIn.Podman;

/// <summary>
/// podman, and conmon under it, on the runtime under test, with storage, state and configuration of its own. When disposed
/// of, its containers are removed by force, and the test fails if anything of them is left.
/// </summary>
/// <example><code>
/// using var podman = new PodmanHost();
/// Result result = podman.RunBox(["--rm"], "echo", "hi");
/// string id = podman.StartBox([], "sleep", "60");
/// podman.Run("exec", id, "hostname").MustSucceed();
/// </code></example>
internal sealed class PodmanHost : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <param name="runtime">What is given as <c>--runtime</c>; absent: the path of the runtime under test.</param>
    /// <param name="engine">Further lines for the <c>[engine]</c> table of containers.conf.</param>
    public PodmanHost(string? runtime = null, string engine = "")
    {
        Rootfs = _folder.Folder("rootfs");
        TestRootfs.Create(Rootfs);

        // Locks in files: the segment of shared memory that podman otherwise has them in is one for the whole machine.
        // The limits: podman asks for more than a root without CAP_SYS_RESOURCE may give.
        string configuration = _folder.Write("containers.conf", $"""
            [containers]
            default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
            netns = "none"
            cgroupns = "private"
            log_driver = "k8s-file"
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "file"
            lock_type = "file"
            runtime_supports_nocgroup = ["bulkhead"]
            {engine}
            [engine.runtimes]
            bulkhead = ["{Repository.RuntimeBinary}"]
            """);
        Command = new HostCommand(
            _folder,
            "podman",
            "--root", _folder.File("storage"),
            "--runroot", _folder.File("run"),
            "--tmpdir", _folder.File("tmp"),
            "--network-config-dir", _folder.File("networks"),
            "--storage-driver", "vfs",
            "--runtime", runtime ?? Repository.RuntimeBinary);
        Command.Environment["CONTAINERS_CONF"] = configuration;
        Command.Environment["XDG_DATA_HOME"] = _folder.Folder("data");
    }

    /// <summary>podman with its global options.</summary>
    public HostCommand Command { get; }

    /// <summary>The test's own folder.</summary>
    public TemporaryFolder Folder => _folder;

    /// <summary>The root file system of the containers that have no image.</summary>
    public string Rootfs { get; }

    /// <summary>The cgroup that the containers' cgroups are in.</summary>
    public string CgroupParent => "/" + _folder.Name;

    /// <summary>A command of podman's to its end.</summary>
    public Result Run(params string[] arguments) => Command.Run(arguments);

    /// <summary><c>podman run</c> in the foreground, to its end.</summary>
    public Result RunBox(string[] options, params string[] command) => Command.Run(BoxArguments("run", options, command));

    /// <summary><c>podman run --detach</c>.</summary>
    /// <returns>The container's id.</returns>
    public string StartBox(string[] options, params string[] command) => Command.Run(BoxArguments("run", ["--detach", .. options], command)).MustSucceed().Output;

    /// <summary>The arguments of <c>podman run</c> or <c>create</c> for a container without an image.</summary>
    public string[] BoxArguments(string verb, string[] options, params string[] command) =>
        [verb, "--cgroup-parent", CgroupParent, .. options, "--rootfs", Rootfs, .. command];

    /// <summary><c>podman run</c> of the image that <see cref="ImportImage"/> made.</summary>
    public Result RunImage(string[] options, params string[] command) =>
        Command.Run(["run", "--cgroup-parent", CgroupParent, .. options, "localhost/box", .. command]);

    /// <summary>One field of <c>podman inspect</c>: <c>Inspect(id, ".State.Status")</c>.</summary>
    public string Inspect(string container, string field) =>
        Command.Run("container", "inspect", "--format", $"{{{{{field}}}}}", container).MustSucceed().Output;

    /// <summary>The container's init process.</summary>
    public HostProcess Init(string container) => new(int.Parse(Inspect(container, ".State.Pid"), System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Waits until the container is in a state: <c>running</c>, <c>exited</c>, ...</summary>
    public void WaitUntil(string container, string status) =>
        Wait.Until(() => Inspect(container, ".State.Status") == status, $"container {container} to be {status}");

    /// <summary>Waits until the container has logged a text.</summary>
    public void WaitForLog(string container, string text) =>
        Wait.Until(() => Command.Run("logs", container).Output.Contains(text, StringComparison.Ordinal), $"\"{text}\" in the log of container {container}");

    /// <summary>Makes the image <c>localhost/box</c> of the root file system.</summary>
    public void ImportImage()
    {
        string archive = _folder.File("box.tar");
        System.Formats.Tar.TarFile.CreateFromDirectory(Rootfs, archive, includeBaseDirectory: false);
        Command.Run("import", archive, "localhost/box").MustSucceed();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Command.Descriptors.Clear();
        Result pods = Command.Run("pod", "rm", "--all", "--force", "--time", "0");
        Result containers = Command.Run("rm", "--all", "--force", "--time", "0");
        try
        {
            Leftovers.MustBeNone(_folder.Name, cgroup => !cgroup.StartsWith("libpod-", StringComparison.Ordinal)); // a pod's, conmon's
        }
        finally
        {
            _folder.Dispose();
        }

        pods.MustSucceed();
        containers.MustSucceed();
    }
}
