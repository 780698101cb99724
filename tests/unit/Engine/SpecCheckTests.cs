using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Validation;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Engine;

[TestFixture]
internal sealed class SpecCheckTests
{
    private static readonly LinuxIdMapping[] Map = [new() { ContainerId = 0, HostId = 0, Size = 1 }];

    [Test]
    public void The_smallest_document_is_enough() => Assert.That(() => SpecCheck.Check(Sample.Spec), Throws.Nothing);

    [TestCase("1.0.0")]
    [TestCase("1.3.0")]
    [TestCase("1.0.0-rc5")]
    [TestCase("1.2.1+dev")]
    [TestCase("1.0.2-dev+git.5")]
    [TestCase("1.4294967295.0")]
    public void A_version_of_the_first_series_is_taken(string version) =>
        Assert.That(() => SpecCheck.Check(Sample.Spec with { OciVersion = version }), Throws.Nothing);

    [TestCase("")]
    [TestCase("1")]
    [TestCase("1.0")]
    [TestCase("1.0.")]
    [TestCase("1.0.0.0")]
    [TestCase("0.9.0")]
    [TestCase("2.0.0")]
    [TestCase("11.0.0")]
    [TestCase("v1.0.0")]
    [TestCase(" 1.0.0")]
    [TestCase("1.0.0 ")]
    [TestCase("1.-1.0")]
    [TestCase("1.x.0")]
    [TestCase("1.4294967296.0")]
    [TestCase("-1.0.0")]
    public void Another_version_is_refused(string version) =>
        Assert.That(
            () => SpecCheck.Check(Sample.Spec with { OciVersion = version }),
            Throws.TypeOf<ContainerException>().With.Message.EqualTo($"ociVersion: unsupported version \"{version}\", this runtime implements 1.0.0 to 1.3.0"));

    [TestCaseSource(nameof(Refused))]
    public void A_document_that_cannot_be_meant_is_refused_with_the_place(Spec spec, string message) =>
        Assert.That(() => SpecCheck.Check(spec), Throws.TypeOf<ContainerException>().With.Message.EqualTo(message));

    [TestCaseSource(nameof(Allowed))]
    public void What_is_odd_but_can_be_done_is_allowed(Spec spec) => Assert.That(() => SpecCheck.Check(spec), Throws.Nothing);

