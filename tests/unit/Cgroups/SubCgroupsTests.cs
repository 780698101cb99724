using Bulkhead.Cgroups;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cgroups;

public sealed class SubCgroupsTests
{
    private static readonly Dictionary<string, string> Own = new()
    {
        [""] = "/u/web",
        ["cpu"] = "/c/web",
        ["cpuacct"] = "/c/web",
        ["pids"] = "/p/web",
    };

    [TestCase(":sub", "/u/web/sub /c/web/sub /c/web/sub /p/web/sub", TestName = "one place for all")]
    [TestCase(":/a/./b//..", "/u/web/a /c/web/a /c/web/a /p/web/a", TestName = "a path with odds and ends")]
    [TestCase(":/", "/u/web /c/web /c/web /p/web", TestName = "the container's own")]
    [TestCase("pids:x", "/u/web /c/web /c/web /p/web/x", TestName = "one controller")]
    [TestCase("cpu:x", "/u/web /c/web/x /c/web/x /p/web", TestName = "a controller that shares its hierarchy")]
    [TestCase("cpu:x pids:y", "/u/web /c/web/x /c/web/x /p/web/y", TestName = "two controllers")]
    public void Place_is_below_the_containers_cgroup(string places, string expected) =>
        Assert.That(SubCgroups.Place(Own, Parse(places)).Values, Is.EqualTo(expected.Split(' ')));

    [TestCase(":..")]
    [TestCase(":a/../..")]
    [TestCase(":../web2")]
    [TestCase(":a/../../web/a")]
    [TestCase("pids:/../x")]
    [TestCase("memory:x")]
    [TestCase("cpu:x cpuacct:y")]
    public void Place_is_refused(string places) =>
        Assert.That(() => SubCgroups.Place(Own, Parse(places)), Throws.TypeOf<CgroupException>());

    private static Dictionary<string, string> Parse(string places) =>
        places.Split(' ').Select(place => place.Split(':')).ToDictionary(parts => parts[0], parts => parts[1]);
}
