using Bulkhead.Runtime.Cli.Commands;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cli;

internal sealed class UpdateOptionsTests
{
    [Test]
    public void Without_options_nothing_is_set() => Assert.That(Parse(""), Is.EqualTo(new LinuxResources()));

    [Test]
    public void Cpu_options_are_set() =>
        Assert.That(
            Parse("--cpu-period 100000 --cpu-quota -1 --cpu-burst 5 --cpu-share 1024 --cpu-rt-period 10 --cpu-rt-runtime 9 --cpu-idle 1 --cpuset-cpus 0-1 --cpuset-mems 0").Cpu,
            Is.EqualTo(new LinuxCpu
            {
                Period = 100000,
                Quota = -1,
                Burst = 5,
                Shares = 1024,
                RealtimePeriod = 10,
                RealtimeRuntime = 9,
                Idle = 1,
                Cpus = "0-1",
                Mems = "0",
            }));

    [TestCase("--memory 64M", 67108864L, null, null)]
    [TestCase("--memory 64M --memory-swap 128M --memory-reservation 32M", 67108864L, 134217728L, 33554432L)]
    [TestCase("--memory -1", -1L, -1L, null, TestName = "No limit of memory is no limit of swap")]
    [TestCase("--memory -1 --memory-swap 5", -1L, 5L, null)]
    [TestCase("--memory-swap -1", null, -1L, null)]
    [TestCase("--memory 0", 0L, null, null)]
    public void Memory_options_are_set(string line, long? limit, long? swap, long? reservation) =>
        Assert.That(Parse(line).Memory, Is.EqualTo(new LinuxMemory { Limit = limit, Swap = swap, Reservation = reservation }));

    [TestCase("--l3-cache-schema L3:0=f", "L3:0=f", null)]
    [TestCase("--mem-bw-schema MB:0=20", null, "MB:0=20")]
    [TestCase("--l3-cache-schema=L3:0=f --mem-bw-schema=MB:0=20", "L3:0=f", "MB:0=20")]
    [TestCase("--resources x --mem-bw-schema MB:0=20", null, "MB:0=20", TestName = "Shares go with a document, which can't hold them")]
    public void Shares_of_cache_and_bandwidth_are_set(string line, string? cache, string? bandwidth) =>
        Assert.That(
            UpdateCommand.Parse([.. line.Split(' '), "ID"]).Shares, Is.EqualTo(new LinuxIntelRdt { L3CacheSchema = cache, MemBwSchema = bandwidth }));

    [TestCase("--pids-limit 1")]
    [TestCase("--pids-limit 1 --mem-bw-schema=")]
    public void Without_shares_there_are_none_to_change(string line) =>
        Assert.That(UpdateCommand.Parse([.. line.Split(' '), "ID"]).Shares, Is.Null);

    [TestCase("--pids-limit 10", 10)]
    [TestCase("--pids-limit -1", -1)]
    [TestCase("--pids-limit=0", 0)]
    public void Pids_limit_is_set(string line, long limit) => Assert.That(Parse(line).Pids!.Limit, Is.EqualTo(limit));

    [TestCase("--blkio-weight 10", 10)]
    [TestCase("--blkio-weight 1000", 1000)]
    public void Weight_is_set(string line, int weight) => Assert.That(Parse(line).BlockIo!.Weight, Is.EqualTo(weight));

    [TestCase("--blkio-weight 0", TestName = "A weight of 0 leaves it alone")]
    [TestCase("--memory=", TestName = "An empty limit leaves it alone")]
    public void Nothing_is_set(string line) => Assert.That(Parse(line), Is.EqualTo(new LinuxResources()));

    [TestCase("--kernel-memory 1M ID", "--kernel-memory")]
    [TestCase("--kernel-memory-tcp=1M ID", "--kernel-memory-tcp")]
    [TestCase("--memory 1M ID", null)]
    public void What_kernels_have_dropped_is_noted(string line, string? option) =>
        Assert.That(UpdateCommand.Parse(line.Split(' ')).Ignored, Is.EqualTo(option));

    private static LinuxResources Parse(string line) =>
        UpdateCommand.Parse([.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries), "ID"]).Resources;
}
