using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Create;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Tests.Unit.Engine;

[TestFixture]
internal sealed class CreatePlannerTests
{
    private string _bundle = "";

    [OneTimeSetUp]
    public void MakeBundle()
    {
        _bundle = Directory.CreateTempSubdirectory("bulkhead-plan-").FullName;
        Directory.CreateDirectory($"{_bundle}/rootfs");
        File.WriteAllText($"{_bundle}/file", "");
        File.CreateSymbolicLink($"{_bundle}/link", "rootfs");
    }

    [OneTimeTearDown]
    public void RemoveBundle() => Directory.Delete(_bundle, recursive: true);

    [TestCase(LinuxNamespaceType.Pid, 0x20000000)]
    [TestCase(LinuxNamespaceType.Network, 0x40000000)]
    [TestCase(LinuxNamespaceType.Mount, 0x20000)]
    [TestCase(LinuxNamespaceType.Ipc, 0x8000000)]
    [TestCase(LinuxNamespaceType.Uts, 0x4000000)]
    [TestCase(LinuxNamespaceType.User, 0x10000000)]
    [TestCase(LinuxNamespaceType.Cgroup, 0x2000000)]
    [TestCase(LinuxNamespaceType.Time, 0x80)]
    public void A_type_of_namespace_has_the_kernels_flag(LinuxNamespaceType type, int flag) =>
        Assert.That((int)CreatePlanner.Kind(type), Is.EqualTo(flag));

    [Test]
    public void Every_type_of_namespace_has_a_kind([Values] LinuxNamespaceType type) => Assert.That(() => CreatePlanner.Kind(type), Throws.Nothing);

    [TestCase("rootfs", "/rootfs")]
    [TestCase("link", "/rootfs", TestName = "The root is where a link leads to")]
    [TestCase("./rootfs/../link/", "/rootfs")]
    public void The_root_is_looked_for_in_the_bundle(string path, string expected)
    {
        Assert.That(Plan(Sample.Spec with { Root = new Root { Path = path } }).Rootfs, Is.EqualTo(_bundle + expected));
        Assert.That(Plan(Sample.Spec with { Root = new Root { Path = $"{_bundle}/{path}" } }).Rootfs, Is.EqualTo(_bundle + expected));
    }

    [TestCase("nothing", "No such file or directory (ENOENT)")]
    [TestCase("file", "Not a directory (ENOTDIR)")]
    public void A_root_that_is_no_directory_is_refused(string path, string answer) =>
        Refuses(Sample.Spec with { Root = new Root { Path = path } }, $"root.path: open {_bundle}/{path}: {answer}");

    [TestCase(null, MountPropagation.Slave, true)]
    [TestCase("", MountPropagation.Slave, true)]
    [TestCase("rslave", MountPropagation.Slave, true)]
    [TestCase("slave", MountPropagation.Slave, false)]
    [TestCase("private", MountPropagation.Private, false)]
    [TestCase("rprivate", MountPropagation.Private, true)]
    [TestCase("shared", MountPropagation.Shared, false)]
    [TestCase("rshared", MountPropagation.Shared, true)]
    [TestCase("unbindable", MountPropagation.Unbindable, false)]
    [TestCase("runbindable", MountPropagation.Unbindable, true)]
    public void A_propagation_is_told_by_its_word(string? word, MountPropagation kind, bool recursive) =>
        Assert.That(Plan(Sample.With(new LinuxSection { RootfsPropagation = word })).Propagation, Is.EqualTo(new RootPropagation(kind, recursive)));

    [TestCase("Slave")]
    [TestCase(" slave")]
    [TestCase("rrslave")]
    public void An_unknown_propagation_is_refused(string word) =>
        Refuses(Sample.With(new LinuxSection { RootfsPropagation = word }), $"linux.rootfsPropagation: unknown value \"{word}\"");

    [TestCase("tmpfs", null, "", MountKind.FileSystem, null)]
    [TestCase("tmpfs", "tmpfs", "ro", MountKind.FileSystem, "tmpfs")]
    [TestCase("bind", "/src", "", MountKind.Bind, "/src")]
    [TestCase("none", "/src", "bind", MountKind.Bind, "/src")]
    [TestCase(null, "/src", "rbind", MountKind.Bind, "/src")]
    [TestCase("tmpfs", "/src", "bind", MountKind.Bind, "/src", TestName = "The option counts more than the type")]
    [TestCase("cgroup", "cgroup", "", MountKind.Cgroup, "cgroup")]
    [TestCase("cgroup2", null, "", MountKind.Cgroup, null)]
    [TestCase("cgroup", "/src", "bind", MountKind.Bind, "/src")]
    [TestCase("tmpfs", null, "remount ro", MountKind.Remount, null)]
    [TestCase(null, null, "remount bind", MountKind.Remount, null)]
    public void A_mount_is_of_a_kind(string? type, string? source, string options, MountKind kind, string? plannedSource)
    {
        MountPlan plan = Plan(WithMount(type, source, options)).Mounts[0];

        Assert.That((plan.Kind, plan.Destination, plan.Type, plan.Source, plan.IdMap), Is.EqualTo((kind, "/dst", type ?? "", plannedSource, (MountIdMap?)null)));
    }

