using Bulkhead.Cgroups;
using Bulkhead.Cgroups.Layout;
using Bulkhead.Cgroups.V1;
using Bulkhead.Cgroups.V2;
using Bulkhead.Linux.Mounts;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Create;
using Bulkhead.Runtime.Validation;
using Bulkhead.Specs.Runtime;
using Bulkhead.Tests.Unit.Cgroups;
using Bulkhead.Tests.Unit.Specs;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Fuzz;

/// <summary>What is translated into the kernel's words says the same in them, or is refused.</summary>
[TestFixture]
internal sealed class TranslatorTests
{
    private static readonly string[] s_pieces = ["a", "net", "ipv4", "kernel", "shmmax", "core_pattern", "fs", "mqueue", "..", ".", "", "vm", "hostname", "shm_rmid_forced", "\0", "x y", "\n"];

    private static readonly string[] s_files =
    [
        "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.swappiness", "memory.oom_control", "memory.use_hierarchy",
        "memory.kmem.tcp.limit_in_bytes", "memory.max", "memory.swap.max", "memory.low", "memory.high", "cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.cfs_burst_us",
        "cpu.rt_runtime_us", "cpu.rt_period_us", "cpu.idle", "cpu.weight", "cpu.max", "cpu.max.burst", "cpuset.cpus", "cpuset.mems", "blkio.weight", "blkio.bfq.weight",
        "blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device", "blkio.throttle.read_iops_device", "blkio.throttle.write_iops_device", "io.max", "io.weight", "io.bfq.weight", "pids.max",
        "net_prio.ifpriomap", "net_cls.classid", "rdma.max", "devices.allow", "devices.deny",
    ];

    [Test]
    public void Of_two_options_that_contradict_each_other_the_later_counts() => AnySeed.Holds(random =>
    {
        string[] options = random.PickSome(12, "ro", "rw", "bind", "rbind", "size=1m", "mode=7,dev", "x-odd", "rslave", "nosuid", "suid", "", "=", "data=\n", "ro\0rw", "RO", "remount", "idmap", "tmpcopyup");

        MountOptions parsed = MountOptions.Parse(options);

        string? last = options.LastOrDefault(option => option is "ro" or "rw");
        return parsed.ReadOnly == (last == "ro")
            && parsed.Remount == options.Contains("remount")
            && parsed.Bind == options.Any(option => option is "bind" or "rbind")
            && parsed.CopyUp == options.Contains("tmpcopyup")
            && options.Where(option => option is "size=1m" or "mode=7,dev" or "x-odd" or "RO").All(parsed.Data.Contains);
    });

    [Test]
    public void Every_option_that_is_known_is_taken_in_any_company() => AnySeed.Holds(random =>
    {
        string[] options = random.PickSome(30, [.. MountOptions.Known]);

        return MountOptions.Parse(options).Data.Count == 0 || MountOptions.Parse(options).Data.All(option => options.Contains(option));
    });

    [Test]
    public void A_setting_that_is_let_through_is_one_of_a_namespace() => AnySeed.Holds(random =>
    {
        string name = string.Concat(random.PickSome(7, s_pieces).Select(piece => piece + random.Pick(".", "/", "", ".")));
        LinuxNamespaceType[] types = random.PickSome(3, LinuxNamespaceType.Network, LinuxNamespaceType.Ipc, LinuxNamespaceType.Uts);
        LinuxNamespace[] namespaces = [.. types.Distinct().Select(type => new LinuxNamespace { Type = type })];
        try
        {
            SysctlCheck.Check(new Dictionary<string, string> { [name] = "1" }, namespaces);
        }
        catch (ContainerException)
        {
            return true;
        }

        string path = SysctlCheck.PathOf(name);
        string resolved = Path.GetFullPath("/proc/sys/" + path.Replace('\0', '?'));
        string[] ipc = ["kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall", "kernel/shmmax", "kernel/shmmni", "kernel/shm_rmid_forced"];
        bool isOfNetwork = resolved.StartsWith("/proc/sys/net/", StringComparison.Ordinal) && types.Contains(LinuxNamespaceType.Network);
        bool isOfIpc = (resolved.StartsWith("/proc/sys/fs/mqueue/", StringComparison.Ordinal) || ipc.Contains(path)) && types.Contains(LinuxNamespaceType.Ipc);
        bool isOfUts = path is "kernel/hostname" or "kernel/domainname" && types.Contains(LinuxNamespaceType.Uts);
        return !path.Contains('\0', StringComparison.Ordinal) && (isOfNetwork || isOfIpc || isOfUts);
    }, tests: 5000);

