using Bulkhead.Cgroups.V2;
using Bulkhead.Cgroups;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cgroups;

public sealed class V2ControllerTests
{
    [Test]
    public void Memory_is_written_in_the_words_of_v2()
    {
        using var cgroup = TestCgroup.With("memory.max", "memory.swap.max", "memory.low");

        UnifiedMemoryController.Apply(cgroup.Directory, new LinuxMemory
        {
            Limit = 1000,
            Swap = 3000,
            Reservation = 500,
            Kernel = 7,
            KernelTcp = -1,
            DisableOomKiller = false,
            UseHierarchy = true,
        });

        Assert.That(cgroup.Written(), Is.EquivalentTo(new Dictionary<string, string>
        {
            ["memory.max"] = "1000",
            ["memory.swap.max"] = "2000",
            ["memory.low"] = "500",
        }));
    }

    [Test]
    public void A_new_limit_of_memory_and_swap_goes_with_the_memory_limit_in_force()
    {
        using var cgroup = TestCgroup.With("memory.swap.max").Put("memory.max", "1000\n");

        UnifiedMemoryController.Apply(cgroup.Directory, new LinuxMemory { Swap = 3000 });

        Assert.Multiple(() =>
        {
            Assert.That(cgroup.Read("memory.swap.max"), Is.EqualTo("2000"));
            Assert.That(
                () => UnifiedMemoryController.Apply(cgroup.Directory, new LinuxMemory { Swap = 900 }),
                Throws.TypeOf<CgroupException>().With.Message.EqualTo("linux.resources.memory.swap: 900 is below the memory limit, 1000"));
        });
    }

    // As runc writes them: absent and 0 are left alone, -1 is the word for no limit.
    [TestCase(100L, null, null, "100", "", "")]
    [TestCase(100L, 100L, null, "100", "0", "", TestName = "the same for both leaves no swap")]
    [TestCase(100L, -1L, null, "100", "max", "")]
    [TestCase(-1L, null, null, "max", "max", "", TestName = "a limit that is lifted lifts that of swap")]
    [TestCase(-1L, 300L, null, "max", "300", "", TestName = "without a limit of memory swap is swap alone")]
    [TestCase(null, -1L, -1L, "", "max", "max")]
    [TestCase(0L, 0L, 0L, "", "", "")]
    public void Limits_of_memory_and_swap_are_written(long? limit, long? swap, long? reservation, string max, string swapMax, string low)
    {
        using var cgroup = TestCgroup.With("memory.max", "memory.swap.max", "memory.low");

        UnifiedMemoryController.Apply(cgroup.Directory, new LinuxMemory { Limit = limit, Swap = swap, Reservation = reservation });

        Assert.That((cgroup.Read("memory.max"), cgroup.Read("memory.swap.max"), cgroup.Read("memory.low")), Is.EqualTo((max, swapMax, low)));
    }

    [Test]
    public void A_kernel_that_does_not_count_swap_is_fine_as_long_as_it_need_not()
    {
        using var cgroup = TestCgroup.With("memory.max");

        UnifiedMemoryController.Apply(cgroup.Directory, new LinuxMemory { Limit = 1000, Swap = 1000 });

        Assert.Multiple(() =>
        {
            Assert.That(cgroup.Read("memory.max"), Is.EqualTo("1000"));
            Assert.That(
                () => UnifiedMemoryController.Apply(cgroup.Directory, new LinuxMemory { Limit = 1000, Swap = 1001 }),
                Throws.TypeOf<CgroupException>().With.Message.EqualTo($"linux.resources.memory.swap: the kernel has no memory.swap.max in {cgroup.Path}"));
        });
    }

    [Test]
    public void An_update_below_what_is_in_use_is_refused_where_that_is_asked_for()
    {
        using var cgroup = TestCgroup.With("memory.max").Put("memory.current", "5000\n");

        Assert.That(
            () => UnifiedMemoryController.Apply(cgroup.Directory, new LinuxMemory { Limit = 4000, CheckBeforeUpdate = true }),
            Throws.TypeOf<CgroupException>().With.Message.EqualTo("linux.resources.memory.limit: 4000 is not above what is in use, 5000"));
    }