    [Test]
    public void A_relative_source_is_the_bundles() =>
        Assert.That(Plan(WithMount("bind", "../x", "")).Mounts[0].Source, Is.EqualTo($"{_bundle}/../x"));

    [TestCase("bind", null, "", "mounts[0].source: missing for a bind mount")]
    [TestCase("", "", "rbind", "mounts[0].source: missing for a bind mount")]
    [TestCase("", "x", "", "mounts[0].type: missing")]
    [TestCase(null, null, "ro", "mounts[0].type: missing")]
    public void A_mount_that_says_too_little_is_refused(string? type, string? source, string options, string message) =>
        Refuses(WithMount(type, source, options), message);

    [TestCase("c", 1L, 3L, FileKind.CharacterDevice)]
    [TestCase("u", 0L, 0L, FileKind.CharacterDevice)]
    [TestCase("b", 4294967295L, 4294967295L, FileKind.BlockDevice)]
    [TestCase("p", null, null, FileKind.Fifo)]
    [TestCase("p", 5L, -1L, FileKind.Fifo, TestName = "A fifo's numbers mean nothing")]
    public void A_device_is_made_as_described(string type, long? major, long? minor, FileKind kind)
    {
        LinuxDevice device = new() { Path = "/dev/x", Type = type, Major = major, Minor = minor, FileMode = 0x8fff, Uid = 5 };

        DevicePlan plan = Plan(Sample.With(new LinuxSection { Devices = [device] })).Devices![^1];

        DeviceNumber number = kind == FileKind.Fifo ? default : new DeviceNumber((uint)major!, (uint)minor!);
        Assert.That(plan, Is.EqualTo(new DevicePlan("/dev/x", kind, number, (UnixFileMode)0xfff, 5, 0)));
    }

    [TestCase("x", "/d", 1L, 1L, "linux.devices[0].type: unknown type \"x\"")]
    [TestCase("", "/d", 1L, 1L, "linux.devices[0].type: unknown type \"\"")]
    [TestCase("c", "d", 1L, 1L, "linux.devices[0].path: \"d\" is not absolute")]
    [TestCase("c", "/d", null, 1L, "linux.devices[0]: major or minor is missing or out of range")]
    [TestCase("b", "/d", 1L, null, "linux.devices[0]: major or minor is missing or out of range")]
    [TestCase("c", "/d", -1L, 1L, "linux.devices[0]: major or minor is missing or out of range")]
    [TestCase("c", "/d", 1L, 4294967296L, "linux.devices[0]: major or minor is missing or out of range")]
    public void A_device_that_cannot_be_is_refused(string type, string path, long? major, long? minor, string message) =>
        Refuses(Sample.With(new LinuxSection { Devices = [new LinuxDevice { Path = path, Type = type, Major = major, Minor = minor }] }), message);

    [Test]
    public void A_default_device_gives_way_to_the_documents()
    {
        LinuxDevice own = new() { Path = "/dev/null", Type = "c", Major = 1, Minor = 5 };

        List<DevicePlan> devices = [.. Plan(Sample.With(new LinuxSection { Devices = [own] })).Devices!];

        Assert.That(devices.FindAll(static device => device.Path == "/dev/null").ConvertAll(static device => device.Number), Is.EqualTo(new[] { new DeviceNumber(1, 5) }));
        Assert.That(devices.ConvertAll(static device => device.Path), Is.Unique.And.Contains("/dev/zero"));
    }

    [TestCase("/dev", false)]
    [TestCase("/dev/", false)]
    [TestCase("/dev/shm", true)]
    [TestCase("/device", true)]
    public void A_dev_that_is_somebody_elses_gets_no_devices(string destination, bool expected)
    {
        Spec spec = WithMount("bind", "/src", "");

        Assert.That(Plan(spec with { Mounts = [spec.Mounts![0] with { Destination = destination }] }).Devices is not null, Is.EqualTo(expected));
    }

    [TestCase("/proc/self/ns/net", "uts")]
    [TestCase("/dev/null", "ipc")]
    public void A_path_must_be_a_namespace_of_the_type(string path, string type)
    {
        LinuxNamespaceType wanted = type == "uts" ? LinuxNamespaceType.Uts : LinuxNamespaceType.Ipc;

        Refuses(Joining(wanted, path), $"linux.namespaces[1].path: {path} is not a namespace of the type {type}");
    }

    [Test]
    public void A_namespace_that_is_not_there_is_refused() =>
        Refuses(Joining(LinuxNamespaceType.Uts, "/no/such"), "linux.namespaces[1].path: open /no/such: No such file or directory (ENOENT)");

