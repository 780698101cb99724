using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>Cgroups of version 2 as the container sees them, whom they belong to, and what it makes of its own.</summary>
[TestFixture]
internal sealed class CgroupOwnershipTests
{
    private const string Outside = "100000";

    [SetUp]
    public void NeedVersion2() => Machine.NeedsCgroups(CgroupKind.Unified);

    [TestCase("rw", true, "made")]
    [TestCase("ro", true, "refused")]
    [TestCase("rw", false, "made")]
    [TestCase("ro", false, "refused")]
    [CancelAfter(60_000)]
    public void The_mount_shows_the_containers_own_cgroup(string access, bool ownNamespace, string expected)
    {
        using var container = TestContainer.From(bundle => Cgroups(bundle, access, ownNamespace).Process.Shell(
            "grep -c ' /sys/fs/cgroup .* - cgroup2 ' /proc/self/mountinfo; grep -cx 1 /sys/fs/cgroup/cgroup.procs; mkdir /sys/fs/cgroup/x 2>/dev/null && echo made || echo refused; sed 's/.*://' /proc/self/cgroup"));

        string[] lines = container.Run().MustSucceed().Lines;

        Assert.That(lines[..3], Is.EqualTo(new[] { "1", "1", expected }));
        Assert.That(lines[3], ownNamespace ? Is.EqualTo("/") : Does.Contain(container.Id));
        Assert.That(container.Left(), Is.Empty);
    }

    [TestCase("rw", true, true, 0, Outside)]
    [TestCase("rw", true, true, 1000, "101000", TestName = "The owner is who the program runs as")]
    [TestCase("rw", true, false, 1000, "1000", TestName = "The owner may be a user of the host")]
    [TestCase("ro", true, true, 0, "0", TestName = "A cgroup that can't be written to stays root's")]
    [TestCase("rw", false, true, 0, "0", TestName = "A cgroup without a namespace stays root's")]
    [CancelAfter(60_000)]
    public void The_cgroup_belongs_to_the_containers_user(string access, bool ownNamespace, bool userNamespace, int user, string owner)
    {
        using var container = TestContainer.Started(bundle =>
        {
            Cgroups(bundle, access, ownNamespace).Process.User(user, 0).Args("sleep", "60");
            if (userNamespace)
            {
                bundle.UserNamespace();
            }
        });

        string directory = container.Cgroups.Directories[""];

        Assert.That(Owners(directory, ".", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"), Is.All.EqualTo(owner));
        Assert.That(Owners(directory, "cgroup.freeze", "pids.max", "memory.max"), Is.All.EqualTo("0"), "limits are nobody's but the host's");
        Assert.That(Owners(directory, ".."), Is.EqualTo(new[] { "0" }));
    }

    [Test, CancelAfter(60_000)]
    public void A_container_in_a_user_namespace_can_divide_its_cgroup_but_not_raise_its_limits()
    {
        using var container = TestContainer.From(bundle => Cgroups(bundle, "rw").UserNamespace().Set("linux.resources.pids.limit", 50).Process.Shell(
            """
            cd /sys/fs/cgroup
            mkdir x && echo 0 >x/cgroup.procs && sed 's/.*://' /proc/self/cgroup
            echo +pids >cgroup.subtree_control && echo 20 >x/pids.max && cat x/pids.max
            (echo max >pids.max) 2>/dev/null || cat pids.max
            """));

        string[] lines = container.Run().MustSucceed().Lines;

        Assert.That(lines, Is.EqualTo(new[] { "/x", "20", "50" }));
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void The_user_of_a_user_namespace_that_is_joined_becomes_the_owner_too()
    {
        using var first = TestContainer.Started(bundle => bundle.UserNamespace().Process.Args("sleep", "60"));
        using var second = TestContainer.Started(bundle => Cgroups(bundle, "rw").Namespace("user", $"/proc/{first.Init.Pid}/ns/user").Process.Args("sleep", "60"));

        Assert.That(Owners(second.Cgroups.Directories[""], ".", "cgroup.procs"), Is.All.EqualTo(Outside));
    }

    [Test, CancelAfter(60_000)]
    public void Kill_of_all_and_delete_reach_threaded_cgroups_and_those_of_other_owners()
    {
        using var container = TestContainer.Started(bundle => Cgroups(bundle, "rw").Process.Capabilities("CAP_CHOWN", "CAP_KILL").Shell(
            """
            cd /sys/fs/cgroup
            mkdir -p owned/by/others threads && chown -R 1000 owned && echo threaded >threads/cgroup.type
            sleep 61 & echo $! >threads/cgroup.threads
            sleep 62 & echo $! >owned/by/others/cgroup.procs
            echo ready; exec sleep 60
            """));
        container.WaitForOutput("ready");
        string directory = container.Cgroups.Directories[""];
        string[] listed = container.Runtime.Run("ps", "--format", "json", container.Id).MustSucceed().Output.Trim('[', ']').Split(',');

        container.Kill("KILL", "--all").MustSucceed();
        container.WaitUntilStopped();

        // systemd removes a scope that has become empty.
        Wait.Until(() => !File.Exists(directory + "/cgroup.events") || File.ReadAllText(directory + "/cgroup.events").Contains("populated 0", StringComparison.Ordinal), "the end of all processes");
        container.Delete().MustSucceed();

        Assert.That(listed, Is.Unique.And.Length.EqualTo(3));
        Assert.That(Directory.Exists(directory), Is.False);
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void A_container_whose_cgroup_is_a_threaded_one_is_killed_and_deleted()
    {
        using var container = TestContainer.From(bundle => bundle.Remove("linux.resources").Process.Shell("sleep 61 & sleep 62 & echo ready; exec sleep 60"));
        string tree = $"/sys/fs/cgroup/{TemporaryFolder.Prefix}tree-{container.Id[^12..]}";
        container.Bundle.Set("linux.cgroupsPath", $"{tree["/sys/fs/cgroup".Length..]}/own").Save();
        container.Runtime.GlobalOptions.Clear();
        Directory.CreateDirectory(tree + "/beside");
        try
        {
            File.WriteAllText(tree + "/beside/cgroup.type", "threaded");
            container.Create().MustSucceed();
            container.Start().MustSucceed();
            Wait.Until(() => File.ReadAllLines(tree + "/own/cgroup.threads").Length == 3, "the processes");
            string type = File.ReadAllText(tree + "/own/cgroup.type").Trim();

            container.Delete("--force").MustSucceed();

            Assert.That(type, Is.EqualTo("threaded"));
            Assert.That(Directory.Exists(tree + "/own"), Is.False);
            Assert.That(container.Left(), Is.Empty);
        }
        finally
        {
            container.Delete("--force");
            Directory.Delete(tree + "/beside");
            Directory.Delete(tree);
        }
    }

    private static TestBundle Cgroups(TestBundle bundle, string access, bool ownNamespace = true) =>
        (ownNamespace ? bundle.Namespace("cgroup") : bundle.WithoutNamespace("cgroup"))
        .Set("mounts.6.options", new JsonArray("nosuid", "noexec", "nodev", "relatime", access));

    private static string[] Owners(string directory, params string[] files) =>
        [.. files.Where(file => Path.Exists(Path.Combine(directory, file))).Select(file => Host.Shell($"stat -c %u {directory}/{file}"))];
}
