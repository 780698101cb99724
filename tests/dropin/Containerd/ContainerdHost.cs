using System.Globalization;
using System.Text.RegularExpressions;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Containerd;

/// <summary>
/// containerd with folders, sockets and namespaces of its own, and <c>ctr</c>, which has its shims call the runtime under
/// test. A cgroup of the test's name holds all containers.
/// </summary>
internal sealed class ContainerdHost : IDisposable
{
    /// <summary>The name of the image that <see cref="ImportImage"/> makes.</summary>
    public const string Image = "example.test/box:1";

    /// <summary>The runtime whose shim is the one under test.</summary>
    public const string BulkheadRuntime = "io.containerd.bulkhead.v2";

    /// <summary>The runtime that containerd has a shim for itself.</summary>
    public const string RuncRuntime = "io.containerd.runc.v2";

    // containerd ends, or is ended, and stays so until the pipe is written to.
    private const string Supervisor = "pipe=$1; shift; while :; do \"$@\"; read -r _ <\"$pipe\"; done";

    private readonly TemporaryFolder _folder = new();
    private readonly ShimKind _shim;
    private readonly string[] _importOptions;
    private readonly Daemon _daemon;
    private readonly HostCommand _ctr;
    private readonly HostCommand _version;
    private int _containers;

    /// <param name="shim">The shim that containers get if nothing else is asked for.</param>
    /// <param name="cri">Whether it also serves Kubernetes's container runtime interface, on the same socket.</param>
    /// <param name="release">One of <see cref="ContainerdRelease"/>'s.</param>
    public ContainerdHost(ShimKind shim = ShimKind.Runc, bool cri = false, string release = ContainerdRelease.Here)
    {
        string programs = ContainerdRelease.Programs(release);
        _shim = shim;

        // Since 1.7 an import is the daemon's work if ctr is not told to do it, and it unpacks for one snapshotter alone.
        _importOptions = release == ContainerdRelease.Here ? [] : ["--local"];
        Rootfs = _folder.Folder("rootfs");
        TestRootfs.Create(Rootfs);
        ShimPath = ShimFolder.Create(_folder, shim);
        string configuration = _folder.Write("config.toml", Configuration(cri));
        new HostCommand(_folder, "mkfifo").Run(_folder.File("again")).MustSucceed();

        // Shims and ctr have sockets and pipes in /run, whatever the configuration says.
        _version = new HostCommand(_folder, programs + "ctr", "--address", Socket, "version");
        _daemon = Daemon.Start(
            _folder,
            ["/run/containerd", ShimFolder.Run],
            ["env", $"PATH={ShimPath}:{(programs.Length > 0 ? programs : "/usr/bin")}:{Environment.GetEnvironmentVariable("PATH")}", "sh", "-c", Supervisor, "sh", _folder.File("again"), programs + "containerd", "--config", configuration],
            Answers);
        _ctr = new HostCommand(_folder, [.. _daemon.Enter, programs + "ctr", "--address", Socket, "--namespace", _folder.Name]);
    }

    /// <summary>The test's own folder.</summary>
    public TemporaryFolder Folder => _folder;

    /// <summary>The root file system of the containers that have no image.</summary>
    public string Rootfs { get; }

    /// <summary><c>ctr</c> with its global options.</summary>
    public HostCommand Ctr => _ctr;

    /// <summary>Where containerd listens.</summary>
    public string Socket => _folder.File("containerd.sock");

    /// <summary>The folder of the shim under test.</summary>
    public string ShimPath { get; }

    /// <summary>The shims that run, whosever they are.</summary>
    public HostProcess[] Shims => [.. First.Children.Concat(Containerd?.Children ?? [])
        .Select(pid => new HostProcess(pid)).Where(process => process.IsAlive && process.Name is "shim" or "containerd-shim")];

    /// <summary>containerd itself; null while it does not run.</summary>
    public HostProcess? Containerd =>
        First.Children.Select(pid => new HostProcess(pid)).FirstOrDefault(process => process.IsAlive && process.Name == "containerd");

    /// <summary>The first process that sees what containerd sees.</summary>
    public HostProcess First => new(_daemon.Pid);

