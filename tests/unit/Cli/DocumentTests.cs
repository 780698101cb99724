using System.Text;
using System.Text.Json;
using Bulkhead.Cgroups;
using Bulkhead.Runtime.Cli;
using Bulkhead.Runtime.Cli.Commands;
using Bulkhead.Runtime.Resctrl;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cli;

/// <summary>The documents that <c>spec</c>, <c>features</c>, <c>events</c> and <c>--version</c> print.</summary>
internal sealed class DocumentTests
{
    [Test]
    public void Spec_is_indented_with_tabs_and_has_no_line_feed_at_its_end()
    {
        string text = StarterDocument.Write(cgroupNamespace: false, user: null);

        Assert.That(text, Does.StartWith("{\n\t\"ociVersion\": \"1.2.1\",\n\t\"process\": {\n\t\t\"terminal\": true,"));
        Assert.That(text, Does.EndWith("\n\t}\n}"));
    }

    [TestCase(false, false, new[] { "pid", "network", "ipc", "uts", "mount" })]
    [TestCase(true, false, new[] { "pid", "network", "ipc", "uts", "mount", "cgroup" })]
    [TestCase(false, true, new[] { "pid", "ipc", "uts", "mount", "user" })]
    [TestCase(true, true, new[] { "pid", "ipc", "uts", "mount", "cgroup", "user" })]
    public void Spec_has_the_namespaces_that_are_of_use(bool cgroup, bool rootless, string[] expected)
    {
        using JsonDocument document = JsonDocument.Parse(StarterDocument.Write(cgroup, rootless ? (1000, 100) : null));

        Assert.That(document.RootElement.GetProperty("linux").GetProperty("namespaces").EnumerateArray().Select(entry => entry.GetProperty("type").GetString()), Is.EqualTo(expected));
    }

    [Test]
    public void Spec_for_root_limits_devices_and_mounts_sysfs()
    {
        Spec spec = Read(null);

        Assert.That(spec.Linux!.Resources!.Devices, Has.Length.EqualTo(1));
        Assert.That(spec.Linux.UidMappings, Is.Null);
        Assert.That(spec.Mounts!.Single(mount => mount.Destination == "/sys").Type, Is.EqualTo("sysfs"));
        Assert.That(spec.Mounts!.Single(mount => mount.Destination == "/dev/pts").Options, Does.Contain("gid=5"));
        Assert.That(spec.Mounts, Has.Length.EqualTo(7));
    }

    [Test]
    public void Spec_for_a_user_maps_the_user_and_needs_no_privilege()
    {
        Spec spec = Read((1000, 100));

        Assert.That(spec.Linux!.Resources, Is.Null);
        Assert.That(spec.Linux.UidMappings!.Single().HostId, Is.EqualTo(1000));
        Assert.That(spec.Linux.GidMappings!.Single().HostId, Is.EqualTo(100));
        Assert.That(spec.Mounts!.Single(mount => mount.Destination == "/sys").Options, Does.Contain("rbind"));
        Assert.That(spec.Mounts!.Single(mount => mount.Destination == "/dev/pts").Options, Has.None.StartsWith("gid="));
        Assert.That(spec.Mounts, Has.Length.EqualTo(7));
    }

    [Test]
    public void Features_have_what_containerd_and_CRI_O_read()
    {
        Features features = FeaturesCommand.Document();

        Assert.That(features.OciVersionMin, Is.EqualTo("1.0.0"));
        Assert.That(features.OciVersionMax, Is.EqualTo("1.3.0"));
        Assert.That(features.MountOptions, Does.Contain("rro"));
        Assert.That(features.Hooks, Has.Length.EqualTo(6));
        Assert.That(features.Linux!.Namespaces, Is.EquivalentTo(new[] { "pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time" }));
        Assert.That(features.Linux.Capabilities, Does.Contain("CAP_SYS_ADMIN"));
        Assert.That(features.Linux.Seccomp!.Actions, Does.Contain("SCMP_ACT_NOTIFY"));
        Assert.That(features.Linux.Cgroup!.Systemd, Is.True);
        Assert.That(features.Linux.MountExtensions!.Idmap!.Enabled, Is.Not.Null);
    }

    [Test]
    public void Features_can_be_read_back()
    {
        byte[] json = SpecJson.Write(FeaturesCommand.Document(), indented: true);

        Assert.That(SpecJson.Read<Features>(json).OciVersionMax, Is.EqualTo("1.3.0"));
    }

