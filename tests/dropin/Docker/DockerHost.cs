using System.Formats.Tar;
using System.Globalization;
using Bulkhead.Tests.DropIn.Containerd;
using Bulkhead.Tests.Support;

namespace Bulkhead.Tests.DropIn.Docker;

/// <summary>
/// dockerd, with a containerd under it, folders, a socket and namespaces of its own, and the runtime under test as one of
/// its runtimes. A cgroup of the test's name holds all containers; the image <c>box</c> is there.
/// </summary>
internal sealed class DockerHost : IDisposable
{
    // Debian's own: another docker in PATH may speak a later protocol only.
    private const string Client = "/usr/bin/docker";

    private readonly TemporaryFolder _folder = new();
    private readonly Daemon _daemon;

    /// <param name="shim">The shim that Docker's containerd starts.</param>
    public DockerHost(ShimKind shim)
    {
        string socket = "unix://" + _folder.File("docker.sock");
        string configuration = _folder.Write("daemon.json", $$"""{"runtimes": {"bulkhead": {"path": "{{Repository.RuntimeBinary}}" } } }""");
        Command = new HostCommand(_folder, Client, "--host", socket);
        Command.Environment["DOCKER_CONFIG"] = _folder.Folder("client");
        _daemon = Daemon.Start(
            _folder,
            ["/run/containerd", ShimFolder.Run],
            [
                "env", $"PATH={ShimFolder.Create(_folder, shim)}:{Environment.GetEnvironmentVariable("PATH")}", "dockerd", "--config-file", configuration, "--host", socket, "--data-root", _folder.File("data"), "--exec-root", _folder.File("exec"),
                "--pidfile", _folder.File("pid"), "--bridge", "none", "--iptables=false", "--ip6tables=false", "--storage-driver", "vfs",
                "--cgroup-parent", "/" + _folder.Name, "--exec-opt", "native.cgroupdriver=cgroupfs", "--shutdown-timeout", "0",
            ],
            () => Command.Run("version").ExitCode == 0);
        Import();
    }

    /// <summary><c>docker</c> with its global options.</summary>
    public HostCommand Command { get; }

    /// <summary>The test's own folder.</summary>
    public TemporaryFolder Folder => _folder;

    /// <summary>A command of docker's to its end.</summary>
    public Result Run(params string[] arguments) => Command.Run(arguments);

    /// <summary><c>docker run --rm</c> in the foreground, to its end.</summary>
    public Result RunBox(string[] options, params string[] command) => Command.Run(BoxArguments("run", ["--rm", .. options], command));

    /// <summary><c>docker run --detach</c>.</summary>
    /// <returns>The container's id.</returns>
    public string StartBox(string[] options, params string[] command) => Command.Run(BoxArguments("run", ["--detach", .. options], command)).MustSucceed().Output;

    /// <summary>The arguments of <c>docker run</c> or <c>create</c>.</summary>
    public static string[] BoxArguments(string verb, string[] options, params string[] command) =>
        [verb, "--runtime", "bulkhead", "--network", "none", .. options, "box", .. command];

    /// <summary>One field of <c>docker inspect</c>.</summary>
    public string Inspect(string container, string field) =>
        Command.Run("container", "inspect", "--format", $"{{{{{field}}}}}", container).MustSucceed().Output;

    /// <summary>The container's init process; docker tells its number in the daemon's PID namespace.</summary>
    public HostProcess Init(string id)
    {
        string mount = CgroupLayout.Here.Kind == CgroupKind.Unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/pids";
        return new HostProcess(int.Parse(File.ReadAllLines(Path.Combine(mount, _folder.Name, id, "cgroup.procs"))[0], CultureInfo.InvariantCulture));
    }

    /// <summary>Waits until the container has logged a text.</summary>
    public void WaitForLog(string container, string text) =>
        Wait.Until(() => Command.Run("logs", container).Output.Contains(text, StringComparison.Ordinal), $"\"{text}\" in the log of container {container}");

    /// <summary>Removes every container by force.</summary>
    public void Clear()
    {
        string[] containers = Command.Run("ps", "--all", "--quiet").MustSucceed().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (containers.Length > 0)
        {
            Command.Run(["rm", "--force", .. containers]).MustSucceed();
        }

        Wait.Until(() => ShimFolder.Sockets(new HostProcess(_daemon.Pid)).Length == 0, "the shims to take their sockets with them");
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

    private void Import()
    {
        string rootfs = _folder.Folder("rootfs");
        TestRootfs.Create(rootfs);
        string archive = _folder.File("box.tar");
        TarFile.CreateFromDirectory(rootfs, archive, includeBaseDirectory: false);
        Command.Run("import", archive, "box").MustSucceed();
    }
}
