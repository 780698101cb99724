using Bulkhead.Cgroups;
using Bulkhead.Cgroups.Devices;
using Bulkhead.Cgroups.Systemd;
using Bulkhead.Cgroups.Systemd.Bus;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cgroups.Systemd;

public sealed class UnitPropertyTests
{
    private const string Infinity = "18446744073709551615";

    [TestCase(0L, "", TestName = "Memory: 0 is not given")]
    [TestCase(4096L, "MemoryMax=4096", TestName = "Memory: a limit")]
    [TestCase(-1L, $"MemoryMax={Infinity} MemorySwapMax={Infinity}", TestName = "Memory: no limit lifts that of swap too")]
    public void Memory_is_said(long limit, string expected) =>
        Assert.That(Said(new() { Memory = new() { Limit = limit } }), Is.EqualTo(expected));

    [Test]
    public void Memory_swap_and_reservation_are_said() =>
        Assert.That(Said(new() { Memory = new() { Limit = 100, Swap = 300, Reservation = 50 } }), Is.EqualTo("MemoryMax=100 MemoryLow=50 MemorySwapMax=200"));

    [TestCase(50_000L, 100_000UL, "CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=500000")]
    [TestCase(50_000L, null, "CPUQuotaPerSecUSec=500000")]
    [TestCase(33_333L, null, "CPUQuotaPerSecUSec=340000", TestName = "A whole percentage, rounded up")]
    [TestCase(-1L, null, $"CPUQuotaPerSecUSec={Infinity}")]
    [TestCase(null, 50_000UL, $"CPUQuotaPeriodUSec=50000 CPUQuotaPerSecUSec={Infinity}")]
    [TestCase(long.MaxValue, 1UL, $"CPUQuotaPeriodUSec=1 CPUQuotaPerSecUSec={Infinity}", TestName = "More than there are numbers for")]
    [TestCase(0L, 0UL, "")]
    public void Quota_and_period_are_said(long? quota, ulong? period, string expected) =>
        Assert.That(Said(new() { Cpu = new() { Quota = quota, Period = period } }), Is.EqualTo(expected));

    [TestCase(1024UL, null, "CPUWeight=100")]
    [TestCase(2UL, null, "CPUWeight=1")]
    [TestCase(1024UL, 1L, "CPUWeight=0", TestName = "Idle goes before shares")]
    [TestCase(1024UL, 0L, "CPUWeight=100")]
    public void Shares_are_said(ulong? shares, long? idle, string expected) =>
        Assert.That(Said(new() { Cpu = new() { Shares = shares, Idle = idle } }), Is.EqualTo(expected));

    [TestCase(7L, "TasksMax=7")]
    [TestCase(-1L, $"TasksMax={Infinity}")]
    [TestCase(0L, "TasksMax=1", TestName = "No further task, in systemd's words")]
    public void Tasks_are_said(long limit, string expected) =>
        Assert.That(Said(new() { Pids = new() { Limit = limit } }), Is.EqualTo(expected));

    [TestCase("0", "AllowedCPUs=[1]")]
    [TestCase("0-3,9", "AllowedCPUs=[15 2]")]
    [TestCase("9,0-3", "AllowedCPUs=[15 2]")]
    [TestCase("7-8", "AllowedCPUs=[128 1]")]
    public void Sets_are_said_as_bits(string cpus, string expected) =>
        Assert.That(Said(new() { Cpu = new() { Cpus = cpus } }), Is.EqualTo(expected));

    [TestCase("x")]
    [TestCase("-")]
    public void Sets_that_are_none_are_refused(string cpus) =>
        Assert.That(() => Said(new() { Cpu = new() { Cpus = cpus } }), Throws.TypeOf<CgroupException>().With.Message.StartsWith("linux.resources.cpu.cpus: "));

    [Test]
    public void Block_io_has_a_weight() =>
        Assert.That(Said(new() { BlockIo = new() { Weight = 1000 } }), Is.EqualTo("IOWeight=10000"));

    [TestCase("cpu.max", "50000 100000", "CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=500000")]
    [TestCase("cpu.max", "max", $"CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec={Infinity}")]
    [TestCase("cpu.max", " 10000\t50000 ", null)]
    [TestCase("cpu.weight", "7", "CPUWeight=7")]
    [TestCase("cpu.idle", "1", "CPUWeight=0")]
    [TestCase("cpu.idle", "0", "")]
    [TestCase("cpuset.cpus", "0-1", "AllowedCPUs=[3]")]
    [TestCase("cpuset.mems", "1", "AllowedMemoryNodes=[2]")]
    [TestCase("memory.high", "max", $"MemoryHigh={Infinity}")]
    [TestCase("memory.low", "1", "MemoryLow=1")]
    [TestCase("memory.min", "2", "MemoryMin=2")]
    [TestCase("memory.max", " 3\n", "MemoryMax=3")]
    [TestCase("memory.swap.max", "4", "MemorySwapMax=4")]
    [TestCase("pids.max", "max", $"TasksMax={Infinity}")]
    [TestCase("pids.max", "0", "TasksMax=1")]
    [TestCase("hugetlb.2MB.max", "5", "")]
    [TestCase("memory.max", "five", null)]
    [TestCase("cpu.max", "1 2 3", null)]
    public void Files_of_the_document_are_said(string file, string value, string? expected)
    {
        LinuxResources resources = new() { Unified = new Dictionary<string, string> { [file] = value } };

        if (expected is null)
        {
            Assert.That(() => Said(resources), Throws.TypeOf<CgroupException>().With.Message.StartsWith($"linux.resources.unified[\"{file}\"]: "));
        }
        else
        {
            Assert.That(Said(resources), Is.EqualTo(expected));
        }
    }

