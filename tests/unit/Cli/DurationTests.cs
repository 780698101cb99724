using Bulkhead.Runtime.Cli;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cli;

internal sealed class DurationTests
{
    [TestCase("0", 0)]
    [TestCase("5s", 5_000)]
    [TestCase("+5s", 5_000)]
    [TestCase("100ms", 100)]
    [TestCase("1m30s", 90_000)]
    [TestCase("1.5h", 5_400_000)]
    [TestCase(".5s", 500)]
    [TestCase("1000us", 1)]
    [TestCase("1000µs", 1)]
    [TestCase("1000000ns", 1)]
    [TestCase("0s", 0)]
    public void TryParse_reads(string text, int milliseconds)
    {
        Assert.That(Duration.TryParse(text, out TimeSpan duration), Is.True);
        Assert.That(duration, Is.EqualTo(TimeSpan.FromMilliseconds(milliseconds)));
    }

    [TestCase("")]
    [TestCase("5")]
    [TestCase("s")]
    [TestCase("-5s")]
    [TestCase("5 s")]
    [TestCase("5s ")]
    [TestCase("5d")]
    [TestCase("1.2.3s")]
    [TestCase(".s")]
    [TestCase("99999999999999999999999h")]
    [TestCase("9999999h")]
    public void TryParse_refuses(string text) => Assert.That(Duration.TryParse(text, out _), Is.False);
}
