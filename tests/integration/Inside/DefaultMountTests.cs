using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>What the specification's default document mounts.</summary>
[TestFixture]
internal sealed class DefaultMountTests
{
    [TestCase(false), TestCase(true)]
    [CancelAfter(30_000)]
    public void The_default_mounts_are_those_that_runc_makes(bool ownCgroups)
    {
        using var container = TestContainer.From(bundle =>
        {
            if (ownCgroups)
            {
                bundle.Namespace("cgroup");
            }

            bundle.Process.Args("cat", "/proc/self/mountinfo");
        });

        Result expected = Host.RunWithRunc(container).MustSucceed();
        Result result = container.Run().MustSucceed();

        Assert.That(Described(result, container.Id), Is.EqualTo(Described(expected, container.Id)));
    }

    [Test, CancelAfter(30_000)]
    public void The_mounts_are_in_the_documents_order_with_its_options()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        MountEntry[] mounts = container.Init.Mounts;

        Assert.That(mounts.Select(mount => mount.MountPoint).Take(8), Is.EqualTo(new[] { "/", "/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup" }));
        Assert.That(mounts[2].Options, Is.EquivalentTo(new[] { "rw", "nosuid" }), "strictatime is the absence of relatime");
        Assert.That(mounts[2].SuperOptions, Does.Contain("size=65536k").And.Contain("mode=755"));
        Assert.That(mounts[3].SuperOptions, Does.Contain("gid=5").And.Contain("mode=620").And.Contain("ptmxmode=666"));
        Assert.That(mounts.All(mount => mount.Propagation.Length == 0), Is.True);
    }

    [Test, CancelAfter(30_000)]
    public void The_hosts_mounts_are_the_same_before_during_and_after()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        string[] before = HostMounts();

        container.Create().MustSucceed();
        container.Start().MustSucceed();
        string[] during = HostMounts();
        container.Delete("--force").MustSucceed();

        Assert.That(during, Is.EqualTo(before));
        Assert.That(HostMounts(), Is.EqualTo(before));
    }

    [Test, CancelAfter(30_000)]
    public void Nothing_of_the_hosts_file_tree_is_in_sight()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        MountEntry[] mounts = container.Init.Mounts;

        Assert.That(mounts.Count(mount => mount.MountPoint == "/"), Is.EqualTo(1));
        Assert.That(mounts.Single(mount => mount.MountPoint == "/").Root, Does.EndWith(container.Id + "/bundle/rootfs"));
        Assert.That(container.Exec("sh", "-c", "ls -a /../ | grep -x work; cat /proc/mounts | grep -c bundle").Output, Is.EqualTo("0"));
    }

    [Test, CancelAfter(30_000)]
    public void A_read_only_root_is_read_only_and_what_is_mounted_on_it_is_not()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("touch /file; touch /dev/shm/file && echo mounted"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("mounted"));
        Assert.That(result.Error, Does.Contain("Read-only file system"));
    }

    [Test, CancelAfter(30_000)]
    public void A_writable_root_is_the_bundles_folder()
    {
        using var container = TestContainer.From(bundle => bundle.Writable().Process.Shell("echo text >/file"));

        container.Run().MustSucceed();

        Assert.That(File.ReadAllText(Path.Combine(container.Bundle.Rootfs, "file")), Is.EqualTo("text\n"));
    }

    [Test, CancelAfter(30_000)]
    public void The_mount_options_that_the_container_s_cgroups_get_hold_for_each_hierarchy()
    {
        Machine.NeedsCgroups(CgroupKind.V1, CgroupKind.Hybrid);
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        MountEntry[] cgroups = container.Init.Mounts.Where(mount => mount.Type == "cgroup").ToArray();

        Assert.That(cgroups, Is.Not.Empty);
        Assert.That(cgroups.All(mount => mount.Root.EndsWith("/" + container.Id, StringComparison.Ordinal)), Is.True);
        Assert.That(cgroups.SelectMany(mount => new[] { "ro", "nosuid", "nodev", "noexec" }.Except(mount.Options)), Is.Empty);
        Assert.That(container.Exec("mkdir", "/sys/fs/cgroup/pids/new").Error, Does.Contain("Read-only file system"));
    }

    [Test, CancelAfter(30_000)]
    public void A_writable_cgroup_mount_lets_the_container_make_groups_of_its_own()
    {
        Machine.NeedsCgroups(CgroupKind.V1, CgroupKind.Hybrid);
        using var container = TestContainer.From(bundle =>
        {
            bundle.Array("mounts").RemoveAll(mount => (string?)mount!["type"] == "cgroup");
            bundle.Namespace("cgroup").Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "nodev", "noexec").Process.Shell(
                "mkdir /sys/fs/cgroup/pids/own && echo $$ >/sys/fs/cgroup/pids/own/cgroup.procs && grep pids /proc/self/cgroup; exec sleep 60");
        });
        container.Create().MustSucceed();
        container.Start().MustSucceed();
        container.WaitForOutput(":/own");

        string directory = container.Cgroups.Directories["pids"];
        container.Delete("--force").MustSucceed();

        Assert.That(directory, Does.EndWith($"/{container.Id}/own"));
        Assert.That(Directory.Exists(Path.GetDirectoryName(directory)), Is.False);
    }

    // The tmpfs of the cgroups is read-only here, as asked, where runc leaves it writable. A mask is the host's null device
    // here and the container's own there (CVE-2025-31133), and an empty directory is bounded here.
    private static string[] Described(Result mountinfo, string id) => mountinfo.Lines.Select(MountEntry.Parse).Select(mount =>
    {
        bool mask = mount.MountPoint.StartsWith("/proc/", StringComparison.Ordinal) || mount.MountPoint == "/sys/firmware";
        bool cgroups = mount.MountPoint == "/sys/fs/cgroup";
        string root = mount.Root.Replace(id + "-runc", id, StringComparison.Ordinal);
        string options = string.Join(',', mount.Options.Where(option => !cgroups || option is not ("ro" or "rw")));
        return mask && mount.Type is "tmpfs" or "devtmpfs" ? $"{mount.MountPoint} masked {root}"
            : $"{root} {mount.MountPoint} {options} {mount.Type} {mount.Source} {string.Join(',', mount.SuperOptions)}";
    }).ToArray();

    // Other tests mount things of theirs at the same time.
    private static string[] HostMounts() => MountEntry.Read("self")
        .Where(mount => !mount.MountPoint.Contains("bulkhead-test", StringComparison.Ordinal))
        .Select(mount => $"{mount.Id} {mount.MountPoint} {string.Join(',', mount.Options)} {string.Join(',', mount.Propagation)}").ToArray();
}
