using Bulkhead.Linux.Files;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Resctrl;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Engine;

/// <summary>A directory tree stands for resctrl, in which a new group has no files by itself.</summary>
[TestFixture]
internal sealed class ResctrlGroupTests
{
    private static readonly ContainerId s_id = ContainerId.Parse("web");

    private string _root = "";
    private DirectoryHandle? _handle;

    private ResctrlFileSystem System => new(_handle!);

    [SetUp]
    public void MakeTree()
    {
        _root = Directory.CreateTempSubdirectory("bulkhead-resctrl-").FullName;
        _handle = DirectoryHandle.Open(_root);
        foreach (string folder in (string[])["info/L3", "info/MB", "info/L3_MON", "mon_groups"])
        {
            Directory.CreateDirectory($"{_root}/{folder}");
        }

        Put("info/L3_MON/mon_features", "llc_occupancy\nmbm_total_bytes\nmbm_local_bytes\n");
        Put("info/last_cmd_status", "ok\n");
        Put("schemata", "    MB:0=100;1=100\n    L3:0=7ff;1=7ff\n");
        Put("tasks", "");
    }

    [TearDown]
    public void RemoveTree()
    {
        _handle!.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Test]
    public void A_new_group_has_the_containers_name_and_is_on_record_before_it_is_made()
    {
        ResctrlGroup group = Plan(new LinuxIntelRdt());

        Assert.That(group.Recorded, Is.EqualTo(new[] { $"{_root}/web" }));
        Assert.That(Exists("web"), Is.False);
        group.Make();
        Assert.That(Exists("web"), Is.True);
        ResctrlGroup.Remove(group.Recorded, group.RecordedWhileMade);
        Assert.That(Exists("web"), Is.False);
        Assert.That(() => ResctrlGroup.Remove(group.Recorded, group.RecordedWhileMade), Throws.Nothing, "a second time");
    }

    [Test]
    public void A_group_that_a_failure_undoes_is_gone()
    {
        ResctrlGroup group = Plan(new LinuxIntelRdt { MemBwSchema = "MB:0=20" });

        Assert.That(group.Make, Throws.TypeOf<ContainerException>().With.Message.StartsWith("linux.intelRdt: write the schemata of the group \"web\": "));
        group.Undo();

        Assert.That(Exists("web"), Is.False);
    }

    [Test]
    public void A_failure_says_what_the_kernel_has_to_add()
    {
        ResctrlGroup group = Plan(new LinuxIntelRdt { MemBwSchema = "MB:0=20" });
        Put("info/last_cmd_status", "Duplicate domain 0\n");

        Assert.That(group.Make, Throws.TypeOf<ContainerException>().With.Message.EndsWith(", Duplicate domain 0"));
    }

    [Test]
    public void A_process_joins_the_group_and_then_the_monitoring_group_in_it()
    {
        Group("shared", "L3:0=f\n");
        ResctrlGroup group = Plan(new LinuxIntelRdt { ClosId = "shared", EnableMonitoring = true });
        group.Make();
        Put("shared/mon_groups/web/tasks", "");

        group.Join(4711);

        Assert.That((Read("shared/tasks"), Read("shared/mon_groups/web/tasks")), Is.EqualTo(("4711", "4711")));
        Assert.That(group.Recorded, Is.EqualTo(new[] { $"{_root}/shared/mon_groups/web" }), "the group itself is somebody else's");
    }

    [Test]
    public void A_slash_is_the_default_group()
    {
        ResctrlGroup group = Plan(new LinuxIntelRdt { ClosId = "/", EnableMonitoring = true });
        group.Make();
        Put("mon_groups/web/tasks", "");

        group.Join(1);

        Assert.That((Read("tasks"), Read("mon_groups/web/tasks")), Is.EqualTo(("1", "1")));
        Assert.That(group.Recorded, Is.EqualTo(new[] { $"{_root}/mon_groups/web" }));
    }

    [Test]
    public void Undo_leaves_a_shared_group_that_is_not_its_own_and_one_that_others_have_joined()
    {
        Group("shared", "L3:0=f\n");
        ResctrlGroup existing = Plan(new LinuxIntelRdt { ClosId = "shared", L3CacheSchema = "L3:0=0f" });
        existing.Make();
        existing.Undo();
        ResctrlGroup other = Plan(new LinuxIntelRdt { ClosId = "new", L3CacheSchema = "L3:0=f" });
        Assert.That(other.Make, Throws.TypeOf<ContainerException>());
        Put("new/tasks", "17\n");
        other.Undo();

        Assert.That((Exists("shared"), Exists("new")), Is.EqualTo((true, true)));
    }

    [TestCase("", ExpectedResult = false)]
    [TestCase("17\n", ExpectedResult = true)]
    public bool A_shared_group_of_a_create_that_was_killed_stays_only_for_those_in_it(string tasks)
    {
        ResctrlGroup group = Plan(new LinuxIntelRdt { ClosId = "new", L3CacheSchema = "L3:0=f" });
        string? recorded = group.RecordedWhileMade;
        Assert.That((recorded, group.Recorded), Is.EqualTo(($"{_root}/new", Array.Empty<string>())));
        Directory.CreateDirectory($"{_root}/new");
        if (tasks.Length > 0)
        {
            Put("new/tasks", tasks);
        }

        ResctrlGroup.Remove([], recorded);

        return Exists("new");
    }

