using Bulkhead.Cgroups.V1;
using Bulkhead.Cgroups;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cgroups;

public sealed class V1ControllerTests
{
    private static readonly string[] Memory =
    [
        "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.swappiness", "memory.oom_control",
        "memory.use_hierarchy", "memory.kmem.tcp.limit_in_bytes",
    ];

    [Test]
    public void Every_property_of_memory_is_written()
    {
        using var cgroup = TestCgroup.With(Memory);

        MemoryController.Apply(cgroup.Directory, new LinuxMemory
        {
            Limit = 1000,
            Swap = 2000,
            Reservation = 500,
            Kernel = 7,
            KernelTcp = 300,
            Swappiness = 0,
            DisableOomKiller = true,
            UseHierarchy = true,
        });

        Assert.That(cgroup.Written(), Is.EquivalentTo(new Dictionary<string, string>
        {
            ["memory.limit_in_bytes"] = "1000",
            ["memory.memsw.limit_in_bytes"] = "2000",
            ["memory.soft_limit_in_bytes"] = "500",
            ["memory.kmem.tcp.limit_in_bytes"] = "300",
            ["memory.swappiness"] = "0",
            ["memory.oom_control"] = "1",
            ["memory.use_hierarchy"] = "1",
        }));
    }

    [Test]
    public void Memory_without_a_limit_has_none_for_swap_either()
    {
        using var cgroup = TestCgroup.With(Memory);

        MemoryController.Apply(cgroup.Directory, new LinuxMemory { Limit = -1 });

        Assert.That(cgroup.Written(), Is.EquivalentTo(new Dictionary<string, string>
        {
            ["memory.limit_in_bytes"] = "-1",
            ["memory.memsw.limit_in_bytes"] = "-1",
        }));
    }

    // As runc writes them: absent and 0 are left alone, -1 is no limit, and a limit that is lifted lifts that of both.
    [TestCase(100L, null, "100", "")]
    [TestCase(100L, 300L, "100", "300")]
    [TestCase(100L, 100L, "100", "100")]
    [TestCase(100L, -1L, "100", "-1")]
    [TestCase(null, 300L, "", "300", TestName = "the limit of both alone")]
    [TestCase(-1L, -1L, "-1", "-1")]
    [TestCase(-1L, 0L, "-1", "-1")]
    public void Limits_of_memory_and_swap_are_written(long? limit, long? swap, string memory, string both)
    {
        using var cgroup = TestCgroup.With(Memory);

        MemoryController.Apply(cgroup.Directory, new LinuxMemory { Limit = limit, Swap = swap });

        Assert.That((cgroup.Read("memory.limit_in_bytes"), cgroup.Read("memory.memsw.limit_in_bytes")), Is.EqualTo((memory, both)));
    }

    [TestCase(100L, 50L, "linux.resources.memory.swap: 50 is below the memory limit, 100")]
    [TestCase(-1L, 50L, "linux.resources.memory.swap: 50 is for memory and swap together, and the memory limit is -1, none")]
    public void Limits_of_memory_and_swap_that_do_not_fit_are_refused_before_one_is_written(long limit, long swap, string expected)
    {
        using var cgroup = TestCgroup.With(Memory);

        Assert.Multiple(() =>
        {
            Assert.That(
                () => MemoryController.Apply(cgroup.Directory, new LinuxMemory { Limit = limit, Swap = swap }),
                Throws.TypeOf<CgroupException>().With.Message.EqualTo(expected));
            Assert.That(cgroup.Written(), Is.Empty);
        });
    }

    [Test]
    public void A_kernel_that_can_not_disable_the_killer_need_not_enable_it()
    {
        using var cgroup = TestCgroup.With("memory.limit_in_bytes");

        Assert.Multiple(() =>
        {
            Assert.That(() => MemoryController.Apply(cgroup.Directory, new LinuxMemory { DisableOomKiller = false }), Throws.Nothing);
            Assert.That(
                () => MemoryController.Apply(cgroup.Directory, new LinuxMemory { DisableOomKiller = true }),
                Throws.TypeOf<CgroupException>().With.Message.EqualTo(
                    $"linux.resources.memory.disableOOMKiller: the kernel has no memory.oom_control in {cgroup.Path}"));
        });
    }

    [TestCase(3u, null, "mlx5_1 hca_handle=3")]
    [TestCase(null, 0u, "mlx5_1 hca_object=0", TestName = "0 objects is a limit")]
    [TestCase(uint.MaxValue, 4u, "mlx5_1 hca_handle=4294967295 hca_object=4")]
    public void Rdma_is_a_line_for_a_device(uint? handles, uint? objects, string expected)
    {
        using var cgroup = TestCgroup.With("rdma.max");

        RdmaController.Apply(cgroup.Directory, new Dictionary<string, LinuxRdma> { ["mlx5_1"] = new() { HcaHandles = handles, HcaObjects = objects } });

        Assert.That(cgroup.Read("rdma.max"), Is.EqualTo(expected));
    }

