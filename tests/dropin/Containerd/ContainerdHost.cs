using Bulkhead.Tests.Support;

namespace Bulkhead.Tests.DropIn.Containerd;

/// <summary>
/// containerd with folders, sockets and namespaces of its own, and <c>ctr</c>, which has its shims call the runtime under
/// test. A cgroup of the test's name holds all containers.
/// </summary>
internal sealed class ContainerdHost : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Daemon _daemon;
    private readonly HostCommand _ctr;
    private int _containers;

    /// <param name="cri">Whether it also serves Kubernetes's container runtime interface, on the same socket.</param>
    public ContainerdHost(bool cri = false)
    {
        Rootfs = _folder.Folder("rootfs");
        TestRootfs.Create(Rootfs);
        string configuration = _folder.Write("config.toml", $"""
            version = 2
            root = "{_folder.File("root")}"
            state = "{_folder.File("state")}"
            disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs"{(cri ? "" : ", \"io.containerd.grpc.v1.cri\"")}]
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
            runtime_type = "io.containerd.runc.v2"
            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.bulkhead.options]
            BinaryName = "{Repository.RuntimeBinary}"
            """);

        // Shims and ctr have sockets and pipes in /run/containerd, whatever the configuration says.
        var version = new HostCommand(_folder, "ctr", "--address", Socket, "version");
        _daemon = Daemon.Start(_folder, "/run/containerd", ["containerd", "--config", configuration], () => File.Exists(Socket) && version.Run().ExitCode == 0);
        _ctr = new HostCommand(_folder, [.. _daemon.Enter, "ctr", "--address", Socket, "--namespace", _folder.Name]);
    }

    /// <summary>The name of the image that <see cref="ImportImage"/> makes.</summary>
    public const string Image = "example.test/box:1";

    /// <summary>The test's own folder.</summary>
    public TemporaryFolder Folder => _folder;

    /// <summary>The root file system of the containers that have no image.</summary>
    public string Rootfs { get; }

    /// <summary><c>ctr</c> with its global options.</summary>
    public HostCommand Ctr => _ctr;

    /// <summary>Where containerd listens.</summary>
    public string Socket => _folder.File("containerd.sock");

    /// <summary>Imports an image of busybox, into the namespace of the test's or another.</summary>
    public void ImportImage(string? containerdNamespace = null) => _ctr.Run(
        ["--namespace", containerdNamespace ?? _folder.Name, "images", "import", "--snapshotter", "native", OciArchive.Create(_folder, Rootfs, Image)]).MustSucceed();

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
        ["run", "--runc-binary", Repository.RuntimeBinary, "--env", "PATH=/bin:/usr/bin", .. options, "--rootfs", Rootfs, id, .. command];

    /// <summary><c>ctr tasks exec</c>.</summary>
    public Result Exec(string id, string[] options, params string[] command) =>
        _ctr.Run(["tasks", "exec", "--exec-id", NewId(), .. options, id, .. command]);

    /// <summary>A task's status, as <c>ctr tasks list</c> has it: CREATED, RUNNING, PAUSED, STOPPED; null when there is none.</summary>
    public string? Status(string id) => _ctr.Run("tasks", "list").MustSucceed().Lines
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).FirstOrDefault(columns => columns[0] == id)?[2];

    /// <summary>A container's init process.</summary>
    public HostProcess Init(string id) => new(int.Parse(File.ReadAllLines(Path.Combine(CgroupParent, id, "cgroup.procs"))[0], System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>The folder of the containers' cgroups, in the hierarchy that counts processes.</summary>
    public string CgroupParent => Path.Combine(CgroupLayout.Here.Kind == CgroupKind.Unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/pids", _folder.Name);

    /// <summary>Kills and removes every container.</summary>
    public void Clear()
    {
        foreach (string id in _ctr.Run("containers", "list", "--quiet").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            _ctr.Run("tasks", "delete", "--force", id);
            _ctr.Run("containers", "delete", id);
        }
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
}
