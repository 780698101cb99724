using Bulkhead.Cgroups.Layout;
using Bulkhead.Cgroups;
using FsCheck.Fluent;
using FsCheck;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cgroups;

public sealed class CgroupPathTests
{
    [TestCase(null, "own", "own/web")]
    [TestCase("", "own", "own/web")]
    [TestCase(null, "", "web")]
    [TestCase("/kubepods/pod1/web", "own", "kubepods/pod1/web")]
    [TestCase("a/b", "own", "own/a/b")]
    [TestCase("../../x", "own/deep", "own/deep/x")]
    [TestCase("/../../x", "own", "x")]
    [TestCase("//a//./b/", "own", "a/b")]
    [TestCase("/a/../../b", "own", "b")]
    public void Place_is_where_runc_would_put_it(string? cgroupsPath, string own, string expected) =>
        Assert.That(CgroupPath.Place("web", cgroupsPath, () => own), Is.EqualTo(expected));

    [TestCase("/")]
    [TestCase("..")]
    [TestCase("/a/..")]
    [TestCase(".")]
    public void Place_refuses_the_root(string cgroupsPath) =>
        Assert.That(
            () => CgroupPath.Place("web", cgroupsPath, () => "own"),
            Throws.TypeOf<CgroupException>().With.Message.EqualTo($"linux.cgroupsPath: \"{cgroupsPath}\" is the root, which no container can have for itself"));

    [Test]
    public void Clean_never_leads_out() =>
        Check.QuickThrowOnFailure(Prop.ForAll(
            Gen.Elements("a", "..", ".", "", "b..", "...").ListOf().ToArbitrary(),
            parts =>
            {
                string clean = CgroupPath.Clean(string.Join('/', parts));
                return !clean.StartsWith('/') && !clean.EndsWith('/') && !clean.Split('/').Contains("..") && CgroupPath.Clean(clean) == clean;
            }));
}
