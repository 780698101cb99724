using Bulkhead.Cgroups.V1;
using Bulkhead.Cgroups.V2;
using Bulkhead.Cgroups;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cgroups;

public sealed class ConversionTests
{
    // The figures of runc 1.3's own table of conversions.
    [TestCase(0ul, 1ul)]
    [TestCase(2ul, 1ul)]
    [TestCase(3ul, 2ul)]
    [TestCase(512ul, 59ul)]
    [TestCase(1024ul, 100ul)]
    [TestCase(2048ul, 174ul)]
    [TestCase(262143ul, 10000ul)]
    [TestCase(262144ul, 10000ul)]
    [TestCase(ulong.MaxValue, 10000ul)]
    public void Shares_become_a_weight(ulong shares, ulong weight) =>
        Assert.That(UnifiedCpuController.WeightFrom(shares), Is.EqualTo(weight));

    [TestCase((ushort)10, 1)]
    [TestCase((ushort)500, 4950)]
    [TestCase((ushort)1000, 10000)]
    public void Io_weights_are_stretched(ushort weight, int expected) =>
        Assert.That(UnifiedIoController.WeightFrom(weight), Is.EqualTo(expected));

    [TestCase(0L, 0L, null)]
    [TestCase(100L, 0L, null)]
    [TestCase(-1L, 0L, "max")]
    [TestCase(100L, -1L, "max")]
    [TestCase(0L, -1L, "max")]
    [TestCase(-1L, 300L, "300")]
    [TestCase(100L, 100L, "0")]
    [TestCase(100L, 300L, "200")]
    public void Swap_is_what_the_limit_of_both_leaves(long limit, long swap, string? expected) =>
        Assert.That(UnifiedMemoryController.SwapAlone(limit, swap), Is.EqualTo(expected));

    [TestCase(100L, 50L, "linux.resources.memory.swap: 50 is below the memory limit, 100")]
    [TestCase(0L, 50L, "linux.resources.memory.swap: 50 is for memory and swap together, and there is no memory limit to take from it")]
    [TestCase(-5L, 50L, "linux.resources.memory.limit: -5 is no amount of memory")]
    public void Swap_that_does_not_fit_is_refused(long limit, long swap, string expected) =>
        Assert.That(() => UnifiedMemoryController.SwapAlone(limit, swap), Throws.TypeOf<CgroupException>().With.Message.EqualTo(expected));

    [TestCase("hugepages-64kB", "64KB")]
    [TestCase("hugepages-2048kB", "2MB")]
    [TestCase("hugepages-1048576kB", "1GB")]
    [TestCase("hugepages-16777216kB", "16GB")]
    [TestCase("hugepages-2048MB", null)]
    [TestCase("nothing", null)]
    public void Huge_page_sizes_have_their_names(string entry, string? expected) =>
        Assert.That(HugepageController.NameOf(entry), Is.EqualTo(expected));

    [TestCase("0-1", new ushort[] { 0, 1 })]
    [TestCase("0-2,5,7-8", new ushort[] { 0, 1, 2, 5, 7, 8 })]
    [TestCase("65535", new ushort[] { 65535 })]
    [TestCase("", new ushort[0])]
    [TestCase("x,3", new ushort[] { 3 })]
    public void Cpu_lists_are_read(string text, ushort[] expected) =>
        Assert.That(CpusetController.ReadList(text), Is.EqualTo(expected));
}