    [TestCaseSource(nameof(Gone))]
    public void What_v2_has_no_setting_for_is_refused_by_name(LinuxResources resources, string property)
    {
        using var cgroup = TestCgroup.With("cpu.max", "memory.max", "io.max");
        using V2Cgroup whole = new(new UnifiedDirectory(new CgroupDirectory(Bulkhead.Linux.Files.DirectoryHandle.Open(Path.GetDirectoryName(cgroup.Path)!), "c"), isNew: false));

        Assert.That(
            () => whole.Update(resources),
            Throws.TypeOf<CgroupException>().With.Message.EqualTo($"linux.resources.{property}: cgroup v2 has no such setting"));
    }

    private static IEnumerable<object[]> Gone() =>
    [
        [new LinuxResources { Memory = new LinuxMemory { KernelTcp = 5 } }, "memory.kernelTCP"],
        [new LinuxResources { Memory = new LinuxMemory { Swappiness = 60 } }, "memory.swappiness"],
        [new LinuxResources { Memory = new LinuxMemory { DisableOomKiller = true } }, "memory.disableOOMKiller"],
        [new LinuxResources { Memory = new LinuxMemory { UseHierarchy = false } }, "memory.useHierarchy"],
        [new LinuxResources { Cpu = new LinuxCpu { RealtimeRuntime = 5 } }, "cpu.realtimeRuntime"],
        [new LinuxResources { Cpu = new LinuxCpu { RealtimePeriod = 5 } }, "cpu.realtimePeriod"],
        [new LinuxResources { BlockIo = new LinuxBlockIo { LeafWeight = 50 } }, "blockIO.leafWeight"],
        [new LinuxResources { BlockIo = new LinuxBlockIo { WeightDevice = [new LinuxWeightDevice { Major = 8, Minor = 0, LeafWeight = 50 }] } }, "blockIO.weightDevice[0].leafWeight"],
        [new LinuxResources { Network = new LinuxNetwork { ClassId = 7 } }, "network.classID"],
        [new LinuxResources { Network = new LinuxNetwork { Priorities = [new LinuxInterfacePriority { Name = "lo", Priority = 1 }] } }, "network.priorities"],
    ];

    [TestCase(50000L, 100000ul, "50000 100000")]
    [TestCase(50000L, null, "50000", TestName = "a quota alone leaves the period")]
    [TestCase(null, 20000ul, "max 20000", TestName = "a period alone needs the word for no quota")]
    [TestCase(-1L, 20000ul, "max 20000")]
    [TestCase(-1L, null, "max")]
    [TestCase(0L, 0ul, "", TestName = "zeros leave both")]
    public void Bandwidth_is_one_file(long? quota, ulong? period, string expected)
    {
        using var cgroup = TestCgroup.With("cpu.max");

        UnifiedCpuController.Apply(cgroup.Directory, new LinuxCpu { Quota = quota, Period = period });

        Assert.That(cgroup.Read("cpu.max"), Is.EqualTo(expected));
    }

    [Test]
    public void A_period_alone_keeps_the_quota_that_is_in_force()
    {
        using var cgroup = TestCgroup.With().Put("cpu.max", "70000 100000\n");

        UnifiedCpuController.Apply(cgroup.Directory, new LinuxCpu { Period = 90000 });

        Assert.That(cgroup.Read("cpu.max"), Does.StartWith("70000 90000"));
    }

    [Test]
    public void Cpu_is_written_in_the_words_of_v2()
    {
        using var cgroup = TestCgroup.With("cpu.weight", "cpu.idle", "cpu.max.burst");

        UnifiedCpuController.Apply(cgroup.Directory, new LinuxCpu { Shares = 1024, Idle = 1, Burst = 300 });

        Assert.That(cgroup.Written(), Is.EquivalentTo(new Dictionary<string, string>
        {
            ["cpu.weight"] = "100",
            ["cpu.idle"] = "1",
            ["cpu.max.burst"] = "300",
        }));
    }