    private static IEnumerable<TestCaseData> Refused()
    {
        Spec spec = Sample.Spec;
        Process process = Sample.Process;
        yield return Case(spec with { Root = null }, "root: missing");
        yield return Case(spec with { Root = new Root { Path = "" } }, "root.path: empty");
        yield return Case(spec with { Linux = null }, "linux: missing");
        yield return Case(spec with { Process = null }, "process: missing");

        yield return Case(process with { Args = null }, "process.args: missing or empty");
        yield return Case(process with { Args = [] }, "process.args: missing or empty");
        yield return Case(process with { Args = ["", "x"] }, "process.args[0]: empty");
        yield return Case(process with { Args = ["a", "b\0c"] }, "process.args: a text holds a zero character");
        yield return Case(process with { Env = ["A=\0"] }, "process.env: a text holds a zero character");
        yield return Case(process with { Cwd = "/a\0" }, "process.cwd: a text holds a zero character");
        yield return Case(spec with { Root = new Root { Path = "a\0b" } }, "root.path: a text holds a zero character");
        yield return Case(spec with { Linux = spec.Linux! with { MaskedPaths = ["/proc/keys\0"] } }, "linux.maskedPaths: a text holds a zero character");
        yield return Case(spec with { Linux = spec.Linux! with { ReadonlyPaths = ["/proc/sys\0"] } }, "linux.readonlyPaths: a text holds a zero character");
        yield return Case(spec with { Linux = spec.Linux! with { CgroupsPath = "/a\0" } }, "linux.cgroupsPath: a text holds a zero character");
        yield return Case(process with { Cwd = "" }, "process.cwd: \"\" is not absolute");
        yield return Case(process with { Cwd = "a/b" }, "process.cwd: \"a/b\" is not absolute");
        yield return Case(process with { User = new User { Uid = 0x80000000, Gid = 0 } }, "process.user.uid: 2147483648 is above 2147483647");
        yield return Case(process with { User = new User { Uid = 0, Gid = uint.MaxValue } }, "process.user.gid: 4294967295 is above 2147483647");
        yield return Case(process with { User = new User { Uid = 0, Gid = 0, AdditionalGids = [0, 0x80000000] } }, "process.user.additionalGids: 2147483648 is above 2147483647");
        foreach (string label in (string[])["l", "u:r", "u:r:", ":r:t", "u::t", "u:r:t:", "u:r:t\n", "u:r:t\0", "u:r:t t", "u:r:\"t\""])
        {
            yield return Case(process with { SelinuxLabel = label }, $"process.selinuxLabel: \"{label}\" is no SELinux label, such as system_u:system_r:container_t:s0");
        }

        yield return Case(process with { SelinuxLabel = "u:r:" + new string('t', 4092) }, "process.selinuxLabel: longer than 4095 bytes");
        yield return Case(process with { SelinuxLabel = "u:r:" + new string('ü', 2046) }, "process.selinuxLabel: longer than 4095 bytes");

        yield return Case(spec with { Mounts = [At("")] }, "mounts[0].destination: empty");
        yield return Case(spec with { Mounts = [At("/a\0b")] }, "mounts[0]: a text holds a zero character");
        yield return Case(spec with { Mounts = [At("/a") with { Source = "\0" }] }, "mounts[0]: a text holds a zero character");
        yield return Case(spec with { Mounts = [At("/a") with { Options = ["ro", "x=\0"] }] }, "mounts[0]: a text holds a zero character");

        foreach (LinuxNamespaceType type in Enum.GetValues<LinuxNamespaceType>())
        {
            LinuxSection twice = new() { Namespaces = [Sample.New(type), Sample.New(type, "/proc/1/ns/x")] };
            yield return Case(Sample.With(twice), $"linux.namespaces[1].type: the {type.ToString().ToLowerInvariant()} namespace appears twice");
        }

        yield return Case(
            Sample.With(new LinuxSection { Namespaces = [Sample.New(LinuxNamespaceType.Mount), Sample.New(LinuxNamespaceType.Pid, "ns")] }),
            "linux.namespaces[1].path: \"ns\" is not absolute");
        yield return Case(spec with { Hostname = "h" }, "hostname: it would change the host's, for there is no uts namespace");
        yield return Case(spec with { Domainname = "d" }, "domainname: it would change the host's, for there is no uts namespace");

        LinuxSection shared = new() { Namespaces = [] };
        yield return Case(Sample.With(shared with { MaskedPaths = ["/x"] }), "linux.maskedPaths, linux.readonlyPaths: they would change the host's, for there is no mount namespace");
        yield return Case(Sample.With(shared with { ReadonlyPaths = ["/x"] }), "linux.maskedPaths, linux.readonlyPaths: they would change the host's, for there is no mount namespace");
        yield return Case(Sample.With(shared) with { Root = new Root { Path = "r", Readonly = true } }, "root.readonly: there is no mount namespace to make it read-only in");

        yield return Case(Offsets("monotonic", new LinuxTimeOffset(), "/proc/1/ns/time"), "linux.timeOffsets: there is no new time namespace to set them in");
        yield return Case(Sample.With(new LinuxSection { TimeOffsets = Offset("monotonic", new LinuxTimeOffset()) }), "linux.timeOffsets: there is no new time namespace to set them in");
        yield return Case(Offsets("realtime", new LinuxTimeOffset()), "linux.timeOffsets: unknown clock \"realtime\"");
        yield return Case(Offsets("", new LinuxTimeOffset()), "linux.timeOffsets: unknown clock \"\"");
        yield return Case(Offsets("boottime", new LinuxTimeOffset { Nanosecs = 1_000_000_000 }), "linux.timeOffsets.boottime.nanosecs: 1000000000 is not below a second");

        yield return Case(Sample.With(new LinuxSection { UidMappings = Map }), "linux.uidMappings: there is no user namespace to map");
        yield return Case(Sample.With(new LinuxSection { GidMappings = Map }), "linux.uidMappings: there is no user namespace to map");
        LinuxSection users = new() { Namespaces = [Sample.New(LinuxNamespaceType.User)] };
        yield return Case(Sample.With(users), "linux.uidMappings, linux.gidMappings: missing for the new user namespace");
        yield return Case(Sample.With(users with { UidMappings = Map }), "linux.uidMappings, linux.gidMappings: missing for the new user namespace");
        yield return Case(Sample.With(users with { UidMappings = Map, GidMappings = [] }), "linux.uidMappings, linux.gidMappings: missing for the new user namespace");
        yield return Case(
            Sample.With(new LinuxSection { Sysctl = new Dictionary<string, string> { ["net.x"] = "1" } }),
            "linux.sysctl: \"net.x\" would change the host, for there is no network namespace");

        Hook hook = new() { Path = "/h" };
        yield return Case(spec with { Hooks = new Hooks { Prestart = [hook, new Hook { Path = "h" }] } }, "hooks.prestart[1].path: \"h\" is not absolute");
        yield return Case(spec with { Hooks = new Hooks { CreateRuntime = [new Hook { Path = "" }] } }, "hooks.createRuntime[0].path: \"\" is not absolute");
        yield return Case(spec with { Hooks = new Hooks { CreateContainer = [hook with { Timeout = 0 }] } }, "hooks.createContainer[0].timeout: 0 is not above 0");
        yield return Case(spec with { Hooks = new Hooks { StartContainer = [hook with { Timeout = int.MinValue }] } }, "hooks.startContainer[0].timeout: -2147483648 is not above 0");
        yield return Case(spec with { Hooks = new Hooks { Poststart = [hook with { Args = ["\0"] }] } }, "hooks.poststart[0]: a text holds a zero character");
        yield return Case(spec with { Hooks = new Hooks { Poststop = [hook with { Env = ["\0"] }] } }, "hooks.poststop[0]: a text holds a zero character");

        yield return Case(Sample.With(new LinuxSection { MountLabel = "l" }), "linux.mountLabel: \"l\" is no SELinux label, such as system_u:system_r:container_t:s0");
        foreach (string name in (string[])[".", "..", "a/b", "/a", "//", "info", "mon_groups", "mon_data", "a\n", "a\0", new string('x', 256)])
        {
            yield return Case(WithShares(new LinuxIntelRdt { ClosId = name }), $"linux.intelRdt.closID: \"{name}\" is no name of a group");
        }

        yield return Case(WithShares(new LinuxIntelRdt { MemBwSchema = "L3:0=f" }), "linux.intelRdt.memBwSchema: \"L3:0=f\" is not one line that starts with MB:");
        yield return Case(WithShares(new LinuxIntelRdt { MemBwSchema = "MB:0=1\nL3:0=f" }), "linux.intelRdt.memBwSchema: \"MB:0=1\nL3:0=f\" is not one line that starts with MB:");
        yield return Case(WithShares(new LinuxIntelRdt { L3CacheSchema = "\0" }), "linux.intelRdt.l3CacheSchema: a text holds a zero character");
        yield return Case(WithShares(new LinuxIntelRdt { L3CacheSchema = new string('x', 4095) }), "linux.intelRdt.l3CacheSchema: longer than 4094 bytes");
        yield return Case(WithShares(new LinuxIntelRdt { Schemata = ["MB:0=1", ""] }), "linux.intelRdt.schemata: \"\" is not one line");
        yield return Case(WithShares(new LinuxIntelRdt { Schemata = ["a\nb"] }), "linux.intelRdt.schemata: \"a\nb\" is not one line");
        yield return Case(WithShares(new LinuxIntelRdt { Schemata = [new string('x', 3000), new string('y', 3000)] }), "linux.intelRdt.schemata: longer than 4094 bytes");
        yield return Case(Sample.With(new LinuxSection { NetDevices = Devices("eth0", null) }), "linux.netDevices: there is no network namespace to move them to");
        yield return Case(WithNetwork(Devices("eth0:1", null)), "linux.netDevices: \"eth0:1\" is no name of a network device");
        yield return Case(WithNetwork(Devices("", "eth0")), "linux.netDevices: \"\" is no name of a network device");
        yield return Case(WithNetwork(Devices("a%d", "eth0")), "linux.netDevices: \"a%d\" is no name of a network device");
        yield return Case(WithNetwork(Devices("a", "longer-than-15-b")), "linux.netDevices.a.name: \"longer-than-15-b\" is no name of a network device");
        yield return Case(WithNetwork(Devices("a", "%d%d")), "linux.netDevices.a.name: \"%d%d\" is no name of a network device");
        yield return Case(WithNetwork(Devices("a", "b%s")), "linux.netDevices.a.name: \"b%s\" is no name of a network device");
        yield return Case(WithNetwork(Devices("a", "..")), "linux.netDevices.a.name: \"..\" is no name of a network device");
        yield return Case(WithNetwork(new Dictionary<string, LinuxNetDevice> { ["a"] = new(), ["b"] = new() { Name = "a" } }), "linux.netDevices.b.name: \"a\" appears twice");
    }

