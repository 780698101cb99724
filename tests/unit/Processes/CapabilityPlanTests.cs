using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Security;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Processes;

[TestFixture]
internal sealed class CapabilityPlanTests
{
    private static readonly CapabilityLimits All = new(CapabilitySet.Known, CapabilitySet.Known, CapabilitySet.Known);

    [Test]
    public void Absent_capabilities_are_none()
    {
        CapabilityPlan plan = CapabilityPlan.From(null, All);

        Assert.That(Masks(plan), Is.EqualTo(new ulong[5]));
    }

    [Test]
    public void Each_set_is_taken_by_its_names()
    {
        CapabilityPlan plan = CapabilityPlan.From(
            new LinuxCapabilities
            {
                Bounding = ["CAP_CHOWN", "CAP_KILL"],
                Permitted = ["CAP_KILL", "CAP_CHOWN", "CAP_CHOWN"],
                Effective = ["CAP_CHOWN"],
                Inheritable = ["CAP_KILL"],
                Ambient = ["CAP_KILL"],
            },
            All);

        Assert.That(Masks(plan), Is.EqualTo(new ulong[] { 0x21, 0x21, 0x01, 0x20, 0x20 }));
        Assert.That(plan.Unavailable, Is.EqualTo(CapabilitySet.None));
        Assert.That(plan.AmbientLeftOut, Is.EqualTo(CapabilitySet.None));
    }

    [Test]
    public void An_unknown_name_is_refused() =>
        Assert.That(
            () => CapabilityPlan.From(new LinuxCapabilities { Bounding = ["CAP_KILL", "CAP_CHOWN", "CAP_SYSLOG", "CAP_FOO"] }, All),
            Throws.TypeOf<SpecException>().With.Message.EqualTo("process.capabilities.bounding[3]: unknown capability \"CAP_FOO\""));

    [Test]
    public void What_the_kernel_would_refuse_is_refused_with_the_place()
    {
        LinuxCapabilities effective = new() { Permitted = ["CAP_KILL"], Effective = ["CAP_KILL", "CAP_CHOWN"] };
        LinuxCapabilities inheritable = new() { Permitted = ["CAP_KILL"], Inheritable = ["CAP_KILL"] };

        Assert.That(
            () => CapabilityPlan.From(effective, All),
            Throws.TypeOf<SpecException>().With.Message.EqualTo("process.capabilities.effective[1]: CAP_CHOWN is not in the permitted set"));
        Assert.That(
            () => CapabilityPlan.From(inheritable, All),
            Throws.TypeOf<SpecException>().With.Message.EqualTo("process.capabilities.inheritable[0]: CAP_KILL is not in the bounding set"));
    }

    [Test]
    public void What_the_kernel_or_the_runtime_lacks_is_left_out_and_told()
    {
        CapabilitySet own = CapabilitySet.UpTo(39).Without(CapabilitySet.None.With(new Capability(24)));
        CapabilityLimits limits = new(CapabilitySet.UpTo(39), own, own);
        string[] names = ["CAP_KILL", "CAP_SYS_RESOURCE", "CAP_CHECKPOINT_RESTORE"];

        CapabilityPlan plan = CapabilityPlan.From(
            new LinuxCapabilities { Bounding = names, Permitted = names, Effective = names, Inheritable = names, Ambient = names }, limits);

        Assert.That(Masks(plan), Is.EqualTo(new ulong[] { 0x20, 0x20, 0x20, 0x20, 0x20 }));
        Assert.That(plan.Unavailable.Names(), Is.EqualTo(new[] { "CAP_SYS_RESOURCE", "CAP_CHECKPOINT_RESTORE" }));
    }

    [Test]
    public void An_ambient_capability_must_be_permitted_and_inheritable_too()
    {
        CapabilityPlan plan = CapabilityPlan.From(
            new LinuxCapabilities { Bounding = ["CAP_KILL"], Permitted = ["CAP_KILL"], Ambient = ["CAP_KILL"] }, All);

        Assert.That(plan.Ambient, Is.EqualTo(CapabilitySet.None));
        Assert.That(plan.AmbientLeftOut.Names(), Is.EqualTo(new[] { "CAP_KILL" }));
    }

    [Test]
    public void A_user_namespace_gives_every_capability_of_the_kernel()
    {
        CapabilityLimits limits = CapabilityLimits.OfChild(entersUserNamespace: true);

        Assert.That((limits.Bounding, limits.Permitted), Is.EqualTo((limits.Supported, limits.Supported)));
    }

    private static ulong[] Masks(CapabilityPlan plan) =>
        [plan.Bounding.Mask, plan.Permitted.Mask, plan.Effective.Mask, plan.Inheritable.Mask, plan.Ambient.Mask];
}