    [TestCase("io.bfq.weight", "8:0 500")]
    [TestCase("io.weight", "8:0 4950")]
    public void Io_weights_go_to_the_scheduler_that_there_is(string file, string expected)
    {
        using var cgroup = TestCgroup.With(file);

        UnifiedIoController.Apply(cgroup.Directory, new LinuxBlockIo { WeightDevice = [new LinuxWeightDevice { Major = 8, Minor = 0, Weight = 500 }] });

        Assert.That(cgroup.Read(file), Is.EqualTo(expected));
    }

    [TestCase(5ul, "8:0 rbps=5")]
    [TestCase(0ul, "8:0 rbps=max", TestName = "0 lifts the limit")]
    public void Io_is_throttled(ulong rate, string expected)
    {
        using var cgroup = TestCgroup.With("io.max");

        UnifiedIoController.Apply(cgroup.Directory, new LinuxBlockIo { ThrottleReadBpsDevice = [new LinuxThrottleDevice { Major = 8, Minor = 0, Rate = rate }] });

        Assert.That(cgroup.Read("io.max"), Is.EqualTo(expected));
    }

    [Test]
    public void Every_kind_of_throttling_has_its_word()
    {
        using var cgroup = TestCgroup.With("io.max");
        LinuxThrottleDevice[] device = [new() { Major = 8, Minor = 16, Rate = ulong.MaxValue }];
        (LinuxBlockIo Throttle, string Word)[] kinds =
        [
            (new() { ThrottleReadBpsDevice = device }, "rbps"), (new() { ThrottleWriteBpsDevice = device }, "wbps"),
            (new() { ThrottleReadIopsDevice = device }, "riops"), (new() { ThrottleWriteIopsDevice = device }, "wiops"),
        ];
        foreach ((LinuxBlockIo throttle, string word) in kinds)
        {
            cgroup.Put("io.max", "");

            UnifiedIoController.Apply(cgroup.Directory, throttle);

            Assert.That(cgroup.Read("io.max"), Is.EqualTo($"8:16 {word}=18446744073709551615"));
        }
    }

    [TestCase((ushort)9)]
    [TestCase((ushort)1001)]
    public void An_io_weight_out_of_range_is_refused(ushort weight)
    {
        using var cgroup = TestCgroup.With("io.weight");

        Assert.That(
            () => UnifiedIoController.Apply(cgroup.Directory, new LinuxBlockIo { Weight = weight }),
            Throws.TypeOf<CgroupException>().With.Message.EqualTo($"linux.resources.blockIO.weight: {weight} is not within 10 and 1000"));
    }

    [TestCase("../memory.high")]
    [TestCase("memory/high.x")]
    [TestCase("nodot")]
    [TestCase(".hidden")]
    [TestCase("")]
    public void A_unified_key_is_a_file_name(string key)
    {
        using var cgroup = TestCgroup.With("memory.high");
        using UnifiedDirectory directory = new(new CgroupDirectory(Bulkhead.Linux.Files.DirectoryHandle.Open(Path.GetDirectoryName(cgroup.Path)!), "c"), isNew: false);

        Assert.That(
            () => UnifiedFiles.Apply(directory, new Dictionary<string, string> { [key] = "1" }),
            Throws.TypeOf<CgroupException>().With.Message.EqualTo($"linux.resources.unified[\"{key}\"]: a key is the name of a file, such as memory.high"));
    }

    [TestCase("memory.high", "50M")]
    [TestCase("cgroup.max.depth", "3", TestName = "what belongs to no controller is a file like the others")]
    [TestCase("new.file", " odd value ", TestName = "what is not known is written all the same")]
    public void Unified_values_are_written_as_they_are(string key, string value)
    {
        using var cgroup = TestCgroup.With(key);
        using UnifiedDirectory directory = new(new CgroupDirectory(Bulkhead.Linux.Files.DirectoryHandle.Open(Path.GetDirectoryName(cgroup.Path)!), "c"), isNew: false);

        UnifiedFiles.Apply(directory, new Dictionary<string, string> { [key] = value });

        Assert.That(cgroup.Read(key), Is.EqualTo(value));
    }
}
