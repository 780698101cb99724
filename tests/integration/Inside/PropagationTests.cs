using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>Whether a mount that is made later, on one side, appears on the other.</summary>
/// <remarks>mount_namespaces(7), "Shared subtrees"; runtime-spec, config-linux.md, "Rootfs Mount Propagation".</remarks>
[TestFixture]
internal sealed class PropagationTests
{
    [TestCase("rslave", true), TestCase("slave", true), TestCase("rshared", true), TestCase("shared", true), TestCase("rprivate", false), TestCase("private", false)]
    [CancelAfter(30_000)]
    public void A_mount_made_on_the_host_appears_inside_unless_the_mount_is_private(string propagation, bool appears)
    {
        using var container = TestContainer.From();
        using var host = new HostMount(container.Folder.File("host"), "--make-shared");
        host.Folder("place");
        container.Bundle.Mount("/mnt", "bind", host.Path, "rbind", propagation).Process.Args("sleep", "60");
        container.Bundle.Save();
        container.Create().MustSucceed();
        container.Start().MustSucceed();

        using var late = new HostMount(host.Path + "/place");

        Assert.That(container.Init.Mounts.Any(mount => mount.MountPoint == "/mnt/place"), Is.EqualTo(appears));
        container.Delete("--force").MustSucceed();
    }

    [TestCase("rshared", true), TestCase("rslave", false), TestCase("rprivate", false)]
    [CancelAfter(30_000)]
    public void A_mount_made_inside_appears_on_the_host_only_when_the_mount_is_shared(string propagation, bool appears)
    {
        using var container = TestContainer.From();
        using var host = new HostMount(container.Folder.File("host"), "--make-shared");
        host.Folder("place");
        container.Bundle.Set("linux.rootfsPropagation", propagation == "rshared" ? "rshared" : "rslave");
        container.Bundle.Mount("/mnt", "bind", host.Path, "rbind", propagation).Process.Capabilities("CAP_SYS_ADMIN").Shell("mount -t tmpfs none /mnt/place && echo mounted; exec sleep 60");
        container.Bundle.Save();

        container.Create().MustSucceed();
        container.Start().MustSucceed();
        container.WaitForOutput("mounted");

        Assert.That(HostMount.Has(host.Path + "/place"), Is.EqualTo(appears));
        container.Delete("--force").MustSucceed();
    }

    [TestCase("rslave", "master:"), TestCase("slave", "master:"), TestCase("rprivate", ""), TestCase("private", ""), TestCase("rshared", "shared:"), TestCase("shared", "shared:"), TestCase("runbindable", "unbindable"), TestCase("unbindable", "unbindable")]
    [CancelAfter(30_000)]
    public void The_roots_propagation_is_the_documents(string propagation, string shown)
    {
        using var container = TestContainer.From();
        using var host = new HostMount(container.Folder.File("host"), "--make-shared");
        Host.Run("cp", "-a", container.Bundle.Rootfs, host.Folder("bundle")).MustSucceed();
        container.Bundle.Set("root.path", host.Path + "/bundle/rootfs").Set("linux.rootfsPropagation", propagation).Process.Args("sleep", "60");
        container.Bundle.Save();

        container.Create().MustSucceed();
        container.Start().MustSucceed();

        string[] root = container.Init.Mounts.Single(mount => mount.MountPoint == "/").Propagation;
        Assert.That(string.Join(' ', root), shown.Length == 0 ? Is.Empty : Does.StartWith(shown));
        container.Delete("--force").MustSucceed();
    }

    [TestCase("rshared"), TestCase("rslave"), TestCase("rprivate"), TestCase("shared")]
    [CancelAfter(30_000)]
    public void No_mount_of_the_containers_own_appears_on_the_host_wherever_its_root_lies(string propagation)
    {
        using var container = TestContainer.From();
        using var host = new HostMount(container.Folder.File("host"), "--make-shared");
        Host.Run("cp", "-a", container.Bundle.Rootfs, host.Folder("bundle")).MustSucceed();
        container.Bundle.Set("root.path", host.Path + "/bundle/rootfs").Set("linux.rootfsPropagation", propagation).Process.Args("sleep", "60");
        container.Bundle.Save();

        container.Create().MustSucceed();
        container.Start().MustSucceed();
        string[] mounted = MountEntry.Read("self").Select(mount => mount.MountPoint).Where(point => point.StartsWith(host.Path + "/", StringComparison.Ordinal)).ToArray();
        container.Delete("--force").MustSucceed();

        Assert.That(mounted, Is.Empty);
    }

    [TestCase("rshared"), TestCase("shared"), TestCase("rslave")]
    [CancelAfter(30_000)]
    public void No_mount_of_the_host_goes_away_when_everything_on_it_is_shared(string propagation)
    {
        using var container = TestContainer.From();
        using var host = new HostMount(container.Folder.File("host"));
        Host.Run("cp", "-a", container.Bundle.Rootfs, host.Path).MustSucceed();
        container.Bundle.Set("root.path", host.Path + "/rootfs").Set("linux.rootfsPropagation", propagation).Process.Args("true");
        container.Bundle.Save();

        // A copy of the host's mounts stands in for them, lest a fault takes the machine down.
        string script = $"""
            mount --make-rshared /
            before=$(cut -d' ' -f1,5 /proc/self/mountinfo)
            {Repository.RuntimeBinary} --root {container.Runtime.Root} run --bundle {container.Bundle.Path} {container.Id}
            test "$before" = "$(cut -d' ' -f1,5 /proc/self/mountinfo)"
            """;
        Result result = Host.Run("unshare", "--mount", "--propagation", "private", "sh", "-ec", script);

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_mount_that_the_host_removes_goes_away_inside()
    {
        using var container = TestContainer.From();
        using var host = new HostMount(container.Folder.File("host"), "--make-shared");
        var inner = new HostMount(host.Folder("place"));
        container.Bundle.Mount("/mnt", "bind", host.Path, "rbind", "rslave").Process.Args("sleep", "60");
        container.Bundle.Save();
        container.Create().MustSucceed();
        container.Start().MustSucceed();
        Assert.That(container.Init.Mounts.Any(mount => mount.MountPoint == "/mnt/place"), Is.True);

        inner.Dispose();

        Assert.That(container.Init.Mounts.Any(mount => mount.MountPoint == "/mnt/place"), Is.False);
        container.Delete("--force").MustSucceed();
    }
}
