using Bulkhead.Runtime.Child;
using Bulkhead.Runtime.Create;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Engine;

/// <summary>Texts that procfs takes from the document.</summary>
[TestFixture]
internal sealed class KernelTextTests
{
    [Test]
    public void No_range_is_no_line() => Assert.That(IdentifierMaps.Format([]), Is.Empty);

    [Test]
    public void A_range_is_a_line_of_inside_outside_and_size()
    {
        LinuxIdMapping[] mappings =
        [
            new() { ContainerId = 0, HostId = 100_000, Size = 65_536 },
            new() { ContainerId = 65_536, HostId = 0, Size = 1 },
            new() { ContainerId = uint.MaxValue, HostId = uint.MaxValue, Size = uint.MaxValue },
        ];

        Assert.That(IdentifierMaps.Format(mappings), Is.EqualTo("0 100000 65536\n65536 0 1\n4294967295 4294967295 4294967295\n"));
    }

    [TestCase(null, null, "boottime 0 0\n")]
    [TestCase(0L, 0U, "boottime 0 0\n")]
    [TestCase(-1L, 999_999_999U, "boottime -1 999999999\n")]
    [TestCase(long.MinValue, 1U, "boottime -9223372036854775808 1\n")]
    [TestCase(long.MaxValue, uint.MaxValue, "boottime 9223372036854775807 4294967295\n")]
    public void An_offset_is_a_line_of_clock_seconds_and_nanoseconds(long? seconds, uint? nanoseconds, string expected) =>
        Assert.That(
            SecondBirth.Format(new Dictionary<string, LinuxTimeOffset> { ["boottime"] = new() { Secs = seconds, Nanosecs = nanoseconds } }),
            Is.EqualTo(expected));

    [Test]
    public void Each_clock_has_its_line()
    {
        Dictionary<string, LinuxTimeOffset> offsets = new() { ["monotonic"] = new() { Secs = 1 }, ["boottime"] = new() { Nanosecs = 2 } };

        Assert.That(SecondBirth.Format(offsets), Is.EqualTo("monotonic 1 0\nboottime 0 2\n"));
        Assert.That(SecondBirth.Format(new Dictionary<string, LinuxTimeOffset>()), Is.Empty);
    }
}