    /// <summary>The folder of the containers' cgroups, in the hierarchy that counts processes.</summary>
    public string CgroupParent => Path.Combine(CgroupLayout.Here.Kind == CgroupKind.Unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/pids", _folder.Name);

    /// <summary>Where the runtime keeps the state of the CRI's containers, because the options say so, in one way or the other.</summary>
    public string Roots => _folder.File("roots");

    /// <summary>Imports an image of busybox, into the namespace of the test's or another.</summary>
    public void ImportImage(string? containerdNamespace = null) => _ctr.Run(
        ["--namespace", containerdNamespace ?? _folder.Name, "images", "import", .. _importOptions, "--snapshotter", "native", OciArchive.Create(_folder, Rootfs, Image)]).MustSucceed();

    /// <summary>An id that no container has had.</summary>
    public string NewId() => $"box{Interlocked.Increment(ref _containers)}";

    /// <summary>A command of ctr's to its end.</summary>
    public Result Run(params string[] arguments) => _ctr.Run(arguments);

    /// <summary><c>ctr run --rm</c> in the foreground, to its end.</summary>
    public Result RunBox(string[] options, params string[] command) => _ctr.Run(BoxArguments(["--rm", .. options], NewId(), command));

    /// <summary><c>ctr run --detach</c>.</summary>
    /// <returns>The container's id.</returns>
    public string StartBox(string[] options, params string[] command)
    {
        string id = NewId();
        _ctr.Run(BoxArguments(["--detach", .. options], id, command)).MustSucceed();
        return id;
    }

    /// <summary>The arguments of <c>ctr run</c> for a container without an image, and so without an environment.</summary>
    public string[] BoxArguments(string[] options, string id, params string[] command) =>
        ["run", .. RuntimeOptions(), "--env", "PATH=/bin:/usr/bin", .. options, "--rootfs", Rootfs, id, .. command];

    /// <summary>The options of <c>ctr run</c> that choose the shim and the runtime that it calls.</summary>
    /// <param name="binary">The runtime; absent: the one under test.</param>
    /// <param name="root">Where it keeps its state; absent: where the shim has it do so.</param>
    public string[] RuntimeOptions(string? binary = null, string? root = null)
    {
        binary ??= Repository.RuntimeBinary;
        return _shim switch
        {
            ShimKind.Named or ShimKind.Version3 => ["--runtime", BulkheadRuntime, "--runtime-config-path", WriteOptions(binary, root)],
            ShimKind.Path => ["--runtime", Path.Combine(ShimPath, "shim"), "--runtime-config-path", WriteOptions(binary, root)],
            _ => ["--runc-binary", binary, .. root is null ? (string[])[] : ["--runc-root", root]],
        };
    }

    /// <summary>Writes the options of the shim under test to a file.</summary>
    /// <returns>Its path.</returns>
    public string WriteOptions(string binary, string? root = null) =>
        _folder.Write(NewId() + ".toml", $"# of a test\nBinaryName = \"{binary}\"\n{(root is null ? "" : $"Root = '{root}'\n")}");

    /// <summary><c>ctr tasks exec</c>.</summary>
    public Result Exec(string id, string[] options, params string[] command) =>
        _ctr.Run(["tasks", "exec", "--exec-id", NewId(), .. options, id, .. command]);

    /// <summary>Deletes a task.</summary>
    /// <returns>The exit code of its process, which ctr says in a warning unless it is 0.</returns>
    public int DeleteTask(string id, params string[] options)
    {
        Result result = _ctr.Run(["tasks", "delete", .. options, id]);
        Match said = Regex.Match(result.Error, "non-zero exit code ([0-9]+)");
        return said.Success ? int.Parse(said.Groups[1].Value, CultureInfo.InvariantCulture) : result.MustSucceed().ExitCode;
    }

    /// <summary>A task's status, as <c>ctr tasks list</c> has it: CREATED, RUNNING, PAUSED, STOPPED; null when there is none.</summary>
    public string? Status(string id) => Statuses().GetValueOrDefault(id);

    /// <summary>The status of each task.</summary>
    public Dictionary<string, string> Statuses() => _ctr.Run("tasks", "list").MustSucceed().Lines.Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToDictionary(columns => columns[0], columns => columns[2]);

    /// <summary>A container's init process.</summary>
    public HostProcess Init(string id) => new(int.Parse(File.ReadAllLines(Path.Combine(CgroupParent, id, "cgroup.procs"))[0], CultureInfo.InvariantCulture));

    /// <summary>The folder of a container's bundle.</summary>
    public string Bundle(string id) => _folder.File($"state/io.containerd.runtime.v2.task/{_folder.Name}/{id}");

    /// <summary>Kills containerd itself, with nothing of what it has started, and waits for its end.</summary>
    public void Crash()
    {
        HostProcess containerd = Containerd!;
        HostProcess.Signal(containerd.Pid, "KILL");
        Wait.Until(() => !containerd.IsAlive, "containerd to end");
    }

    /// <summary>Starts containerd again, and waits until it answers.</summary>
    public void StartAgain()
    {
        File.WriteAllText(_folder.File("again"), "\n");
        Wait.Until(Answers, "containerd to answer");
    }

    /// <summary>Kills and removes every container.</summary>
    public void Clear()
    {
        foreach (string id in _ctr.Run("containers", "list", "--quiet").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            _ctr.Run("tasks", "delete", "--force", id);
            _ctr.Run("containers", "delete", id);
        }
    }

    /// <summary>Removes every container, and fails the test if anything of one is left: a shim, a cgroup, a mount, a socket.</summary>
    public void MustBeEmpty()
    {
        Clear();
        Assert.That(Directory.Exists(CgroupParent) ? Directory.GetDirectories(CgroupParent) : [], Is.Empty, "cgroups of containers that are gone");
        MustHaveNoShim();
    }

    /// <summary>Fails the test if there is a shim, or something of one: a mount, a socket.</summary>
    public void MustHaveNoShim()
    {
        Wait.Until(() => Shims.Length == 0, "the shims to end");
        Assert.That(Mounts(), Is.Empty, "mounts of containers that are gone");
        Assert.That(Sockets(), Is.Empty, "sockets of shims that are gone");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _daemon.Dispose();
        try
        {
            Leftovers.MustBeNone(_folder.Name);
        }
        finally
        {
            _folder.Dispose();
        }
    }

    /// <summary>The mounts below the folder that the bundles are in.</summary>
    public string[] Mounts() => [.. First.Mounts.Select(mount => mount.MountPoint).Where(point => point.StartsWith(_folder.File("state/"), StringComparison.Ordinal))];

    /// <summary>The sockets of the shims under test.</summary>
    public string[] Sockets() => ShimFolder.Sockets(First);

    private bool Answers() => File.Exists(Socket) && _version.Run().ExitCode == 0;

    private string Configuration(bool cri)
    {
        string[] disabled =
        [
            "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.nri.v1.nri",
            .. cri ? (string[])[] : ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"],
        ];
        return $"""
            version = 2
            root = "{_folder.File("root")}"
            state = "{_folder.File("state")}"
            disabled_plugins = [{string.Join(", ", disabled.Select(plugin => $"\"{plugin}\""))}]
            [grpc]
            address = "{Socket}"
            [ttrpc]
            address = "{_folder.File("ttrpc.sock")}"
            [plugins."io.containerd.grpc.v1.cri"]
            sandbox_image = "{Image}"
            restrict_oom_score_adj = true
            disable_hugetlb_controller = true
            [plugins."io.containerd.grpc.v1.cri".cni]
            conf_dir = "{_folder.File("cni")}"
            [plugins."io.containerd.grpc.v1.cri".containerd]
            snapshotter = "native"
            default_runtime_name = "bulkhead"
            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.bulkhead]
            runtime_type = "{(_shim is ShimKind.Named or ShimKind.Version3 ? BulkheadRuntime : RuncRuntime)}"
            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.bulkhead.options]
            {(_shim == ShimKind.Named ? $"ConfigPath = \"{WriteOptions(Repository.RuntimeBinary, Roots)}\"" : $"BinaryName = \"{Repository.RuntimeBinary}\"\n            Root = \"{Roots}\"")}
            """;
    }
}
