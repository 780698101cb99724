using Bulkhead.Runtime.Create;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Engine;

public sealed class IdentifierMapsTests
{
    private const string Map = "         0     100000       1000\n      1000    4294967290          5\n";

    [TestCase(0u, 100000u)]
    [TestCase(999u, 100999u)]
    [TestCase(1000u, 4294967290u)]
    [TestCase(1004u, 4294967294u)]
    [TestCase(1005u, null)]
    [TestCase(uint.MaxValue, null)]
    public void An_id_is_found_in_its_range(uint id, uint? expected) => Assert.That(IdentifierMaps.Find(Map, id), Is.EqualTo(expected));

    [TestCase(uint.MaxValue - 1, uint.MaxValue - 1)]
    [TestCase(0u, 0u)]
    public void Without_a_user_namespace_an_id_is_itself(uint id, uint? expected) =>
        Assert.That(IdentifierMaps.Find("         0          0 4294967295\n", id), Is.EqualTo(expected));

    [Test]
    public void A_map_that_is_not_written_yet_has_nobody() => Assert.That(IdentifierMaps.Find("", 0), Is.Null);
}