    [Test]
    public void The_hosts_own_namespace_is_not_changed()
    {
        Refuses(Joining(LinuxNamespaceType.Uts, "/proc/self/ns/uts") with { Hostname = "h" }, "linux.namespaces: /proc/self/ns/uts is the host's own uts namespace, which would be changed");
        Spec mounts = Sample.With(new LinuxSection { Namespaces = [Sample.New(LinuxNamespaceType.Mount, "/proc/self/ns/mnt")] });
        Refuses(mounts, "linux.namespaces: /proc/self/ns/mnt is the host's own mnt namespace, which would be changed");
        Assert.That(Plan(Joining(LinuxNamespaceType.Uts, "/proc/self/ns/uts")).Joins(NamespaceKinds.Uts), Is.True);
    }

    [TestCase(NamespaceKinds.Pid, false, false, NamespaceKinds.Pid)]
    [TestCase(NamespaceKinds.Pid | NamespaceKinds.User | NamespaceKinds.Mount, false, false, NamespaceKinds.Pid | NamespaceKinds.User)]
    [TestCase(NamespaceKinds.Pid | NamespaceKinds.Time | NamespaceKinds.User, false, true, NamespaceKinds.User)]
    [TestCase(NamespaceKinds.Time, false, true, NamespaceKinds.None)]
    [TestCase(NamespaceKinds.Pid, true, true, NamespaceKinds.None)]
    [TestCase(NamespaceKinds.Mount, true, false, NamespaceKinds.None)]
    [TestCase(NamespaceKinds.None, false, false, NamespaceKinds.None)]
    public void A_child_is_born_twice_where_once_is_not_enough(NamespaceKinds created, bool joinsUsers, bool twice, NamespaceKinds ofClone)
    {
        using FileDescriptor place = FileDescriptor.Open("/dev/null", FileMode.Read);
        CreatePlan plan = Plan(Sample.Spec) with { NewNamespaces = created, JoinedNamespaces = joinsUsers ? [(place, NamespaceKinds.User)] : [] };

        Assert.That((plan.IsBornTwice, plan.NamespacesOfClone), Is.EqualTo((twice, ofClone)));
        Assert.That(plan.HasUserNamespace, Is.EqualTo(joinsUsers || created.HasFlag(NamespaceKinds.User)));
        Assert.That(plan.HasMountNamespace, Is.EqualTo(created.HasFlag(NamespaceKinds.Mount)));
    }

    [TestCase(NamespaceKinds.Pid, true, true)]
    [TestCase(NamespaceKinds.Network, false, true)]
    [TestCase(NamespaceKinds.Ipc, false, true)]
    [TestCase(NamespaceKinds.Uts, false, true)]
    [TestCase(NamespaceKinds.Cgroup, false, true)]
    [TestCase(NamespaceKinds.Mount, false, false)]
    [TestCase(NamespaceKinds.Time, false, false)]
    [TestCase(NamespaceKinds.User, false, false)]
    public void The_parent_enters_what_the_child_may_not(NamespaceKinds kind, bool without, bool withNewUsers)
    {
        CreatePlan plan = Plan(Sample.Spec);

        Assert.That(plan.IsEnteredByParent(kind), Is.EqualTo(without));
        Assert.That((plan with { NewNamespaces = NamespaceKinds.User }).IsEnteredByParent(kind), Is.EqualTo(withNewUsers));
    }

    [Test]
    public void Hooks_before_the_root_is_changed_are_known()
    {
        Hook hook = new() { Path = "/h" };

        Assert.That(Plan(Sample.Spec).HasRuntimeHooks, Is.False);
        Assert.That(Plan(Sample.Spec with { Hooks = new Hooks { Prestart = [], CreateContainer = [hook], Poststart = [hook] } }).HasRuntimeHooks, Is.False);
        Assert.That(Plan(Sample.Spec with { Hooks = new Hooks { Prestart = [hook] } }).HasRuntimeHooks, Is.True);
        Assert.That(Plan(Sample.Spec with { Hooks = new Hooks { CreateRuntime = [hook] } }).HasRuntimeHooks, Is.True);
    }

    [TestCase(false, "_ses.web")]
    [TestCase(true, null)]
    public void A_key_ring_has_the_containers_name(bool none, string? expected) =>
        Assert.That(CreatePlanner.Plan(Options with { NoNewKeyring = none }, Sample.Spec, null, isRootless: false, new EngineLog()).Process.KeyRing, Is.EqualTo(expected));

    private CreateOptions Options => new() { Id = ContainerId.Parse("web"), Bundle = _bundle };

    private CreatePlan Plan(Spec spec) => CreatePlanner.Plan(Options, spec, null, isRootless: false, new EngineLog());

    private void Refuses(Spec spec, string message) => Assert.That(() => Plan(spec), Throws.TypeOf<ContainerException>().With.Message.EqualTo(message));

    private static Spec WithMount(string? type, string? source, string options) => Sample.Spec with
    {
        Mounts = [new Mount { Destination = "/dst", Type = type, Source = source, Options = options.Split(' ', StringSplitOptions.RemoveEmptyEntries) }],
    };

    private static Spec Joining(LinuxNamespaceType type, string path) =>
        Sample.With(new LinuxSection { Namespaces = [Sample.New(LinuxNamespaceType.Mount), Sample.New(type, path)] });
}
