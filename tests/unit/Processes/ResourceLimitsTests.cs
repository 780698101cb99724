using Bulkhead.Linux.Processes;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Processes;

[TestFixture]
internal sealed class ResourceLimitsTests
{
    [TestCase("RLIMIT_CPU", 0)]
    [TestCase("RLIMIT_FSIZE", 1)]
    [TestCase("RLIMIT_DATA", 2)]
    [TestCase("RLIMIT_STACK", 3)]
    [TestCase("RLIMIT_CORE", 4)]
    [TestCase("RLIMIT_RSS", 5)]
    [TestCase("RLIMIT_NPROC", 6)]
    [TestCase("RLIMIT_NOFILE", 7)]
    [TestCase("RLIMIT_MEMLOCK", 8)]
    [TestCase("RLIMIT_AS", 9)]
    [TestCase("RLIMIT_LOCKS", 10)]
    [TestCase("RLIMIT_SIGPENDING", 11)]
    [TestCase("RLIMIT_MSGQUEUE", 12)]
    [TestCase("RLIMIT_NICE", 13)]
    [TestCase("RLIMIT_RTPRIO", 14)]
    [TestCase("RLIMIT_RTTIME", 15)]
    public void A_name_has_the_kernels_number_and_back(string name, int number)
    {
        LimitedResource resource = ResourceLimits.Parse(name);

        Assert.That((int)resource, Is.EqualTo(number));
        Assert.That(ResourceLimits.NameOf(resource), Is.EqualTo(name));
    }

    [TestCase("RLIMIT_FOO")]
    [TestCase("NOFILE")]
    [TestCase("rlimit_nofile")]
    [TestCase("")]
    public void Another_spelling_is_unknown(string name)
    {
        Assert.That(ResourceLimits.TryParse(name, out _), Is.False);
        Assert.That(() => ResourceLimits.Parse(name), Throws.TypeOf<FormatException>().With.Message.EqualTo($"unknown limit \"{name}\""));
    }

    [Test]
    public void A_limit_that_is_set_is_read_back()
    {
        ResourceLimit before = ResourceLimits.Read(0, LimitedResource.Core);

        ResourceLimits.Apply([before with { Soft = 0 }]);
        ResourceLimit lowered = ResourceLimits.Read(Environment.ProcessId, LimitedResource.Core);
        ResourceLimits.Set(0, in before);

        Assert.That(lowered, Is.EqualTo(before with { Soft = 0 }));
    }

    [Test]
    public void The_kernels_refusal_names_the_limit() =>
        Assert.That(
            () => ResourceLimits.Set(0, new ResourceLimit(LimitedResource.Core, Soft: 2, Hard: 1)),
            Throws.TypeOf<Bulkhead.Linux.LinuxException>().With.Message.EqualTo("prlimit RLIMIT_CORE: Invalid argument (EINVAL)"));
}