    private static IEnumerable<TestCaseData> Allowed()
    {
        Process process = Sample.Process;
        LinuxSection shared = new() { Namespaces = [] };
        LinuxNamespace mount = Sample.New(LinuxNamespaceType.Mount);
        yield return Fine(Sample.With(shared) with { Mounts = [At("/a")], Hostname = "" }, "no namespace at all");
        yield return Fine(Sample.With(shared with { MaskedPaths = [], ReadonlyPaths = [] }) with { Root = new Root { Path = "r", Readonly = false } }, "nothing to restrict");
        yield return Fine(Sample.Spec with { Process = process with { User = new User { Uid = int.MaxValue, Gid = int.MaxValue, AdditionalGids = [int.MaxValue] } } }, "the highest ids");
        yield return Fine(Sample.Spec with { Process = process with { Args = ["a", "", "\n"], Env = ["", "=", "A"], Cwd = "//../x" } }, "odd texts");
        yield return Fine(Sample.Spec with { Process = process with { SelinuxLabel = "" } }, "an empty label");
        yield return Fine(WithShares(new LinuxIntelRdt { ClosId = "", L3CacheSchema = "", MemBwSchema = "", Schemata = [] }), "empty shares");
        yield return Fine(WithShares(new LinuxIntelRdt { ClosId = "/", L3CacheSchema = "L3:0=f\nMB:0=1", MemBwSchema = "MB:0=1", Schemata = ["L2:0=1"] }), "shares");
        yield return Fine(Sample.Spec with { Process = process with { SelinuxLabel = "u:r:t" } }, "a label without a level");
        yield return Fine(Sample.With(new LinuxSection { MountLabel = "u:r:t:s0-s15:c0.c1023" }), "a label with a range of levels");
        yield return Fine(Sample.With(new LinuxSection { MountLabel = "u:r:" + new string('t', 4091) }), "the longest label");
        yield return Fine(Sample.With(new LinuxSection { Namespaces = [mount, Sample.New(LinuxNamespaceType.Uts)] }) with { Hostname = "h", Domainname = "d" }, "a host name of its own");
        yield return Fine(Sample.With(new LinuxSection { Namespaces = [mount, Sample.New(LinuxNamespaceType.Uts, "/ns")] }) with { Hostname = "h" }, "a host name in a namespace that is joined");
        yield return Fine(Sample.With(new LinuxSection { Namespaces = [mount, Sample.New(LinuxNamespaceType.User, "/ns")] }), "a user namespace that is joined needs no map");
        yield return Fine(Sample.With(new LinuxSection { Namespaces = [Sample.New(LinuxNamespaceType.User)], UidMappings = Map, GidMappings = Map }), "a user namespace with maps");
        yield return Fine(Offsets("monotonic", new LinuxTimeOffset { Secs = long.MinValue, Nanosecs = 999_999_999 }), "an offset");
        yield return Fine(Offsets("boottime", new LinuxTimeOffset(), ""), "an empty path is none");
        yield return Fine(Sample.Spec with { Hooks = new Hooks { Prestart = [], Poststop = [new Hook { Path = "/h", Timeout = 1, Args = [], Env = [] }] } }, "a hook");
        yield return Fine(Sample.Spec with { Hooks = new Hooks() }, "no hooks");
    }