    [Test]
    public void Events_leave_out_what_runc_leaves_out()
    {
        CgroupStatistics statistics = new()
        {
            Cpu = new CpuStatistics { TotalNanoseconds = 30, KernelNanoseconds = 10, PerCpuNanoseconds = [10, 20], ThrottledPeriods = 1 },
            Pids = new PidsStatistics { Current = 1 },
            Memory = new MemoryStatistics { Usage = new MemoryUsage { LimitBytes = ulong.MaxValue, UsageBytes = 4096 }, Raw = new Dictionary<string, ulong> { ["anon"] = 5 } },
            BlockIo = new BlockIoStatistics { Serviced = [new BlockIoEntry(8, 0, "Read", 3)] },
            Hugepages = new Dictionary<string, HugepageStatistics> { ["2MB"] = new() },
        };

        string line = Encoding.UTF8.GetString(EventsCommand.Format("web", statistics).Span);

        Assert.That(line, Is.EqualTo(
            "{\"type\":\"stats\",\"id\":\"web\",\"data\":{\"cpu\":{\"usage\":{\"total\":30,\"percpu\":[10,20],\"kernel\":10,\"user\":0},\"throttling\":{\"throttledPeriods\":1}},"
            + "\"cpuset\":{\"cpu_exclusive\":0,\"mem_hardwall\":0,\"mem_exclusive\":0,\"memory_migrate\":0,\"memory_spread_page\":0,\"memory_spread_slab\":0,"
            + "\"memory_pressure\":0,\"sched_load_balance\":0,\"sched_relax_domain_level\":0},"
            + "\"memory\":{\"usage\":{\"limit\":18446744073709551615,\"usage\":4096,\"failcnt\":0},\"swap\":{\"limit\":0,\"failcnt\":0},\"kernel\":{\"limit\":0,\"failcnt\":0},"
            + "\"kernelTCP\":{\"limit\":0,\"failcnt\":0},\"raw\":{\"anon\":5}},\"pids\":{\"current\":1},"
            + "\"blkio\":{\"ioServicedRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":3}]},\"hugetlb\":{\"2MB\":{\"failcnt\":0}},\"intel_rdt\":{},\"network_interfaces\":null}}"));
    }

    [Test]
    public void Events_have_the_group_of_resctrl_in_runcs_words()
    {
        ResctrlStatistics resctrl = new()
        {
            Cache = new ResctrlCache("7ff", 1, 16, "L3:0=7ff", "L3:0=f"),
            Bandwidth = new ResctrlBandwidth(10, 1, 10, 8, "MB:0=100", "MB:0=20"),
            Traffic = [new ResctrlTraffic(2, 0)],
            CacheBytes = [3, 4],
        };

        string line = Encoding.UTF8.GetString(EventsCommand.Format("web", new CgroupStatistics(), resctrl).Span);

        Assert.That(line, Does.Contain(
            "\"intel_rdt\":{\"l3_cache_info\":{\"cbm_mask\":\"7ff\",\"min_cbm_bits\":1,\"num_closids\":16},\"l3_cache_schema_root\":\"L3:0=7ff\",\"l3_cache_schema\":\"L3:0=f\","
            + "\"mem_bw_info\":{\"bandwidth_gran\":10,\"delay_linear\":1,\"min_bandwidth\":10,\"num_closids\":8},\"mem_bw_schema_root\":\"MB:0=100\",\"mem_bw_schema\":\"MB:0=20\","
            + "\"mbm_stats\":[{\"mbm_total_bytes\":2,\"mbm_local_bytes\":0}],\"cmt_stats\":[{\"llc_occupancy\":3},{\"llc_occupancy\":4}]}"));
        Assert.That(Encoding.UTF8.GetString(EventsCommand.Format("web", new CgroupStatistics(), new ResctrlStatistics()).Span), Does.Contain("\"intel_rdt\":{}"));
    }

    [Test]
    public void Events_of_killed_processes_have_no_data() =>
        Assert.That(Encoding.UTF8.GetString(EventsCommand.Format("web", null).Span), Is.EqualTo("""{"type":"oom","id":"web"}"""));

    [Test]
    public void Version_has_the_name_the_specification_and_the_library()
    {
        string[] lines = BuildVersion.Text.Split('\n');

        Assert.That(lines[0], Does.Match(@"^runtime version \d+\.\d+\.\d+"));
        Assert.That(lines[^3], Is.EqualTo("spec: 1.3.0"));
        Assert.That(lines[^2], Does.Match(@"^libseccomp: 2\.\d+\.\d+$"));
        Assert.That(lines[^1], Is.Empty);
    }

    private static Spec Read((uint Uid, uint Gid)? user) =>
        SpecJson.ReadSpec(Encoding.UTF8.GetBytes(StarterDocument.Write(cgroupNamespace: true, user)));
}
