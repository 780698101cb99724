using System.Text;
using System.Text.Json;
using Bulkhead.Cgroups;
using Bulkhead.Cgroups.Systemd;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Engine;

[TestFixture]
internal sealed class ContainerRecordTests
{
    private const string Whole =
        """{"version":1,"id":"web","pid":7,"startTime":8,"created":"2026-01-02T03:04:05Z","owner":0,"bundle":"/b","rootfs":"/r","cgroupVersion":2,"cgroupPaths":{"":"/c"},"config":{}}""";

    [TestCase("a")]
    [TestCase("_+-.")]
    [TestCase("..a")]
    [TestCase("0123456789abcdefABCDEF")]
    public void An_id_comes_back(string id) => Assert.That(RoundTrip(Record with { Id = ContainerId.Parse(id) }).Id.ToString(), Is.EqualTo(id));

    [Test]
    public void The_longest_id_comes_back() => An_id_comes_back(new string('x', ContainerId.MaxLength));

    [TestCase("/b")]
    [TestCase("/with \"quotes\" and \\ and \u007f")]
    [TestCase("/line\nfeed\ttab\u0001")]
    [TestCase("/käse/日本/\U0001F600")]
    [TestCase("/<script>&'+")]
    public void Paths_come_back(string path)
    {
        ContainerRecord read = RoundTrip(Record with { Bundle = path, Rootfs = path + "/rootfs", CgroupPaths = new Dictionary<string, string> { ["pids"] = path, [""] = path } });

        Assert.That((read.Bundle, read.Rootfs), Is.EqualTo((path, path + "/rootfs")));
        Assert.That(read.CgroupPaths, Is.EqualTo(new Dictionary<string, string> { ["pids"] = path, [""] = path }));
    }

    [TestCase(0, 0UL, 0U)]
    [TestCase(1, 1UL, 1000U)]
    [TestCase(int.MaxValue, ulong.MaxValue, uint.MaxValue)]
    public void Numbers_come_back(int pid, ulong startTime, uint owner)
    {
        ContainerRecord read = RoundTrip(Record with { Pid = pid, StartTime = startTime, Owner = owner });

        Assert.That((read.Pid, read.StartTime, read.Owner), Is.EqualTo((pid, startTime, owner)));
    }

    [TestCase(null)]
    [TestCase(CgroupVersion.V1)]
    [TestCase(CgroupVersion.Hybrid)]
    [TestCase(CgroupVersion.V2)]
    public void The_layout_of_cgroups_comes_back_and_so_does_its_absence(CgroupVersion? version) =>
        Assert.That(RoundTrip(Record with { CgroupVersion = version, CgroupPaths = new Dictionary<string, string>() }).CgroupVersion, Is.EqualTo(version));

    [Test]
    public void The_groups_of_resctrl_come_back_and_so_does_their_absence()
    {
        string[] groups = ["/sys/fs/resctrl/web/mon_groups/web", "/sys/fs/resctrl/web"];

        Assert.That(RoundTrip(Record with { ResctrlGroups = groups }).ResctrlGroups, Is.EqualTo(groups));
        Assert.That(RoundTrip(Record).ResctrlGroups, Is.Empty);
        Assert.That(RoundTrip(Record with { ResctrlGroupWhileMade = groups[1] }).ResctrlGroupWhileMade, Is.EqualTo(groups[1]));
        Assert.That(RoundTrip(Record).ResctrlGroupWhileMade, Is.Null);
    }

    [TestCase("bulkhead-web.scope", false)]
    [TestCase("a-b.slice", true)]
    public void The_unit_of_systemd_comes_back(string name, bool isOfUser) =>
        Assert.That(RoundTrip(Record with { CgroupUnit = new SystemdUnit(name, isOfUser) }).CgroupUnit, Is.EqualTo(new SystemdUnit(name, isOfUser)));

    [Test]
    public void Without_a_unit_of_systemd_none_comes_back() => Assert.That(RoundTrip(Record).CgroupUnit, Is.Null);

