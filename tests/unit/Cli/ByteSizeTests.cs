using Bulkhead.Runtime.Cli;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cli;

internal sealed class ByteSizeTests
{
    [TestCase("0", 0)]
    [TestCase("1", 1)]
    [TestCase("1048576", 1048576)]
    [TestCase("1b", 1)]
    [TestCase("64k", 65536)]
    [TestCase("64K", 65536)]
    [TestCase("64kb", 65536)]
    [TestCase("64KiB", 65536)]
    [TestCase("64M", 67108864)]
    [TestCase("64 MB", 67108864)]
    [TestCase("1.5g", 1610612736)]
    [TestCase(".5k", 512)]
    [TestCase("5.k", 5120)]
    [TestCase("2T", 2199023255552)]
    [TestCase("1p", 1125899906842624)]
    [TestCase("0.0001k", 0, TestName = "Parts of a byte are cut off")]
    [TestCase("9223372036854775807", long.MaxValue)]
    public void TryParse_reads(string text, long expected)
    {
        Assert.That(ByteSize.TryParse(text, out long bytes), Is.True);
        Assert.That(bytes, Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("k")]
    [TestCase("-1")]
    [TestCase("+1")]
    [TestCase("1x")]
    [TestCase("1kx")]
    [TestCase("1kbb")]
    [TestCase("1bb")]
    [TestCase("1 ")]
    [TestCase("1  k")]
    [TestCase(" 1")]
    [TestCase("1,5k")]
    [TestCase("1.2.3")]
    [TestCase("0x10")]
    [TestCase("1e3")]
    [TestCase("NaN")]
    [TestCase("9223372036854775808")]
    [TestCase("8192p")]
    [TestCase("99999999999999999999999999999p")]
    [TestCase("9999999999999999999999999999999999999999")]
    public void TryParse_refuses(string text) => Assert.That(ByteSize.TryParse(text, out _), Is.False);
}
