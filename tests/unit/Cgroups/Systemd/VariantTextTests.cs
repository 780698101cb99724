using Bulkhead.Cgroups.Systemd.Bus;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cgroups.Systemd;

public sealed class VariantTextTests
{
    [TestCase("true", "b", "01-00-00-00")]
    [TestCase(" false ", "b", "00-00-00-00")]
    [TestCase("5", "i", "05-00-00-00")]
    [TestCase("-1", "i", "FF-FF-FF-FF")]
    [TestCase("0x1f", "i", "1F-00-00-00")]
    [TestCase("byte 255", "y", "FF")]
    [TestCase("int16 -2", "n", "FE-FF")]
    [TestCase("uint16 65535", "q", "FF-FF")]
    [TestCase("uint32 5", "u", "05-00-00-00")]
    [TestCase("int64 -1", "x", "FF-FF-FF-FF-FF-FF-FF-FF")]
    [TestCase("uint64 18446744073709551615", "t", "FF-FF-FF-FF-FF-FF-FF-FF")]
    [TestCase("@t 7", "t", "07-00-00-00-00-00-00-00")]
    [TestCase("0.5", "d", "00-00-00-00-00-00-E0-3F")]
    [TestCase("double 2", "d", "00-00-00-00-00-00-00-40")]
    [TestCase("'a'", "s", "01-00-00-00-61-00")]
    [TestCase("\"it's\"", "s", "04-00-00-00-69-74-27-73-00")]
    [TestCase(@"'\'\\\n\u0041'", "s", "04-00-00-00-27-5C-0A-41-00")]
    [TestCase("objectpath '/a'", "o", "02-00-00-00-2F-61-00")]
    [TestCase("signature 'as'", "g", "02-61-73-00")]
    [TestCase("b'a'", "ay", "02-00-00-00-61-00")]
    [TestCase("['a', 'b']", "as", "0E-00-00-00-01-00-00-00-61-00-00-00-01-00-00-00-62-00")]
    [TestCase("@as []", "as", "00-00-00-00")]
    [TestCase("@a(st) []", "a(st)", "00-00-00-00-00-00-00-00")]
    [TestCase("[('a', uint64 1)]", "a(st)", "10-00-00-00-00-00-00-00-01-00-00-00-61-00-00-00-01-00-00-00-00-00-00-00")]
    [TestCase("@a(su) [('a', 1)]", "a(su)", "0C-00-00-00-00-00-00-00-01-00-00-00-61-00-00-00-01-00-00-00")]
    [TestCase("<uint16 1>", "v", "01-71-00-00-01-00")]
    public void A_text_is_read_and_laid_out(string text, string signature, string bytes)
    {
        BusValue value = VariantText.Parse(text);
        BusWriter writer = new();
        value.Write(writer);

        Assert.That(value.Signature, Is.EqualTo(signature));
        Assert.That(BitConverter.ToString(writer.Bytes.ToArray()), Is.EqualTo(bytes));
    }

    [TestCase("")]
    [TestCase("tru")]
    [TestCase("5 6")]
    [TestCase("uint65 5")]
    [TestCase("uint32 -1")]
    [TestCase("byte 256")]
    [TestCase("uint64 18446744073709551616")]
    [TestCase("'open")]
    [TestCase("'a\\")]
    [TestCase("[]")]
    [TestCase("['a', 1]")]
    [TestCase("['a' 'b']")]
    [TestCase("('a'")]
    [TestCase("()")]
    [TestCase("@as 5")]
    [TestCase("@q")]
    [TestCase("@z 5")]
    [TestCase("@(s ('a')")]
    [TestCase("@(ss) ('a')")]
    [TestCase("@(s) ('a', 'b')")]
    [TestCase("{'a': 1}")]
    [TestCase("'a\0b'")]
    [TestCase("uint32 'a'")]
    [TestCase("[[[[[[[[[[[[1]]]]]]]]]]]]")]
    public void What_is_no_value_is_refused(string text) => Assert.That(() => VariantText.Parse(text), Throws.TypeOf<FormatException>());
}