    [Test]
    public void A_place_in_a_hierarchy_is_inside_of_it_and_below_the_own_one_unless_it_is_absolute() => AnySeed.Holds(random =>
    {
        string path = string.Concat(random.PickSome(6, "/", "a", "..", ".", "b:c", "...", "/../", "x y"));
        try
        {
            string place = CgroupPath.Place("web", path, () => "own/deep");

            return place.Length > 0 && place[0] != '/' && !place.Split('/').Any(part => part is "" or "." or "..")
                && (path.StartsWith('/') || place.StartsWith("own/deep/", StringComparison.Ordinal));
        }
        catch (CgroupException)
        {
            return CgroupPath.Clean(path).Length == 0;
        }
    }, tests: 2000);

    [Test]
    public void Maps_of_ids_say_what_the_document_does() => AnySeed.Holds(random =>
    {
        LinuxIdMapping[] maps = [.. Enumerable.Range(0, random.Next(400)).Select(_ => new LinuxIdMapping
        {
            ContainerId = random.Pick(0u, 1u, uint.MaxValue, (uint)random.Next()),
            HostId = random.Pick(0u, 1u, uint.MaxValue, (uint)random.Next()),
            Size = random.Pick(0u, 1u, uint.MaxValue),
        })];

        string[] lines = IdentifierMaps.Format(maps).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        return lines.Select(line => line.Split(' ').Select(uint.Parse).ToArray()).Zip(maps).All(pair =>
            pair.First[0] == pair.Second.ContainerId && pair.First[1] == pair.Second.HostId && pair.First[2] == pair.Second.Size) && lines.Length == maps.Length;
    }, tests: 50);

    [Test]
    public void Limits_are_written_as_one_line_each_into_files_of_the_cgroup_or_refused() => AnySeed.Holds(random =>
    {
        using var cgroup = TestCgroup.With(s_files);
        LinuxResources resources = (LinuxResources)new Documents(random, chance: 0.7).Create(typeof(LinuxResources));
        LinuxResources valid = resources with { Cpu = Printable(resources.Cpu) };

        foreach (Action apply in Translators(cgroup.Directory, valid))
        {
            try
            {
                apply();
            }
            catch (CgroupException error)
            {
                Assert.That(error.Message, Does.StartWith("linux.resources"));
            }
        }

        return cgroup.Written().Where(file => file.Key != "rdma.max" && file.Key != "net_prio.ifpriomap").All(file =>
            file.Value.Trim('\n').All(character => character is >= ' ' and < (char)127) && !file.Value.Contains("E+", StringComparison.Ordinal));
    }, tests: 150);

    private static LinuxCpu? Printable(LinuxCpu? cpu) => cpu is null ? null : cpu with { Cpus = "0-3", Mems = "0" };

    private static IEnumerable<Action> Translators(CgroupDirectory directory, LinuxResources resources)
    {
        if (resources.Memory is { } memory)
        {
            yield return () => MemoryController.Apply(directory, memory);
            yield return () => UnifiedMemoryController.Apply(directory, memory);
        }

        if (resources.Cpu is { } cpu)
        {
            yield return () => CpuController.Apply(directory, cpu);
            yield return () => CpusetController.Apply(directory, cpu);
            yield return () => UnifiedCpuController.Apply(directory, cpu);
        }

        if (resources.BlockIo is { } blockIo)
        {
            yield return () => BlockIoController.Apply(directory, blockIo);
            yield return () => UnifiedIoController.Apply(directory, blockIo);
        }

        if (resources.Pids?.Limit is { } limit)
        {
            yield return () => PidsController.Apply(directory, limit);
        }

        if (resources.Devices is { } devices)
        {
            yield return () => DevicesController.Apply(directory, devices);
        }

        if (resources.Rdma is { } rdma)
        {
            yield return () => RdmaController.Apply(directory, rdma);
        }
    }
}
