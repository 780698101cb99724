using Bulkhead.Manager.Core.Images;
using Bulkhead.Specs;
using Bulkhead.Specs.Image;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Manager.Images;

[TestFixture]
internal sealed class PlatformChoiceTests
{
    [TestCase("amd64", "arm64 amd64", "amd64")]
    [TestCase("x86_64", "amd64", "amd64")]
    [TestCase("amd64", "amd64/v3 amd64/v2 amd64", "amd64")]
    [TestCase("amd64/v3", "amd64 amd64/v2 amd64/v4", "amd64/v2")]
    [TestCase("amd64/v3", "amd64 amd64/v2 amd64/v3", "amd64/v3")]
    [TestCase("amd64", "386 arm", "386")]
    [TestCase("amd64", "amd64/v2", null)]
    [TestCase("arm/v7", "arm/v5 arm/v6 arm/v8", "arm/v6")]
    [TestCase("arm/v7", "arm/v6 arm/v7", "arm/v7")]
    [TestCase("arm", "arm/v6 arm", "arm")]
    [TestCase("arm/v6", "arm/v7 arm", null)]
    [TestCase("armel", "arm/v7 arm/v6", "arm/v6")]
    [TestCase("arm64", "arm64/v8", "arm64/v8")]
    [TestCase("arm64/v8", "arm/v7 arm64", "arm64")]
    [TestCase("arm64", "arm/v6 arm/v7", "arm/v7")]
    [TestCase("arm64/v9", "arm64/v8", "arm64/v8")]
    [TestCase("s390x", "amd64 s390x", "s390x")]
    [TestCase("riscv64", "amd64", null)]
    [TestCase("amd64", "", null)]
    public void The_best_is_chosen(string wanted, string offered, string? chosen)
    {
        Descriptor[] index = [.. offered.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => Entry(Platform(name)))];

        Descriptor? choice = PlatformChoice.Choose(index, Platform(wanted));

        Assert.That(choice?.Platform, Is.EqualTo(chosen is null ? null : Platform(chosen)));
    }

    [Test]
    public void An_entry_for_another_system_or_for_none_is_the_last_choice()
    {
        Descriptor windows = Entry(Platform("amd64") with { Os = "windows" });
        Descriptor silent = Entry(null);

        Assert.That(PlatformChoice.Choose([windows], Platform("amd64")), Is.Null);
        Assert.That(PlatformChoice.Choose([silent, Entry(Platform("amd64"))], Platform("amd64"))!.Platform, Is.Not.Null);
        Assert.That(PlatformChoice.Choose([windows, silent], Platform("amd64")), Is.SameAs(silent));
    }

    [Test]
    public void Of_equals_the_first_is_chosen()
    {
        Descriptor first = Entry(Platform("amd64"));

        Assert.That(PlatformChoice.Choose([first, Entry(Platform("amd64"))], Platform("amd64")), Is.SameAs(first));
    }

    [TestCase("vx")]
    [TestCase("v-1")]
    [TestCase("v999999999")]
    public void A_variant_that_nobody_knows_matches_itself_alone(string variant)
    {
        Assert.That(PlatformChoice.Runs(Platform($"amd64/{variant}"), Platform($"amd64/{variant}")), Is.True);
        Assert.That(PlatformChoice.Runs(Platform("amd64/v5"), Platform($"amd64/{variant}")), Is.False);
    }

    private static Platform Platform(string name) =>
        new() { Os = "linux", Architecture = name.Split('/')[0], Variant = name.Split('/').ElementAtOrDefault(1) };

    private static Descriptor Entry(Platform? platform) =>
        new() { MediaType = MediaTypes.Manifest, Digest = Digest.Sha256(new byte[32]), Size = 1, Platform = platform };
}
