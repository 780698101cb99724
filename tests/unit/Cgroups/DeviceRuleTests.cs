using Bulkhead.Cgroups.Devices;
using Bulkhead.Cgroups;
using Bulkhead.Specs.Runtime;
using FsCheck.Fluent;
using FsCheck;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cgroups;

public sealed class DeviceRuleTests
{
    private static readonly LinuxDeviceCgroup DenyAll = new() { Allow = false, Access = "rwm" };

    [Test]
    public void An_absent_an_empty_and_the_default_list_are_the_same()
    {
        string[] expected =
        [
            "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:8 rwm", "c 1:7 rwm", "c 5:0 rwm", "c 1:5 rwm", "c 1:9 rwm", "c 136:* rwm",
            "c 5:2 rwm", "c 10:200 rwm",
        ];

        Assert.Multiple(() =>
        {
            Assert.That(Allowed(null), Is.EqualTo(expected));
            Assert.That(Allowed([]), Is.EqualTo(expected));
            Assert.That(Allowed([DenyAll]), Is.EqualTo(expected));
        });
    }

    [TestCase("x", "rwm", 1, 1, "linux.resources.devices[0].type: \"x\" is none of a, b and c")]
    [TestCase("c", "rwx", 1, 1, "linux.resources.devices[0].access: \"rwx\" is not made of r, w and m")]
    [TestCase("c", "", 1, 1, "linux.resources.devices[0].access: is missing")]
    [TestCase("c", "r", -2, 1, "linux.resources.devices[0].major: -2 is no device number")]
    [TestCase("c", "r", 1, 4294967296, "linux.resources.devices[0].minor: 4294967296 is no device number")]
    public void A_rule_that_makes_no_sense_is_named(string type, string access, long major, long minor, string expected) =>
        Assert.That(
            () => DeviceRules.Effective([new LinuxDeviceCgroup { Allow = true, Type = type, Access = access, Major = major, Minor = minor }]),
            Throws.TypeOf<CgroupException>().With.Message.EqualTo(expected));

    [Test]
    public void A_later_rule_goes_before_an_earlier_one()
    {
        DeviceRule[] rules = DeviceRules.Effective(
        [
            DenyAll,
            new LinuxDeviceCgroup { Allow = true, Type = "b", Major = 8, Access = "rw" },
            new LinuxDeviceCgroup { Allow = false, Type = "b", Major = 8, Minor = 1, Access = "w" },
        ]);

        Assert.Multiple(() =>
        {
            Assert.That(DeviceRules.Allows(rules, new DeviceSet(DeviceKind.Block, 8, 0), DeviceAccess.Read | DeviceAccess.Write), Is.True);
            Assert.That(DeviceRules.Allows(rules, new DeviceSet(DeviceKind.Block, 8, 1), DeviceAccess.Read), Is.True);
            Assert.That(DeviceRules.Allows(rules, new DeviceSet(DeviceKind.Block, 8, 1), DeviceAccess.Read | DeviceAccess.Write), Is.False);
            Assert.That(DeviceRules.Allows(rules, new DeviceSet(DeviceKind.Block, 9, 0), DeviceAccess.Read), Is.False);
            Assert.That(DeviceRules.Allows(rules, new DeviceSet(DeviceKind.Block, 9, 0), DeviceAccess.Mknod), Is.True);
        });
    }

    [Test]
    public void V1_refuses_what_its_kernel_would_ignore()
    {
        DeviceRule[] rules = DeviceRules.Effective(
        [
            DenyAll,
            new LinuxDeviceCgroup { Allow = true, Type = "b", Major = 8, Access = "rw" },
            new LinuxDeviceCgroup { Allow = false, Type = "b", Major = 8, Minor = 1, Access = "w" },
        ]);

        Assert.That(
            () => DeviceList.From(rules),
            Throws.TypeOf<CgroupException>().With.Message.EqualTo("linux.resources.devices: cgroup v1 can't deny b 8:1 w out of b 8:* rw"));
    }

