using Bulkhead.Cgroups;
using Bulkhead.Cgroups.Systemd;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cgroups.Systemd;

public sealed class SystemdUnitTests
{
    [TestCase(null, "bulkhead-web.scope", "system.slice/bulkhead-web.scope")]
    [TestCase("", "bulkhead-web.scope", "system.slice/bulkhead-web.scope")]
    [TestCase("machine.slice:libpod:abc", "libpod-abc.scope", "machine.slice/libpod-abc.scope")]
    [TestCase("kubepods-burstable-pod1.slice:cri:abc", "cri-abc.scope", "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-abc.scope")]
    [TestCase(":p:abc", "p-abc.scope", "system.slice/p-abc.scope")]
    [TestCase("::abc", "-abc.scope", "system.slice/-abc.scope")]
    [TestCase("-:p:abc", "p-abc.scope", "p-abc.scope", TestName = "The slice above all, in short")]
    [TestCase("-.slice:p:abc", "p-abc.scope", "p-abc.scope", TestName = "The slice above all")]
    [TestCase("a.slice:p:a-b.slice", "a-b.slice", "a.slice/a-b.slice", TestName = "A slice of its own")]
    [TestCase("memory.slice:cpu.x:y", "cpu.x-y.scope", "_memory.slice/_cpu.x-y.scope", TestName = "Names like those of the kernel's files")]
    [TestCase("_x.slice:cpux:y", "cpux-y.scope", "__x.slice/cpux-y.scope", TestName = "An underscore in front")]
    public void The_path_in_the_document_gives_unit_and_place(string? path, string name, string place)
    {
        SystemdUnit unit = SystemdUnit.For("web", path, isOfUser: false);

        Assert.That(unit.Name, Is.EqualTo(name));
        Assert.That(unit.PlaceBelow(""), Is.EqualTo(place));
    }

    [Test]
    public void A_users_units_are_below_the_users_own_systemd()
    {
        SystemdUnit unit = SystemdUnit.For("web", null, isOfUser: true);

        Assert.That(unit.PlaceBelow("user.slice/user@7.service"), Is.EqualTo("user.slice/user@7.service/user.slice/bulkhead-web.scope"));
    }

    [TestCase("/a/b")]
    [TestCase("a.slice:b")]
    [TestCase("a.slice:b:c:d")]
    [TestCase("a.slice:b:")]
    [TestCase("a:b:c")]
    [TestCase(".slice:b:c")]
    [TestCase("-a.slice:b:c")]
    [TestCase("a--b.slice:b:c")]
    [TestCase("a-.slice:b:c")]
    [TestCase("a/b.slice:b:c")]
    [TestCase("a.slice:b/c:d")]
    [TestCase("a.slice:b:../../d")]
    [TestCase("a.slice:b c:d")]
    [TestCase("a.slice:b:d\0")]
    [TestCase("a.slice:b:--d.slice")]
    public void Other_forms_are_refused(string path) =>
        Assert.That(() => SystemdUnit.For("web", path, isOfUser: false).PlaceBelow(""), Throws.TypeOf<CgroupException>().With.Message.StartsWith("linux.cgroupsPath: "));

    [Test]
    public void A_name_that_systemd_would_not_take_is_refused() =>
        Assert.That(() => SystemdUnit.For(new string('a', 250), null, isOfUser: false), Throws.TypeOf<CgroupException>().With.Message.Contains("255"));
}
