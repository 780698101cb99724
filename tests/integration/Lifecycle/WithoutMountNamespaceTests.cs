using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary>A container without a mount namespace: its mounts are its caller's, too, and end with it all the same.</summary>
internal sealed class WithoutMountNamespaceTests
{
    [Test, CancelAfter(30_000)]
    public void The_mounts_are_there_while_the_container_is()
    {
        using var container = TestContainer.From(Share);

        container.Create().MustSucceed();
        string[] created = Mounted(container);
        container.Kill("KILL").MustSucceed();
        container.WaitUntilStopped();
        container.Delete().MustSucceed();

        Assert.That(created, Does.Contain("/proc").And.Contain("/dev").And.Contain("/dev/pts").And.Contain("/data"));
        Assert.That(Mounted(container), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void An_exec_is_in_the_containers_root()
    {
        using var container = TestContainer.From(bundle =>
        {
            Share(bundle);
            File.WriteAllText(Path.Combine(bundle.Rootfs, "mark"), "the container's");
            bundle.Process.Args("sleep", "60");
        });
        container.Create().MustSucceed();
        container.Start().MustSucceed();

        Result result = container.Exec("cat", "/../mark");

        Assert.That(result.Output, Is.EqualTo("the container's"), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_create_that_fails_takes_its_mounts_back()
    {
        using var container = TestContainer.From(bundle =>
        {
            Share(bundle);
            bundle.Process.Args("/no-such-program");
        });

        Result result = container.Create();

        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(container.Left(), Is.Empty);
        Assert.That(Mounted(container), Is.Empty);
    }

    [TestCase("/", TestName = "A mount over the root is refused")]
    [TestCase("/link", TestName = "A mount over the root by a link is refused")]
    [CancelAfter(30_000)]
    public void A_mount_must_be_below_the_root(string destination)
    {
        using var container = TestContainer.From(bundle =>
        {
            Share(bundle);
            File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "link"), "/");
            bundle.Mount(destination, "tmpfs", "tmpfs");
        });

        Result result = container.Create();

        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Error, Does.Contain($"mount \\\"{destination}\\\": it is the container's root, and there is no mount namespace"));
        Assert.That(Mounted(container), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void What_is_mounted_already_is_not_mixed_with_the_containers()
    {
        using var container = TestContainer.From(Share);
        using var other = TestContainer.From(Share);
        other.Bundle.Set("root.path", container.Bundle.Rootfs).Save();
        container.Create().MustSucceed();

        Result result = other.Create();

        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Error, Does.Contain("is mounted already, and there is no mount namespace"));
        Assert.That(Mounted(container), Is.Not.Empty);
    }

    private static void Share(TestBundle bundle) => bundle
        .WithoutNamespace("mount").Writable().Remove("linux.maskedPaths").Remove("linux.readonlyPaths")
        .Mount("/data", "tmpfs", "tmpfs").Process.Args("true");

    private static string[] Mounted(TestContainer container) => HostProcess.Self.Mounts.Select(mount => mount.MountPoint)
        .Where(point => point.StartsWith(container.Bundle.Rootfs, StringComparison.Ordinal))
        .Select(point => point[container.Bundle.Rootfs.Length..]).ToArray();
}