    [Test]
    public void A_shared_group_that_was_there_is_not_removed_even_if_the_create_is_killed()
    {
        Group("shared", "L3:0=f\n");

        Assert.That(Plan(new LinuxIntelRdt { ClosId = "shared", L3CacheSchema = "L3:0=f" }).RecordedWhileMade, Is.Null);
        Assert.That(Plan(new LinuxIntelRdt()).RecordedWhileMade, Is.Null, "a group of the container's own is always its own");
    }

    [TestCase("/", "L3:0=7ff;1=7ff", "MB:0=100;1=100")]
    [TestCase("shared", "L3:0=f", "MB:0=20")]
    public void Statistics_are_those_of_the_group(string name, string cache, string bandwidth)
    {
        Group("shared", "    MB:0=20\n    L3:0=f\n");
        Put("info/L3/cbm_mask", "7ff\n");
        Put("info/L3/min_cbm_bits", "1\n");
        Put("info/L3/num_closids", "16\n");
        Put("info/MB/bandwidth_gran", "10\n");
        Put("info/MB/delay_linear", "1\n");
        Put("info/MB/min_bandwidth", "10\n");
        Put("info/MB/num_closids", "8\n");
        string data = name == "/" ? "mon_data" : "shared/mon_data";
        Domain($"{data}/mon_L3_01", "Unavailable", "5", "6");
        Domain($"{data}/mon_L3_00", "18446744073709551615", "3", "4");
        Domain($"{data}/mon_PERF_PKG_00", "7", "8", "9");

        ResctrlStatistics statistics = ResctrlGroup.Find(System, new LinuxIntelRdt { ClosId = name }, s_id)!.Statistics();

        Assert.That(statistics.Cache, Is.EqualTo(new ResctrlCache("7ff", 1, 16, "L3:0=7ff;1=7ff", cache)));
        Assert.That(statistics.Bandwidth, Is.EqualTo(new ResctrlBandwidth(10, 1, 10, 8, "MB:0=100;1=100", bandwidth)));
        Assert.That(statistics.Traffic, Is.EqualTo(new[] { new ResctrlTraffic(ulong.MaxValue, 3), new ResctrlTraffic(0, 5) }));
        Assert.That(statistics.CacheBytes, Is.EqualTo(new ulong[] { 4, 6 }));
    }

    [Test]
    public void Statistics_leave_out_what_the_machine_does_not_have()
    {
        Group("web", "");
        Directory.Delete($"{_root}/info", recursive: true);

        ResctrlStatistics statistics = ResctrlGroup.Find(System, new LinuxIntelRdt(), s_id)!.Statistics();

        Assert.That(statistics, Is.EqualTo(new ResctrlStatistics()));
    }

    [Test]
    public void The_shares_of_a_group_are_changed()
    {
        Group("web", "");

        ResctrlGroup.Find(System, new LinuxIntelRdt(), s_id)!.Update("L3:0=f\nMB:0=20");

        Assert.That(Read("web/schemata"), Is.EqualTo("L3:0=f\nMB:0=20\n"));
    }

    [TestCase("web", ExpectedResult = true)]
    [TestCase("/", ExpectedResult = true)]
    [TestCase("gone", ExpectedResult = false)]
    public bool A_group_is_found_as_long_as_it_is_there(string name)
    {
        Group("web", "");
        return ResctrlGroup.Find(System, new LinuxIntelRdt { ClosId = name }, s_id) is not null;
    }

    private static IEnumerable<TestCaseData> Refused()
    {
        yield return Case(new LinuxIntelRdt { ClosId = "none" }, "linux.intelRdt.closID: there is no group \"none\", and no schema to make it with");
        yield return Case(new LinuxIntelRdt { ClosId = "shared", L3CacheSchema = "L3:0=1f" }, "linux.intelRdt.closID: the group \"shared\" exists and has another value than L3:0=1f");
        yield return Case(new LinuxIntelRdt { ClosId = "shared", Schemata = ["L3:0=f", "MB:0=30"] }, "linux.intelRdt.closID: the group \"shared\" exists and has another value than MB:0=30");
        yield return Case(new LinuxIntelRdt { ClosId = "/", MemBwSchema = "MB:1=50" }, "linux.intelRdt.closID: the group \"/\" exists and has another value than MB:1=50");
        yield return Case(new LinuxIntelRdt { ClosId = "shared", EnableMonitoring = true }, "linux.intelRdt.enableMonitoring: the monitoring group \"shared/mon_groups/web\" exists already");
    }

    [TestCaseSource(nameof(Refused))]
    public void A_group_that_does_not_fit_is_refused(LinuxIntelRdt rdt, string message)
    {
        Group("shared", "    L3:0=f;1=00f\n    MB:0=  20;1=10\n");
        Directory.CreateDirectory($"{_root}/shared/mon_groups/web");

        Assert.That(() => Plan(rdt), Throws.TypeOf<ContainerException>().With.Message.EqualTo(message));
    }

