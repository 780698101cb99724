using Bulkhead.Cgroups.V1;
using Bulkhead.Cgroups.V2;
using Bulkhead.Cgroups;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cgroups;

public sealed class StatisticsTests
{
    [Test]
    public void V1_memory_is_read()
    {
        using var cgroup = TestCgroup.With()
            .Put("memory.stat", "cache 10\nrss 20\nhierarchical_memory_limit 9223372036854771712\n")
            .Put("memory.usage_in_bytes", "100\n").Put("memory.max_usage_in_bytes", "200\n").Put("memory.limit_in_bytes", "300\n").Put("memory.failcnt", "4\n")
            .Put("memory.memsw.usage_in_bytes", "150\n").Put("memory.memsw.failcnt", "5\n")
            .Put("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n").Put("memory.use_hierarchy", "1\n");

        MemoryStatistics memory = MemoryController.Read(cgroup.Directory);

        Assert.Multiple(() =>
        {
            Assert.That(memory.CacheBytes, Is.EqualTo(10));
            Assert.That(memory.Usage, Is.EqualTo(new MemoryUsage { UsageBytes = 100, MaxUsageBytes = 200, LimitBytes = 300, FailureCount = 4 }));
            Assert.That(memory.SwapOnly, Is.EqualTo(new MemoryUsage { UsageBytes = 50, FailureCount = 1 }));
            Assert.That(memory.Kernel, Is.EqualTo(new MemoryUsage()));
            Assert.That(memory.OomKills, Is.EqualTo(3));
            Assert.That(memory.UseHierarchy, Is.True);
            Assert.That(memory.Raw["hierarchical_memory_limit"], Is.EqualTo(9223372036854771712));
        });
    }

    [Test]
    public void V2_memory_is_read()
    {
        using var cgroup = TestCgroup.With()
            .Put("memory.stat", "anon 5\nfile 10\nkernel 7\n").Put("memory.current", "100\n").Put("memory.max", "max\n").Put("memory.peak", "120\n")
            .Put("memory.swap.current", "30\n").Put("memory.swap.max", "50\n").Put("memory.events", "low 0\nhigh 0\nmax 9\noom 1\noom_kill 2\n")
            .Put("memory.pressure", "some avg10=1.50 avg60=0.00 avg300=0.25 total=1234\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n");

        MemoryStatistics memory = UnifiedMemoryController.Read(cgroup.Directory);

        Assert.Multiple(() =>
        {
            Assert.That(memory.Usage, Is.EqualTo(new MemoryUsage { UsageBytes = 100, MaxUsageBytes = 120, LimitBytes = ulong.MaxValue, FailureCount = 9 }));
            Assert.That(memory.Swap.UsageBytes, Is.EqualTo(130));
            Assert.That(memory.Swap.LimitBytes, Is.EqualTo(ulong.MaxValue));
            Assert.That(memory.OomKills, Is.EqualTo(2));
            Assert.That(memory.Pressure!.Some, Is.EqualTo(new PressureFigures(1.5, 0, 0.25, 1234)));
            Assert.That(memory.Pressure.Full.TotalMicroseconds, Is.EqualTo(5));
        });
    }

    [Test]
    public void V1_cpu_is_read()
    {
        using var cgroup = TestCgroup.With()
            .Put("cpu.stat", "nr_periods 1\nnr_throttled 2\nthrottled_time 3\n").Put("cpuacct.stat", "user 4\nsystem 5\n")
            .Put("cpuacct.usage", "99\n").Put("cpuacct.usage_percpu", "60 39 \n").Put("cpuacct.usage_all", "cpu user system\n0 50 10\n1 30 9\n");

        CpuStatistics cpu = CpuController.Read(cgroup.Directory, cgroup.Directory);

        Assert.Multiple(() =>
        {
            Assert.That((cpu.Periods, cpu.ThrottledPeriods, cpu.ThrottledNanoseconds), Is.EqualTo((1ul, 2ul, 3ul)));
            Assert.That((cpu.UserNanoseconds, cpu.KernelNanoseconds, cpu.TotalNanoseconds), Is.EqualTo((40_000_000ul, 50_000_000ul, 99ul)));
            Assert.That(cpu.PerCpuNanoseconds, Is.EqualTo(new ulong[] { 60, 39 }));
            Assert.That(cpu.PerCpuUserNanoseconds, Is.EqualTo(new ulong[] { 50, 30 }));
            Assert.That(cpu.PerCpuKernelNanoseconds, Is.EqualTo(new ulong[] { 10, 9 }));
        });
    }

    [Test]
    public void V2_cpu_is_read_in_nanoseconds()
    {
        using var cgroup = TestCgroup.With().Put("cpu.stat", "usage_usec 7\nuser_usec 4\nsystem_usec 3\nnr_bursts 2\nburst_usec 1\n");

        CpuStatistics cpu = UnifiedCpuController.Read(cgroup.Directory);

        Assert.That((cpu.TotalNanoseconds, cpu.UserNanoseconds, cpu.KernelNanoseconds, cpu.Bursts, cpu.BurstNanoseconds), Is.EqualTo((7000ul, 4000ul, 3000ul, 2ul, 1000ul)));
    }

    [Test]
    public void V1_block_io_is_read()
    {
        List<BlockIoEntry> entries = BlockIoController.ReadEntries("8:0 Read 1282048\n8:0 Total 3477504\n254:1 77\nTotal 3477504\n\nrubbish\n8:x y 1\n");

        Assert.That(entries, Is.EqualTo(new BlockIoEntry[] { new(8, 0, "Read", 1282048), new(8, 0, "Total", 3477504), new(254, 1, "", 77) }));
    }

    [Test]
    public void V2_block_io_is_read()
    {
        using var cgroup = TestCgroup.With().Put("io.stat", "8:0 rbytes=90 wbytes=80 rios=7 wios=6 dbytes=0 dios=0\n7:1 \n");

        BlockIoStatistics io = UnifiedIoController.Read(cgroup.Directory);

        Assert.Multiple(() =>
        {
            Assert.That(io.ServiceBytes, Is.EqualTo(new BlockIoEntry[] { new(8, 0, "Read", 90), new(8, 0, "Write", 80) }));
            Assert.That(io.Serviced, Is.EqualTo(new BlockIoEntry[] { new(8, 0, "Read", 7), new(8, 0, "Write", 6) }));
        });
    }

    [TestCase("max", 0ul)]
    [TestCase("50", 50ul)]
    public void Tasks_without_a_limit_show_as_0(string max, ulong expected)
    {
        using var cgroup = TestCgroup.With().Put("pids.max", max).Put("pids.current", "3\n");

        Assert.That(PidsController.Read(cgroup.Directory), Is.EqualTo(new PidsStatistics { Current = 3, Limit = expected }));
    }

    [Test]
    public void Rdma_is_read()
    {
        using var cgroup = TestCgroup.With().Put("rdma.current", "mlx4_0 hca_handle=2 hca_object=2000\n").Put("rdma.max", "mlx4_0 hca_handle=3 hca_object=max\n");

        RdmaStatistics rdma = RdmaController.Read(cgroup.Directory);

        Assert.Multiple(() =>
        {
            Assert.That(rdma.Current, Is.EqualTo(new RdmaEntry[] { new("mlx4_0", 2, 2000) }));
            Assert.That(rdma.Limit, Is.EqualTo(new RdmaEntry[] { new("mlx4_0", 3, uint.MaxValue) }));
        });
    }
}