    [Test]
    public void V1_allows_what_the_list_allows_or_refuses_the_list() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Rules.ToArbitrary(), Device.ToArbitrary(), (rules, device) =>
        {
            DeviceList list;
            try
            {
                list = DeviceList.From(rules);
            }
            catch (CgroupException)
            {
                return true;
            }

            return Each(access => list.Allows(device, access) == DeviceRules.Allows([Nothing, .. rules], device, access));
        }));

    [Test]
    public void V1_writes_lead_from_any_state_to_the_wanted_one() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Rules.ToArbitrary(), Rules.ToArbitrary(), (first, second) =>
        {
            DeviceList from;
            DeviceList to;
            try
            {
                (from, to) = (DeviceList.From(first), DeviceList.From(second));
            }
            catch (CgroupException)
            {
                return true;
            }

            Dictionary<DeviceSet, DeviceAccess> reached = from.Exceptions.ToDictionary(exception => exception.Devices, exception => exception.Access);
            bool allows = from.AllowsByDefault;
            foreach (DeviceRule write in DeviceList.Transition(from, to))
            {
                WriteAsTheKernelDoes(reached, ref allows, write);
            }

            return allows == to.AllowsByDefault
                && reached.ToHashSet().SetEquals(to.Exceptions.Select(exception => KeyValuePair.Create(exception.Devices, exception.Access)));
        }));

    /// <summary>security/device_cgroup.c: everything sets the default; else an exception of just these numbers grows or shrinks.</summary>
    private static void WriteAsTheKernelDoes(Dictionary<DeviceSet, DeviceAccess> exceptions, ref bool allows, DeviceRule write)
    {
        if (write.Devices.Kind == DeviceKind.All)
        {
            allows = write.Allow;
            exceptions.Clear();
            return;
        }

        DeviceAccess present = exceptions.GetValueOrDefault(write.Devices);
        exceptions[write.Devices] = write.Allow == allows ? present & ~write.Access : present | write.Access;
        if (exceptions[write.Devices] == DeviceAccess.None)
        {
            exceptions.Remove(write.Devices);
        }
    }

    [Test]
    public void V1_touches_nothing_when_nothing_changes()
    {
        DeviceList present = DeviceList.Parse("c *:* m\nb *:* m\nc 1:3 rwm\nc 136:* rwm\n");
        DeviceList wanted = DeviceList.Parse("c 136:* rwm\nc 1:3 rwm\nb *:* m\nc *:* m\nc 10:229 rw\n");

        Assert.Multiple(() =>
        {
            Assert.That(DeviceList.Transition(present, present), Is.Empty);
            Assert.That(Text(DeviceList.Transition(present, wanted)), Is.EqualTo(new[] { "allow c 10:229 rw" }));
            Assert.That(Text(DeviceList.Transition(wanted, present)), Is.EqualTo(new[] { "deny c 10:229 rw" }));
        });
    }

    [Test]
    public void A_list_of_the_kernel_that_allows_everything_is_written_anew()
    {
        DeviceList present = DeviceList.Parse("a *:* rwm");
        DeviceList wanted = DeviceList.Parse("c 1:3 rw");

        Assert.That(Text(DeviceList.Transition(present, wanted)), Is.EqualTo(new[] { "deny a *:* rwm", "allow c 1:3 rw" }));
    }

    internal static readonly DeviceRule Nothing = new(false, DeviceSet.Everything, DeviceAccess.All);

    internal static Gen<DeviceSet> Device { get; } =
        from kind in Gen.Elements(DeviceKind.Block, DeviceKind.Character)
        from major in Gen.Elements(1u, 8u, 136u)
        from minor in Gen.Elements(0u, 3u, uint.MaxValue)
        select new DeviceSet(kind, major, minor);

    internal static Gen<DeviceRule[]> Rules { get; } =
        (from allow in Gen.Elements(true, false)
         from kind in Gen.Frequency((1, Gen.Constant(DeviceKind.All)), (6, Gen.Elements(DeviceKind.Block, DeviceKind.Character)))
         from major in Gen.Elements<uint?>(null, 1, 8, 136)
         from minor in Gen.Elements<uint?>(null, 0, 3, uint.MaxValue)
         from access in Gen.Choose(1, 7)
         select kind == DeviceKind.All ? new DeviceRule(allow, DeviceSet.Everything, DeviceAccess.All)
            : new DeviceRule(allow, new DeviceSet(kind, major, minor), (DeviceAccess)access)).ArrayOf();

    private static bool Each(Func<DeviceAccess, bool> holds) =>
        holds(DeviceAccess.Read) && holds(DeviceAccess.Write) && holds(DeviceAccess.Mknod);

    private static IEnumerable<string> Allowed(LinuxDeviceCgroup[]? document)
    {
        DeviceList list = DeviceList.From(DeviceRules.Effective(document));
        Assert.That(list.AllowsByDefault, Is.False);
        return list.Exceptions.Select(exception => $"{exception.Devices} {DeviceRule.Letters(exception.Access)}");
    }

    private static IEnumerable<string> Text(IEnumerable<DeviceRule> rules) =>
        rules.Select(rule => $"{(rule.Allow ? "allow" : "deny")} {rule.Devices} {DeviceRule.Letters(rule.Access)}");
}