    [TestCase("info/L3", "linux.intelRdt.l3CacheSchema: the machine can't share out its L3 cache")]
    [TestCase("info/MB", "linux.intelRdt.memBwSchema: the machine can't share out its memory bandwidth")]
    public void What_the_machine_can_t_share_out_is_refused(string missing, string message)
    {
        Directory.Delete($"{_root}/{missing}");

        Assert.That(() => Plan(new LinuxIntelRdt { L3CacheSchema = "L3:0=f", MemBwSchema = "MB:0=20" }), Throws.TypeOf<ContainerException>().With.Message.EqualTo(message));
    }

    [TestCase("mbm_total_bytes\n", "enableCMT: the machine can't monitor the use of its cache")]
    [TestCase("llc_occupancy\n", "enableMBM: the machine can't monitor its memory bandwidth")]
    public void What_the_machine_can_t_monitor_is_refused(string features, string message)
    {
        Put("info/L3_MON/mon_features", features);

        Assert.That(
            () => Plan(new LinuxIntelRdt { EnableCmt = true, EnableMbm = true }), Throws.TypeOf<ContainerException>().With.Message.EqualTo($"linux.intelRdt.{message}"));
    }

    [Test]
    public void A_machine_without_monitoring_has_no_monitoring_group()
    {
        Directory.Delete($"{_root}/info/L3_MON", recursive: true);

        Assert.That(
            () => Plan(new LinuxIntelRdt { EnableMonitoring = true }),
            Throws.TypeOf<ContainerException>().With.Message.EqualTo("linux.intelRdt.enableMonitoring: the machine can't monitor groups"));
        Assert.That(() => Plan(new LinuxIntelRdt { EnableMonitoring = false, EnableCmt = false, EnableMbm = false }), Throws.Nothing);
    }

    [Test]
    public void Without_resctrl_all_is_refused() => Assert.That(
        () => ResctrlGroup.Plan(null, new LinuxIntelRdt(), s_id),
        Throws.TypeOf<ContainerException>().With.Message.EqualTo("linux.intelRdt: no resctrl file system is mounted on this machine"));

    [TestCase(null, null, "")]
    [TestCase("", "", "")]
    [TestCase("L3:0=f", null, "L3:0=f")]
    [TestCase(null, "MB:0=20", "MB:0=20")]
    [TestCase("L3:0=f", "MB:0=20", "L3:0=f\nMB:0=20")]
    [TestCase("L3:0=f\nMB:0=50\nL2:0=1", "MB:0=20", "L3:0=f\nL2:0=1\nMB:0=20", TestName = "Of the cache's lines those for bandwidth are left out")]
    public void Both_schemas_are_one_text(string? cache, string? bandwidth, string expected) =>
        Assert.That(Schemata.Combine(cache, bandwidth), Is.EqualTo(expected));

    [TestCase("", "", null)]
    [TestCase("", "L3:0=f", null)]
    [TestCase("L3:0=f", "L3:0=f;1=1", null)]
    [TestCase("L3:1=1;0=f", "    L3:0=0000f;1=1", null, TestName = "Order, blanks and leading zeros mean nothing")]
    [TestCase("L3:0=F", "L3:0=f", null)]
    [TestCase("L3:00=f", "L3:0=f", null)]
    [TestCase("L3:0=0", "L3:0=000", null)]
    [TestCase("L3:0=f", "L2:0=f", "L3:0=f")]
    [TestCase("L3:2=f", "L3:0=f;1=f", "L3:2=f")]
    [TestCase("L3:0=f\nMB:0=20", "L3:0=f\nMB:0=10", "MB:0=20")]
    [TestCase("garbage", "L3:0=f", "garbage:=")]
    [TestCase("L3", "", "L3:=")]
    public void A_difference_is_found(string wanted, string present, string? expected) =>
        Assert.That(Schemata.FindDifference(wanted, present), Is.EqualTo(expected));

    private static TestCaseData Case(LinuxIntelRdt rdt, string message) => new TestCaseData(rdt, message).SetArgDisplayNames(message);

    private ResctrlGroup Plan(LinuxIntelRdt rdt) => ResctrlGroup.Plan(System, rdt, s_id);

    private void Group(string name, string schemata)
    {
        Directory.CreateDirectory($"{_root}/{name}/mon_groups");
        Put($"{name}/schemata", schemata);
        Put($"{name}/tasks", "");
    }

    private void Domain(string path, string total, string local, string occupancy)
    {
        Directory.CreateDirectory($"{_root}/{path}");
        Put($"{path}/mbm_total_bytes", total + '\n');
        Put($"{path}/mbm_local_bytes", local + '\n');
        Put($"{path}/llc_occupancy", occupancy + '\n');
    }

    private void Put(string path, string content) => File.WriteAllText($"{_root}/{path}", content);

    private string Read(string path) => File.ReadAllText($"{_root}/{path}");

    private bool Exists(string path) => Directory.Exists($"{_root}/{path}");
}