    private static Spec Offsets(string clock, LinuxTimeOffset offset, string? path = null) =>
        Sample.With(new LinuxSection { Namespaces = [Sample.New(LinuxNamespaceType.Time, path)], TimeOffsets = Offset(clock, offset) });

    private static Dictionary<string, LinuxTimeOffset> Offset(string clock, LinuxTimeOffset offset) => new() { [clock] = offset };

    private static Dictionary<string, LinuxNetDevice> Devices(string name, string? inside) => new() { [name] = new LinuxNetDevice { Name = inside } };

    private static Spec WithShares(LinuxIntelRdt rdt) => Sample.With(new LinuxSection { IntelRdt = rdt });

    private static Spec WithNetwork(Dictionary<string, LinuxNetDevice> devices) => Sample.With(new LinuxSection
    {
        Namespaces = [new LinuxNamespace { Type = LinuxNamespaceType.Mount }, new LinuxNamespace { Type = LinuxNamespaceType.Network }],
        NetDevices = devices,
    });

    private static Mount At(string destination) => new() { Destination = destination, Type = "tmpfs", Source = "tmpfs" };

    private static TestCaseData Fine(Spec spec, string why) => new TestCaseData(spec).SetArgDisplayNames(why);

    private static TestCaseData Case(Process process, string message) => Case(Sample.Spec with { Process = process }, message);

    private static TestCaseData Case(Spec spec, string message) => new TestCaseData(spec, message).SetArgDisplayNames(message);
}
