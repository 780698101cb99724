using Bulkhead.Cgroups.V1;
using Bulkhead.Cgroups.V2;
using Bulkhead.Cgroups;
using Bulkhead.Linux.Files;
using Bulkhead.Linux;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cgroups;

public sealed class CgroupTreeTests
{
    private string _root = "";

    [SetUp]
    public void MakeRoots()
    {
        _root = Directory.CreateTempSubdirectory("bulkhead-cgroup-").FullName;
        foreach (string name in new[] { "cpu,cpuacct", "memory", "unified" })
        {
            Directory.CreateDirectory(Path.Combine(_root, name));
        }
    }

    [TearDown]
    public void RemoveRoots() => Directory.Delete(_root, recursive: true);

    [Test]
    public void A_cgroup_is_a_directory_in_each_hierarchy()
    {
        using V1Cgroup cgroup = Hybrid("pod/web");

        DirectoryHandle? target = cgroup.CreateCloneTarget();
        cgroup.Create();

        Assert.Multiple(() =>
        {
            Assert.That(cgroup.Version, Is.EqualTo(CgroupVersion.Hybrid));
            Assert.That(target, Is.SameAs(cgroup.CloneTarget));
            Assert.That(cgroup.AlreadyExisted, Is.False);
            Assert.That(cgroup.Paths, Is.EquivalentTo(new Dictionary<string, string>
            {
                ["cpu"] = $"{_root}/cpu,cpuacct/pod/web",
                ["cpuacct"] = $"{_root}/cpu,cpuacct/pod/web",
                ["memory"] = $"{_root}/memory/pod/web",
                [""] = $"{_root}/unified/pod/web",
            }));
            Assert.That(cgroup.Paths.Values, Is.All.Matches<string>(Directory.Exists));
        });
    }

    [Test]
    public void Removing_takes_what_the_container_made_below_and_the_parents_that_were_made()
    {
        using V1Cgroup cgroup = Hybrid("pod/web");
        cgroup.Create();
        Directory.CreateDirectory(Path.Combine(_root, "memory/pod/web/inner/deep"));

        cgroup.Remove();

        Assert.That(Directory.GetFileSystemEntries(_root, "*", SearchOption.AllDirectories), Has.Length.EqualTo(3));
    }

    [Test]
    public void A_tree_deeper_than_a_path_can_be_long_is_read_and_removed()
    {
        using V1Cgroup cgroup = Hybrid("web");
        cgroup.Create();
        string name = new('x', 200);
        DirectoryHandle above = DirectoryHandle.Open(Path.Combine(_root, "memory/web"));
        for (int i = 0; i < 30; i++)
        {
            above.MakeDirectory("beside", (UnixFileMode)0b111_101_101);
            above.MakeDirectory(name, (UnixFileMode)0b111_101_101);
            DirectoryHandle made = above.OpenDirectory(name);
            above.Dispose();
            above = made;
        }

        using (FileDescriptor file = above.OpenFile("cgroup.procs", Bulkhead.Linux.Files.FileMode.CreateNew((UnixFileMode)0b110_100_100)))
        {
            file.Write("5\n");
        }

        using (DirectoryHandle root = DirectoryHandle.Open(Path.Combine(_root, "memory")))
        {
            Assert.That(CgroupTree.Processes(new CgroupDirectory(root, "web")), Is.EqualTo(new[] { 5 }));
        }

        above.Remove("cgroup.procs");
        above.Dispose();
        cgroup.Remove();

        Assert.That(Directory.GetFileSystemEntries(_root, "*", SearchOption.AllDirectories), Has.Length.EqualTo(3));
    }

    [Test]
    public void Removing_from_a_saved_state_leaves_the_parents()
    {
        using V1Cgroup cgroup = Hybrid("pod/web");
        cgroup.Create();

        using ICgroup again = Cgroup.Open(cgroup.Version, cgroup.Paths);
        again.Remove();
        again.Remove();

        Assert.Multiple(() =>
        {
            Assert.That(again.Paths, Is.EquivalentTo(cgroup.Paths));
            Assert.That(Directory.Exists(Path.Combine(_root, "memory/pod")), Is.True);
            Assert.That(Directory.Exists(Path.Combine(_root, "memory/pod/web")), Is.False);
        });
    }

    [Test]
    public void A_cgroup_in_place_is_taken_and_shown_as_such()
    {
        Directory.CreateDirectory(Path.Combine(_root, "cpu,cpuacct/web"));
        using V1Cgroup cgroup = Hybrid("web");

        cgroup.Create();

        Assert.That(cgroup.AlreadyExisted, Is.True);
    }

    [Test]
    public void A_clone_target_that_is_gone_is_not_made_anew()
    {
        using ICgroup cgroup = Cgroup.Open(CgroupVersion.V2, new Dictionary<string, string> { [""] = $"{_root}/unified/gone" });

        Assert.Multiple(() =>
        {
            Assert.That(() => cgroup.CreateCloneTarget(), Throws.TypeOf<LinuxException>().With.Property("Error").EqualTo(Errno.ENOENT));
            Assert.That(Directory.Exists($"{_root}/unified/gone"), Is.False);
        });
    }