    [Test]
    public void Version_1_has_words_of_its_own()
    {
        LinuxResources resources = new()
        {
            Memory = new() { Limit = 100, Swap = 200, Reservation = 50 },
            Cpu = new() { Shares = 512, Idle = 1 },
            BlockIo = new() { Weight = 500 },
        };

        Assert.That(Said(resources, isUnified: false), Is.EqualTo("MemoryLimit=100 CPUShares=512 BlockIOWeight=500"));
    }

    [Test]
    public void Devices_are_said_and_what_was_listed_before_is_forgotten() =>
        Assert.That(
            Said(new() { Devices = [new() { Allow = true, Type = "b", Major = 8, Minor = 1, Access = "r" }] }),
            Does.StartWith("DevicePolicy=strict DeviceAllow=[] DeviceAllow=[(/dev/block/8:1 r) (char-* m) (block-* m) (/dev/char/1:3 rwm) "));

    [TestCase("a", null, null, "rwm", true, TestName = "Everything is allowed")]
    [TestCase("c", 1L, 3L, "w", false, TestName = "Allowed by everything else afterwards")]
    public void Lists_that_systemd_has_no_word_for_it_is_not_told(string type, long? major, long? minor, string access, bool allow)
    {
        LinuxDeviceCgroup all = new() { Allow = true, Type = "a", Access = "rwm" };

        Assert.That(
            Said(new() { Devices = [all, new() { Allow = allow, Type = type, Major = major, Minor = minor, Access = access }] }),
            Is.EqualTo("DevicePolicy=auto DeviceAllow=[]"));
    }

    [Test]
    public void Drivers_are_found_by_their_number_and_kind()
    {
        const string devices = "Character devices:\n  1 mem\n136 pts\n  8 other\n\nBlock devices:\n  8 sd\n 65 sd\n";

        Assert.That(UnitDevices.DriversOf(devices, DeviceKind.Character, 136), Is.EqualTo(new[] { "pts" }));
        Assert.That(UnitDevices.DriversOf(devices, DeviceKind.Block, 8), Is.EqualTo(new[] { "sd" }));
        Assert.That(UnitDevices.DriversOf(devices, DeviceKind.Block, 136), Is.Empty);
    }

    [TestCase("TimeoutStopUSec", "uint64 5", "TimeoutStopUSec=5")]
    [TestCase("TimeoutStopSec", "uint64 5", "TimeoutStopUSec=5000000")]
    [TestCase("TimeoutStopSec", "0.25", "TimeoutStopUSec=250000")]
    [TestCase("CollectMode", "'inactive-or-failed'", "CollectMode=inactive-or-failed")]
    public void Annotations_are_properties(string name, string value, string expected) =>
        Assert.That(SaidByAnnotation(name, value), Is.EqualTo(expected));

    [TestCase("X", "true")]
    [TestCase("Two Words", "true")]
    [TestCase("Tasks2", "true")]
    [TestCase("TasksMax", "uint65 5")]
    [TestCase("TimeoutStopSec", "'five'")]
    [TestCase("TimeoutStopSec", "-5")]
    [TestCase("TimeoutStopSec", "uint64 18446744073709551615")]
    public void Annotations_that_make_no_sense_are_refused(string name, string value) =>
        Assert.That(
            () => SaidByAnnotation(name, value),
            Throws.TypeOf<CgroupException>().With.Message.StartsWith($"annotations[\"org.systemd.property.{name}\"]: "));

    [TestCase("252.39-1~deb12u2", 252)]
    [TestCase("v245.4-1.fc32", 245)]
    [TestCase("239", 239)]
    [TestCase("", 0)]
    [TestCase("new", 0)]
    public void Versions_are_numbers(string text, int version) => Assert.That(SystemdManager.ParseVersion(text), Is.EqualTo(version));

    private static string SaidByAnnotation(string name, string value)
    {
        List<UnitProperty> properties = [];
        UnitAnnotations.Append(properties, new Dictionary<string, string> { [$"org.systemd.property.{name}"] = value, ["other"] = "?" });
        return Text(properties);
    }

    private static string Said(LinuxResources resources, bool isUnified = true)
    {
        List<UnitProperty> properties = [];
        UnitResources.Append(properties, resources, isUnified);
        return Text(properties);
    }

    private static string Text(List<UnitProperty> properties) =>
        string.Join(' ', properties.Select(property => $"{property.Name}={Text(property.Value)}"));

    private static string Text(BusValue value) => value switch
    {
        BusNumber number => $"{number.Bits}",
        BusText text => text.Text,
        BusArray array => $"[{string.Join(' ', array.Items.Select(Text))}]",
        BusStruct items => $"({string.Join(' ', items.Items.Select(Text))})",
        _ => value.ToString(),
    };
}
