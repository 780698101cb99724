using Bulkhead.Linux.Processes;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Processes;

[TestFixture]
internal sealed class CapabilityTests
{
    [Test]
    public void Every_capability_is_found_by_its_name([Range(0, 40)] int number)
    {
        bool found = Capability.TryParse(new Capability(number).ToString(), out Capability capability);

        Assert.That((found, capability.Number), Is.EqualTo((true, number)));
    }

    [TestCase("CAP_CHOWN", 0)]
    [TestCase("CAP_SYS_ADMIN", 21)]
    [TestCase("CAP_AUDIT_READ", 37)]
    [TestCase("CAP_CHECKPOINT_RESTORE", 40)]
    public void A_name_has_the_kernels_number(string name, int number) =>
        Assert.That(Named(name).Number, Is.EqualTo(number));

    [TestCase("")]
    [TestCase("CHOWN")]
    [TestCase("cap_chown")]
    [TestCase("CAP_FOO")]
    [TestCase("CAP_CHOWN ")]
    [TestCase("capability 41")]
    public void Another_spelling_is_unknown(string name) =>
        Assert.That(Capability.TryParse(name, out _), Is.False);

    [TestCase(-1, 0UL)]
    [TestCase(0, 1UL)]
    [TestCase(40, 0x1ffffffffffUL)]
    [TestCase(63, ulong.MaxValue)]
    public void A_set_up_to_a_number_holds_it(int last, ulong mask) =>
        Assert.That(CapabilitySet.UpTo(last).Mask, Is.EqualTo(mask));

    [Test]
    public void A_set_shows_its_names_in_the_kernels_order()
    {
        CapabilitySet set = CapabilitySet.None.With(Named("CAP_KILL")).With(Named("CAP_CHOWN")).With(new Capability(63));

        Assert.That(set.ToString(), Is.EqualTo("CAP_CHOWN CAP_KILL capability 63"));
    }

    [Test]
    public void The_kernel_tells_its_last_capability_and_this_process_s_sets()
    {
        int last = int.Parse(File.ReadAllText("/proc/sys/kernel/cap_last_cap"), System.Globalization.CultureInfo.InvariantCulture);
        string[] status = File.ReadAllLines("/proc/thread-self/status");

        (CapabilitySet bounding, CapabilitySet supported) = Capabilities.ReadBounding();

        Assert.That(supported, Is.EqualTo(CapabilitySet.UpTo(last)));
        Assert.That(status, Does.Contain($"CapBnd:\t{bounding.Mask:x16}"));
        Assert.That(status, Does.Contain($"CapPrm:\t{Capabilities.ReadPermitted().Mask:x16}"));
    }

    private static Capability Named(string name) =>
        Capability.TryParse(name, out Capability capability) ? capability : throw new ArgumentException(name);
}
