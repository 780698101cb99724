using Bulkhead.Tests.DropIn.Containerd;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Shim;

/// <summary>How the shim is started and asked, which each containerd does in its own way, and the file with its options.</summary>
[TestFixture(ShimKind.Named, ContainerdRelease.Here)]
[TestFixture(ShimKind.Named, ContainerdRelease.Trixie)]
[TestFixture(ShimKind.Named, ContainerdRelease.Sid)]
[TestFixture(ShimKind.Version3, ContainerdRelease.Sid)]
internal sealed class BootstrapTests(ShimKind shim, string release)
{
    private ContainerdHost _host = null!;

    [OneTimeSetUp]
    public void Start() => _host = new ContainerdHost(shim, release: release);

    [OneTimeTearDown]
    public void Stop() => _host?.Dispose();

    [TearDown]
    public void Clear() => _host.MustBeEmpty();

    [Test, CancelAfter(30_000)]
    public void The_newest_protocol_is_spoken_that_containerd_says_it_takes()
    {
        string id = _host.StartBox([], "sleep", "60");

        // What containerd has understood, since 2.0; those before keep the address alone.
        string bootstrap = Path.Combine(_host.Bundle(id), "bootstrap.json");
        Assert.That(
            File.Exists(bootstrap) ? File.ReadAllText(bootstrap) : "none",
            release == ContainerdRelease.Sid ? Does.Contain($"\"version\":{(shim == ShimKind.Version3 ? 3 : 2)},") : Is.EqualTo("none"));
        Assert.That(_host.Sockets().Select(Path.GetFileName), Is.EqualTo(new[] { Path.GetFileName(File.ReadAllText(Path.Combine(_host.Bundle(id), "address"))) }));
    }

    [Test, CancelAfter(30_000)]
    public void The_shim_says_what_it_is_and_what_its_runtime_can_do()
    {
        Result result = release == ContainerdRelease.Sid
            ? _host.Run("plugins", "inspect-runtime", "--runtime", ContainerdHost.BulkheadRuntime)
            : new HostCommand(_host.Folder, Path.Combine(_host.ShimPath, "shim")).Run("-info"); // nobody asks

        Assert.That(result.MustSucceed().Output, Does.Contain(ContainerdHost.BulkheadRuntime).And.Contain("ociVersionMin"));
    }

    [TestCase("BinaryNam = \"x\"", "unknown key \"BinaryNam\"", TestName = "Options with an unknown key")]
    [TestCase("SystemdCgroup = 1", "SystemdCgroup is neither true nor false", TestName = "Options with a value of another kind")]
    [CancelAfter(30_000)]
    public void Options_that_are_not_understood_are_refused(string text, string reason)
    {
        Result result = _host.RunBox(["--runtime-config-path", _host.Folder.Write("wrong.toml", text + "\n")], "true");

        Assert.That(result.ExitCode, Is.EqualTo(1), result.ToString());
        Assert.That(result.Error, Does.Contain(reason));
    }
}