    [Test]
    public void Zero_leaves_memory_alone()
    {
        using var cgroup = TestCgroup.With(Memory);

        MemoryController.Apply(cgroup.Directory, new LinuxMemory { Limit = 0, Swap = 0, Reservation = 0, KernelTcp = 0 });

        Assert.That(cgroup.Written(), Is.Empty);
    }

    [Test]
    public void A_property_that_the_kernel_has_no_file_for_is_named()
    {
        using var cgroup = TestCgroup.With("memory.limit_in_bytes");

        Assert.That(
            () => MemoryController.Apply(cgroup.Directory, new LinuxMemory { Limit = 5, Reservation = 3 }),
            Throws.TypeOf<CgroupException>().With.Message.EqualTo(
                $"linux.resources.memory.reservation: the kernel has no memory.soft_limit_in_bytes in {cgroup.Path}"));
    }

    [Test]
    public void Swappiness_above_100_is_refused()
    {
        using var cgroup = TestCgroup.With(Memory);

        Assert.That(
            () => MemoryController.Apply(cgroup.Directory, new LinuxMemory { Swappiness = 101 }),
            Throws.TypeOf<CgroupException>().With.Message.EqualTo("linux.resources.memory.swappiness: 101 is above 100"));
    }

    [Test]
    public void Every_property_of_cpu_is_written()
    {
        using var cgroup = TestCgroup.With(
            "cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.cfs_burst_us", "cpu.rt_runtime_us", "cpu.rt_period_us", "cpu.idle",
            "cpuset.cpus", "cpuset.mems");
        LinuxCpu cpu = new()
        {
            Shares = 2,
            Quota = 50000,
            Period = 100000,
            Burst = 0,
            RealtimeRuntime = 950,
            RealtimePeriod = 1000,
            Idle = 1,
            Cpus = "0-1",
            Mems = "0",
        };

        CpuController.Apply(cgroup.Directory, cpu);
        CpusetController.Apply(cgroup.Directory, cpu);

        Assert.That(cgroup.Written(), Is.EquivalentTo(new Dictionary<string, string>
        {
            ["cpu.shares"] = "2",
            ["cpu.cfs_quota_us"] = "50000",
            ["cpu.cfs_period_us"] = "100000",
            ["cpu.cfs_burst_us"] = "0",
            ["cpu.rt_runtime_us"] = "950",
            ["cpu.rt_period_us"] = "1000",
            ["cpu.idle"] = "1",
            ["cpuset.cpus"] = "0-1",
            ["cpuset.mems"] = "0",
        }));
    }

    [TestCase(1ul)]
    [TestCase(262145ul)]
    public void Shares_that_the_kernel_would_change_are_refused(ulong shares)
    {
        using var cgroup = TestCgroup.With("cpu.shares");

        Assert.That(
            () => CpuController.Apply(cgroup.Directory, new LinuxCpu { Shares = shares }),
            Throws.TypeOf<CgroupException>().With.Message.EqualTo($"linux.resources.cpu.shares: {shares} is not within 2 and 262144"));
    }

    [TestCase(-1, "max", TestName = "-1 is no limit of tasks")]
    [TestCase(0, "0", TestName = "0 is a limit of tasks like any other")]
    [TestCase(long.MaxValue, "9223372036854775807")]
    public void Pids_are_written(long limit, string expected)
    {
        using var cgroup = TestCgroup.With("pids.max");

        PidsController.Apply(cgroup.Directory, limit);

        Assert.That(cgroup.Read("pids.max"), Is.EqualTo(expected));
    }

    [TestCase("blkio.weight", "blkio.weight_device")]
    [TestCase("blkio.bfq.weight", "blkio.bfq.weight_device")]
    public void Block_io_is_written_to_the_schedulers_files(string weight, string weightDevice)
    {
        using var cgroup = TestCgroup.With(
            weight, weightDevice, "blkio.leaf_weight", "blkio.leaf_weight_device", "blkio.throttle.read_bps_device",
            "blkio.throttle.write_bps_device", "blkio.throttle.read_iops_device", "blkio.throttle.write_iops_device");

        BlockIoController.Apply(cgroup.Directory, new LinuxBlockIo
        {
            Weight = 300,
            LeafWeight = 400,
            WeightDevice = [new LinuxWeightDevice { Major = 8, Minor = 0, Weight = 10, LeafWeight = 20 }],
            ThrottleReadBpsDevice = [new LinuxThrottleDevice { Major = 8, Minor = 1, Rate = 1 }],
            ThrottleWriteBpsDevice = [new LinuxThrottleDevice { Major = 8, Minor = 2, Rate = 2 }],
            ThrottleReadIopsDevice = [new LinuxThrottleDevice { Major = 8, Minor = 3, Rate = ulong.MaxValue }],
            ThrottleWriteIopsDevice = [new LinuxThrottleDevice { Major = 8, Minor = 4, Rate = 0 }],
        });

        Assert.That(cgroup.Written(), Is.EquivalentTo(new Dictionary<string, string>
        {
            [weight] = "300",
            [weightDevice] = "8:0 10",
            ["blkio.leaf_weight"] = "400",
            ["blkio.leaf_weight_device"] = "8:0 20",
            ["blkio.throttle.read_bps_device"] = "8:1 1",
            ["blkio.throttle.write_bps_device"] = "8:2 2",
            ["blkio.throttle.read_iops_device"] = "8:3 18446744073709551615",
            ["blkio.throttle.write_iops_device"] = "8:4 0",
        }));
    }

