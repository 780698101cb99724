using System.Text;
using Bulkhead.Cgroups.Layout;
using Bulkhead.Cgroups;
using FsCheck.Fluent;
using FsCheck;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cgroups;

public sealed class CgroupLayoutTests
{
    private const string Pure = """
        22 27 0:21 / /proc rw,relatime - proc proc rw
        30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
        """;

    private const string V1 = """
        23 28 0:22 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
        31 23 0:28 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755
        32 31 0:29 / /sys/fs/cgroup/systemd rw,nosuid shared:10 - cgroup cgroup rw,xattr,release_agent=/usr/lib/systemd/systemd-cgroups-agent,name=systemd
        33 31 0:30 / /sys/fs/cgroup/net_cls,net_prio rw,nosuid shared:11 - cgroup cgroup rw,net_cls,net_prio
        34 31 0:31 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:12 - cgroup cgroup rw,cpu,cpuacct
        35 31 0:32 / /sys/fs/cgroup/memory rw,nosuid shared:13 - cgroup cgroup rw,memory
        36 31 0:33 / /sys/fs/cgroup/openrc rw,nosuid shared:14 - cgroup cgroup rw,name=openrc
        """;

    private const string Hybrid = V1 + "\n" + """
        41 31 0:38 / /sys/fs/cgroup/unified rw,nosuid shared:20 - cgroup2 cgroup2 rw,nsdelegate
        """;

    private const string DockerInDocker = """
        500 499 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/a:/b
        600 500 0:60 / /sys/fs/cgroup rw,nosuid - tmpfs tmpfs rw,mode=755
        601 600 0:31 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw,nosuid master:12 - cgroup cgroup rw,cpu,cpuacct
        602 600 0:32 /docker/abc /sys/fs/cgroup/memory rw,nosuid master:13 - cgroup cgroup rw,memory
        603 600 0:32 /docker/abc/inner /mnt/memory rw,nosuid master:13 - cgroup cgroup rw,memory
        """;

    private const string UnifiedWithSystemdOnTheSide = """
        30 23 0:26 / /mnt/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw
        31 23 0:27 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
        """;

    private const string V1WithStrangersUnified = V1 + "\n" + """
        90 23 0:39 / /run/cilium/cgroupv2 rw,relatime - cgroup2 none rw
        """;

    private const string UsualPlaceSecond = """
        90 23 0:31 / /dev/cgroup/memory rw,relatime - cgroup none rw,memory
        91 23 0:31 / /sys/fs/cgroup/memory rw,relatime - cgroup none rw,memory
        """;

    private const string Spaces = """
        90 23 0:31 /with\040space /sys/fs/cgroup/my\040memory\134x rw,relatime - cgroup none rw,memory
        """;

    [TestCase(Pure, "V2: [] at /sys/fs/cgroup")]
    [TestCase(V1, "V1: [name=systemd] at /sys/fs/cgroup/systemd; [net_cls,net_prio] at /sys/fs/cgroup/net_cls,net_prio; "
        + "[cpu,cpuacct] at /sys/fs/cgroup/cpu,cpuacct; [memory] at /sys/fs/cgroup/memory")]
    [TestCase(Hybrid, "Hybrid: [name=systemd] at /sys/fs/cgroup/systemd; [net_cls,net_prio] at /sys/fs/cgroup/net_cls,net_prio; "
        + "[cpu,cpuacct] at /sys/fs/cgroup/cpu,cpuacct; [memory] at /sys/fs/cgroup/memory; [] at /sys/fs/cgroup/unified")]
    [TestCase(DockerInDocker, "V1: [cpu,cpuacct] at /sys/fs/cgroup/cpu,cpuacct of /docker/abc; [memory] at /sys/fs/cgroup/memory of /docker/abc")]
    [TestCase(UnifiedWithSystemdOnTheSide, "V2: [] at /mnt/cgroup")]
    [TestCase(V1WithStrangersUnified, "V1: [name=systemd] at /sys/fs/cgroup/systemd; [net_cls,net_prio] at /sys/fs/cgroup/net_cls,net_prio; "
        + "[cpu,cpuacct] at /sys/fs/cgroup/cpu,cpuacct; [memory] at /sys/fs/cgroup/memory")]
    [TestCase(UsualPlaceSecond, "V1: [memory] at /sys/fs/cgroup/memory")]
    [TestCase(Spaces, "V1: [memory] at /sys/fs/cgroup/my memory\\x of /with space")]
    public void Parse_finds(string mounts, string expected)
    {
        CgroupLayout layout = CgroupLayout.Parse(Encoding.UTF8.GetBytes(mounts));

        Assert.That(Describe(layout), Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("22 27 0:21 / /proc rw,relatime - proc proc rw\n")]
    [TestCase("22 27 0:21 / /proc rw,relatime - cgroup\n")]
    [TestCase("36 31 0:33 / /x rw - cgroupfoo x rw,memory\n")]
    public void Parse_of_a_table_without_cgroups_says_so(string mounts) =>
        Assert.That(
            () => CgroupLayout.Parse(Encoding.UTF8.GetBytes(mounts)),
            Throws.TypeOf<CgroupException>().With.Message.StartsWith("no cgroup file system is mounted"));

    [Test]
    public void Parse_of_a_damaged_table_never_crashes() =>
        Check.QuickThrowOnFailure(Prop.ForAll<byte[], int>((noise, at) =>
        {
            List<byte> bytes = [.. Encoding.UTF8.GetBytes(Hybrid)];
            bytes.InsertRange(Math.Abs(at % bytes.Count), noise);
            try
            {
                CgroupLayout.Parse(bytes.ToArray());
            }
            catch (CgroupException)
            {
                // As good an answer as any.
            }
        }));

    [TestCase("/", "")]
    [TestCase("/system.slice/x.service", "system.slice/x.service")]
    [TestCase("/../other", "", TestName = "a place outside of the cgroup namespace is the mount's root")]
    public void Own_cgroup_is_relative_to_the_mount(string path, string expected)
    {
        OwnCgroups own = new($"4:memory:/elsewhere\n1:name=systemd:/s\n3:cpu,cpuacct:/both\n0::{path}\n");

        Assert.Multiple(() =>
        {
            Assert.That(own.In(new CgroupHierarchy("/sys/fs/cgroup", "/", [""])), Is.EqualTo(expected));
            Assert.That(own.In(new CgroupHierarchy("/c", "/", ["cpuacct"])), Is.EqualTo("both"));
            Assert.That(own.In(new CgroupHierarchy("/c", "/", ["name=systemd"])), Is.EqualTo("s"));
            Assert.That(own.In(new CgroupHierarchy("/c", "/", ["pids"])), Is.Empty);
        });
    }

    [TestCase("/docker/abc", "/docker/abc/own", "own")]
    [TestCase("/docker/abc", "/docker/abc", "")]
    [TestCase("/docker/abc", "/docker/abcd", "")]
    [TestCase("/docker/abc", "/", "")]
    public void Own_cgroup_in_a_mount_of_a_part(string root, string path, string expected)
    {
        OwnCgroups own = new($"4:memory:{path}");

        Assert.That(own.In(new CgroupHierarchy("/m", root, ["memory"])), Is.EqualTo(expected));
    }

    private static string Describe(CgroupLayout layout) => $"{layout.Version}: " + string.Join("; ", layout.Hierarchies.Select(hierarchy =>
        $"[{string.Join(',', hierarchy.Controllers)}] at {hierarchy.MountPoint}{(hierarchy.Root == "/" ? "" : $" of {hierarchy.Root}")}"));
}