    [Test]
    public void The_time_comes_back_to_the_last_digit()
    {
        foreach (DateTimeOffset time in new[] { DateTimeOffset.MinValue, DateTimeOffset.MaxValue, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(-9.5)).AddTicks(1) })
        {
            Assert.That(RoundTrip(Record with { Created = time }).Created, Is.EqualTo(time));
        }
    }

    [TestCase("{}")]
    [TestCase("""{"annotations":{"":"","a.b/c":"\"\\","käse":"\u0001\ud83d\ude00","version":"9","id":"other","pid":"x"}}""", TestName = "Annotations that look like the record's own properties")]
    [TestCase("  { \"ociVersion\" :\n\t\"1.0.0\" , \"x\":1.50e+1 }  \n", TestName = "White space and the spelling of numbers")]
    public void The_bundles_document_comes_back_byte_for_byte(string config)
    {
        ContainerRecord read = RoundTrip(Record with { Config = Encoding.UTF8.GetBytes(config) });

        Assert.That(Encoding.UTF8.GetString(read.Config.Span), Is.EqualTo(config.Trim()));
        Assert.That((read.Id, read.Pid), Is.EqualTo((Record.Id, Record.Pid)));
    }

    [Test]
    public void What_a_later_version_adds_is_passed_over()
    {
        string json = Whole.Replace("\"owner\"", "\"new\":{\"id\":[\"x\",{\"pid\":1}]},\"owner\"", StringComparison.Ordinal);

        Assert.That(Read(json).Id.ToString(), Is.EqualTo("web"));
    }

    [Test]
    public void A_document_that_is_cut_short_is_refused_wherever_the_cut_is()
    {
        for (int length = 0; length < Whole.Length; length++)
        {
            string cut = Whole[..length];
            Assert.That(() => Read(cut), Throws.InstanceOf<JsonException>(), cut);
        }
    }

    [TestCase("\"version\":1", "\"version\":2")]
    [TestCase("\"version\":1", "\"version\":0")]
    [TestCase("\"version\":1", "\"version\":\"1\"")]
    [TestCase("\"version\":1,", "")]
    [TestCase("\"id\":\"web\",", "")]
    [TestCase("\"id\":\"web\"", "\"id\":null")]
    [TestCase("\"id\":\"web\"", "\"id\":5")]
    [TestCase("\"bundle\":\"/b\",", "")]
    [TestCase("\"rootfs\":\"/r\",", "")]
    [TestCase(",\"config\":{}", "")]
    [TestCase("\"pid\":7", "\"pid\":\"7\"")]
    [TestCase("\"pid\":7", "\"pid\":[7]")]
    [TestCase("\"cgroupPaths\":{\"\":\"/c\"}", "\"cgroupPaths\":{\"\":{}}")]
    [TestCase("\"id\":\"web\"", "\"id\":\"\\ud800\"", TestName = "Half a surrogate pair")]
    public void A_damaged_document_is_refused(string right, string wrong)
    {
        string damaged = Whole.Replace(right, wrong, StringComparison.Ordinal);

        Assert.That(damaged, Is.Not.EqualTo(Whole), "the case has its place in the document");
        Assert.That(() => Read(damaged), Throws.InstanceOf<JsonException>());
    }

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("1")]
    [TestCase("{}")]
    [TestCase("{")]
    [TestCase("\0")]
    public void What_is_no_document_is_refused(string json) => Assert.That(() => Read(json), Throws.InstanceOf<JsonException>());

    [Test]
    public void Bytes_that_are_not_text_are_refused()
    {
        byte[] json = Encoding.Latin1.GetBytes(Whole.Replace("/b", "/\xff", StringComparison.Ordinal));

        Assert.That(() => ContainerRecord.FromJson(json), Throws.InstanceOf<JsonException>());
    }

    private static ContainerRecord Record => new()
    {
        Id = ContainerId.Parse("web"),
        Bundle = "/b",
        Rootfs = "/b/rootfs",
        Created = DateTimeOffset.UnixEpoch,
        Owner = 0,
        CgroupVersion = CgroupVersion.V2,
        CgroupPaths = new Dictionary<string, string> { [""] = "/sys/fs/cgroup/web" },
        Pid = 42,
        StartTime = 43,
        Config = "{}"u8.ToArray(),
    };

    private static ContainerRecord RoundTrip(ContainerRecord record) => ContainerRecord.FromJson(record.ToJson());

    private static ContainerRecord Read(string json) => ContainerRecord.FromJson(Encoding.UTF8.GetBytes(json));
}
