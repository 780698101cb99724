using Grpc.AspNetCore.Server;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Grpc;

internal sealed class PercentEncodingTests
{
    [TestCase("", "")]
    [TestCase("mount \"/proc\": no such file (ENOENT)", "mount \"/proc\": no such file (ENOENT)")]
    [TestCase(" ~", " ~")]
    [TestCase("100 %", "100 %25")]
    [TestCase("a\r\nb\0\u007f", "a%0D%0Ab%00%7F")]
    [TestCase("möglich", "m%C3%B6glich")]
    [TestCase("\U0001F6A2", "%F0%9F%9A%A2")]
    public void A_message_is_printable_ASCII(string text, string encoded) => Assert.That(PercentEncoding.Encode(text), Is.EqualTo(encoded));

    [Test]
    public void Half_a_character_is_sent_as_one_that_is_not_known() =>
        Assert.That(PercentEncoding.Encode(new string('\ud83d', 1)), Is.EqualTo("%EF%BF%BD"));
}
