using Bulkhead.Tests.Support;

namespace Bulkhead.Tests.DropIn.Buildah;

/// <summary>buildah on the runtime under test, with storage and configuration of its own, and a working container.</summary>
internal sealed class BuildahHost : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BuildahHost()
    {
        Rootfs = _folder.Folder("rootfs");
        TestRootfs.Create(Rootfs);

        // The limits: buildah asks for more than a root without CAP_SYS_RESOURCE may give.
        string configuration = _folder.Write("containers.conf", """
            [containers]
            default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
            """);
        Command = new HostCommand(_folder, "buildah", "--root", _folder.File("storage"), "--runroot", _folder.File("run"), "--storage-driver", "vfs");
        Command.Environment["CONTAINERS_CONF"] = configuration;
        Command.Environment["TMPDIR"] = _folder.Folder("tmp");
        Command.Run("from", "--name", "box", "scratch").MustSucceed();
        Command.Run("copy", "--quiet", "box", Rootfs, "/").MustSucceed();
    }

    /// <summary>buildah with its global options.</summary>
    public HostCommand Command { get; }

    /// <summary>The test's own folder.</summary>
    public TemporaryFolder Folder => _folder;

    /// <summary>What the working container was filled with.</summary>
    public string Rootfs { get; }

    /// <summary><c>buildah run</c> in the working container, to its end.</summary>
    public Result RunBox(string[] options, params string[] command) => Command.Run(BoxArguments(options, command));

    /// <summary>The arguments of <c>buildah run</c>.</summary>
    public static string[] BoxArguments(string[] options, params string[] command) =>
        ["run", "--runtime", Repository.RuntimeBinary, "--isolation", "oci", "--network", "none", .. options, "box", .. command];

    /// <inheritdoc/>
    public void Dispose()
    {
        Result removed = Command.Run("rm", "--all");
        try
        {
            Leftovers.MustBeNone(_folder.Name);
        }
        finally
        {
            _folder.Dispose();
        }

        removed.MustSucceed();
    }
}