    [Test]
    public void Processes_are_those_of_the_whole_tree_once_each()
    {
        Directory.CreateDirectory(Path.Combine(_root, "memory/web/inner"));
        File.WriteAllText(Path.Combine(_root, "memory/web/cgroup.procs"), "30\n7\n0\n");
        File.WriteAllText(Path.Combine(_root, "memory/web/inner/cgroup.procs"), "30\n8\n");
        using ICgroup cgroup = Cgroup.Open(CgroupVersion.V1, new Dictionary<string, string> { ["pids"] = $"{_root}/memory/web" });

        Assert.That(cgroup.Processes(), Is.EqualTo(new[] { 7, 8, 30 }));
    }

    [Test]
    public void The_child_joins_by_thread_and_leaves_out_where_it_was_cloned_into()
    {
        using V1Cgroup cgroup = Hybrid("web");
        cgroup.Create();
        foreach (string file in new[] { "cpu,cpuacct/web/tasks", "memory/web/tasks", "unified/web/cgroup.procs" })
        {
            File.WriteAllText(Path.Combine(_root, file), "");
        }

        cgroup.JoinSelf();

        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllText(Path.Combine(_root, "cpu,cpuacct/web/tasks")), Is.EqualTo("0"));
            Assert.That(File.ReadAllText(Path.Combine(_root, "memory/web/tasks")), Is.EqualTo("0"));
            Assert.That(File.ReadAllText(Path.Combine(_root, "unified/web/cgroup.procs")), Is.Empty);
        });
    }

    [Test]
    public void Controllers_are_enabled_on_the_way_down()
    {
        Directory.CreateDirectory(Path.Combine(_root, "unified/pod/web"));
        File.WriteAllText(Path.Combine(_root, "unified/cgroup.controllers"), "cpu memory pids\n");
        File.WriteAllText(Path.Combine(_root, "unified/cgroup.subtree_control"), "");
        File.WriteAllText(Path.Combine(_root, "unified/pod/cgroup.controllers"), "cpu memory\n");
        File.WriteAllText(Path.Combine(_root, "unified/pod/cgroup.subtree_control"), "");
        using DirectoryHandle root = DirectoryHandle.Open(Path.Combine(_root, "unified"));

        string? obstacle = SubtreeControl.Enable(new CgroupDirectory(root, "pod/web"), null);

        Assert.Multiple(() =>
        {
            Assert.That(obstacle, Is.Null);
            Assert.That(File.ReadAllText(Path.Combine(_root, "unified/cgroup.subtree_control")), Is.EqualTo("+cpu +memory +pids"));
            Assert.That(File.ReadAllText(Path.Combine(_root, "unified/pod/cgroup.subtree_control")), Is.EqualTo("+cpu +memory"));
        });
    }

    [TestCase(CgroupVersion.V2, "memory")]
    [TestCase(CgroupVersion.V1, "")]
    public void A_state_of_another_layout_is_refused(CgroupVersion version, string controller) =>
        Assert.That(() => Cgroup.Open(version, new Dictionary<string, string> { [controller] = "/sys/fs/cgroup/x" }), Throws.TypeOf<CgroupException>());

    [Test]
    public void A_controller_that_is_not_mounted_is_named()
    {
        using ICgroup cgroup = Cgroup.Open(CgroupVersion.V1, new Dictionary<string, string> { ["cpu"] = $"{_root}/memory" });

        Assert.Multiple(() =>
        {
            Assert.That(
                () => cgroup.Update(new Bulkhead.Specs.Runtime.LinuxResources { Pids = new Bulkhead.Specs.Runtime.LinuxPids { Limit = 1 } }),
                Throws.TypeOf<CgroupException>().With.Message.EqualTo("linux.resources.pids.limit: the pids controller is not mounted"));
            Assert.That(
                () => cgroup.Update(new Bulkhead.Specs.Runtime.LinuxResources { Unified = new Dictionary<string, string> { ["pids.max"] = "1" } }),
                Throws.TypeOf<CgroupException>().With.Message.EqualTo("linux.resources.unified: needs cgroup v2, and only v1 is mounted"));
            Assert.That(() => cgroup.Update(new Bulkhead.Specs.Runtime.LinuxResources { Memory = new Bulkhead.Specs.Runtime.LinuxMemory() }), Throws.Nothing);
        });
    }

    private V1Cgroup Hybrid(string place) => new(
        [
            new V1Directory(["cpu", "cpuacct"], new CgroupDirectory(DirectoryHandle.Open(Path.Combine(_root, "cpu,cpuacct")), place)),
            new V1Directory(["memory"], new CgroupDirectory(DirectoryHandle.Open(Path.Combine(_root, "memory")), place)),
        ],
        new UnifiedDirectory(new CgroupDirectory(DirectoryHandle.Open(Path.Combine(_root, "unified")), place), isNew: true));
}