    [TestCase(false, ".limit_in_bytes")]
    [TestCase(true, ".max")]
    public void Huge_pages_are_limited_used_and_reserved(bool unified, string ending)
    {
        using var cgroup = TestCgroup.With($"hugetlb.2MB{ending}", $"hugetlb.2MB.rsvd{ending}", $"hugetlb.1GB{ending}");

        HugepageController.Apply(
            cgroup.Directory,
            [new LinuxHugepageLimit { PageSize = "2MB", Limit = 4 << 20 }, new LinuxHugepageLimit { PageSize = "1GB", Limit = 1 << 30 }],
            unified);

        Assert.That(cgroup.Written(), Is.EquivalentTo(new Dictionary<string, string>
        {
            [$"hugetlb.2MB{ending}"] = "4194304",
            [$"hugetlb.2MB.rsvd{ending}"] = "4194304",
            [$"hugetlb.1GB{ending}"] = "1073741824",
        }));
    }

    [TestCase("3MB")]
    [TestCase("../x")]
    [TestCase("")]
    public void A_page_size_that_the_machine_does_not_have_is_named(string size) =>
        Assert.That(
            () => HugepageController.Check([new LinuxHugepageLimit { PageSize = size, Limit = 0 }]),
            Throws.TypeOf<CgroupException>().With.Message.StartsWith(
                $"linux.resources.hugepageLimits[0].pageSize: there are no huge pages of \"{size}\" on this machine"));

    [Test]
    public void Network_and_rdma_are_written()
    {
        using var cgroup = TestCgroup.With("net_cls.classid", "net_prio.ifpriomap", "rdma.max");

        NetworkController.ApplyClass(cgroup.Directory, 0x100001);
        NetworkController.ApplyPriorities(cgroup.Directory, [new LinuxInterfacePriority { Name = "eth0", Priority = 5 }]);
        RdmaController.Apply(cgroup.Directory, new Dictionary<string, LinuxRdma> { ["mlx5_1"] = new() { HcaHandles = 3, HcaObjects = 10000 } });

        Assert.That(cgroup.Written(), Is.EquivalentTo(new Dictionary<string, string>
        {
            ["net_cls.classid"] = "1048577",
            ["net_prio.ifpriomap"] = "eth0 5",
            ["rdma.max"] = "mlx5_1 hca_handle=3 hca_object=10000",
        }));
    }

    [Test]
    public void A_new_cgroup_denies_all_devices_and_allows_the_usual_with_as_few_writes()
    {
        using var cgroup = TestCgroup.With("devices.allow", "devices.deny");
        cgroup.Directory.IsFresh = true;

        DevicesController.Apply(cgroup.Directory, [new LinuxDeviceCgroup { Allow = false, Access = "rwm" }]);

        Assert.That(cgroup.Written(), Is.EquivalentTo(new Dictionary<string, string>
        {
            ["devices.deny"] = "a *:* rwm",
            ["devices.allow"] = "c *:* mb *:* mc 1:3 rwmc 1:8 rwmc 1:7 rwmc 5:0 rwmc 1:5 rwmc 1:9 rwmc 136:* rwmc 5:2 rwmc 10:200 rwm",
        }));
    }

    [Test]
    public void An_update_of_devices_takes_nothing_away_that_stays()
    {
        using var cgroup = TestCgroup.With("devices.allow", "devices.deny");
        cgroup.Put("devices.list", "c *:* m\nb *:* m\nc 1:3 rwm\nc 1:8 rwm\nc 1:7 rwm\nc 5:0 rwm\nc 1:5 rwm\nc 1:9 rwm\nc 136:* rwm\nc 5:2 rwm\nc 10:200 rwm\nb 8:* r\n");

        DevicesController.Apply(cgroup.Directory, [new LinuxDeviceCgroup { Allow = true, Type = "c", Major = 10, Minor = 229, Access = "rw" }]);

        Assert.Multiple(() =>
        {
            Assert.That(cgroup.Read("devices.deny"), Is.EqualTo("b 8:* r"));
            Assert.That(cgroup.Read("devices.allow"), Is.EqualTo("c 10:229 rw"));
        });
    }

    [Test]
    public void A_new_cpuset_takes_over_what_the_nearest_one_above_has()
    {
        using var cgroup = TestCgroup.With("cpuset.cpus", "cpuset.mems");
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(cgroup.Path)!, "cpuset.cpus"), "0-3\n");
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(cgroup.Path)!, "cpuset.mems"), "0\n");

        CpusetController.Fill(cgroup.Directory, ["c"]);

        Assert.That(cgroup.Written(), Is.EquivalentTo(new Dictionary<string, string> { ["cpuset.cpus"] = "0-3", ["cpuset.mems"] = "0" }));
    }
}
