using Bulkhead.Linux.Processes;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Processes;

/// <summary>Lists of processors and memory nodes.</summary>
internal sealed class NumberSetTests
{
    [TestCase("0", 1UL, 0UL)]
    [TestCase("0-3,7", 0x8FUL, 0UL)]
    [TestCase(" 1 , 1-2 ,,", 6UL, 0UL)]
    [TestCase("63-64", 1UL << 63, 1UL)]
    [TestCase("0-127", ulong.MaxValue, ulong.MaxValue)]
    public void A_list_is_a_bit_for_each_number(string text, ulong low, ulong high) =>
        Assert.That(NumberSet.Parse(text, 128)!.Words.ToArray(), Is.EqualTo(new[] { low, high }));

    [TestCase(""), TestCase(" "), TestCase(",,")]
    public void A_list_without_a_number_is_none(string text) => Assert.That(NumberSet.Parse(text, 128), Is.Null);

    [TestCase("-"), TestCase("1-"), TestCase("-1"), TestCase("x"), TestCase("1;2"), TestCase("0x1"), TestCase("1-2-3"), TestCase("2-1"), TestCase("+1")]
    [TestCase("128"), TestCase("0-128"), TestCase("4294967295"), TestCase("99999999999999999999"), TestCase("1\n2")]
    public void What_is_no_list_is_refused(string text) => Assert.That(() => NumberSet.Parse(text, 128), Throws.TypeOf<FormatException>());
}
