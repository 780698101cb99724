using System.Text;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Linux;

[TestFixture]
internal sealed class ProcessStatusTests
{
    private const string Between = "1 2 3 0 -1 4194560 100 200 0 0 10 20 0 0 20 0 1 0";

    [TestCase("sh")]
    [TestCase("")]
    [TestCase("a b c")]
    [TestCase(" ")]
    [TestCase(")")]
    [TestCase("((")]
    [TestCase(") Z 1 2 3")]
    [TestCase("a) X (b")]
    [TestCase("a\nb")]
    [TestCase("käse")]
    public void The_programs_name_may_be_anything(string name)
    {
        ProcessStatus status = Parse($"123 ({name}) S {Between} 4567 999 18446744073709551615\n");

        Assert.That(status, Is.EqualTo(new ProcessStatus('S', 4567)));
    }

    [Test]
    public void A_name_that_is_not_text_is_passed_over()
    {
        byte[] stat = [.. "1 ("u8, 0xff, 0xc3, 0x00, .. ") R "u8, .. Encoding.ASCII.GetBytes($"{Between} 7 0\n")];

        Assert.That(ProcessStatus.Parse(stat), Is.EqualTo(new ProcessStatus('R', 7)));
    }

    [TestCase('R', false)]
    [TestCase('S', false)]
    [TestCase('D', false)]
    [TestCase('T', false)]
    [TestCase('t', false)]
    [TestCase('I', false)]
    [TestCase('Z', true)]
    [TestCase('X', true)]
    [TestCase('x', true)]
    public void A_zombie_has_ended(char state, bool ended) =>
        Assert.That(Parse($"1 (sh) {state} {Between} 5 0").HasEnded, Is.EqualTo(ended));

    [TestCase("0", 0UL)]
    [TestCase("18446744073709551615", ulong.MaxValue)]
    public void A_start_time_is_a_number_of_64_bits(string text, ulong expected)
    {
        Assert.That(Parse($"1 (sh) S {Between} {text} 0").StartTime, Is.EqualTo(expected));
        Assert.That(Parse($"1 (sh) S {Between} {text}").StartTime, Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("1 sh S 1 2 3")]
    [TestCase("1 (sh)")]
    [TestCase("1 (sh) ")]
    public void What_has_no_name_in_parentheses_is_refused(string stat) =>
        Assert.That(() => Parse(stat), Throws.TypeOf<FormatException>());

    [Test]
    public void This_process_is_there_and_keeps_its_start_time()
    {
        using ProcFile proc = ProcFile.OpenHost();

        ProcessStatus? first = ProcessStatus.TryRead(proc, Environment.ProcessId);
        ProcessStatus? second = ProcessStatus.TryRead(proc, Environment.ProcessId);

        Assert.That(first!.Value.HasEnded, Is.False);
        Assert.That(first.Value.StartTime, Is.GreaterThan(0UL).And.EqualTo(second!.Value.StartTime));
    }

    [TestCase(0)]
    [TestCase(int.MaxValue)]
    public void A_number_without_a_process_has_no_status(int pid)
    {
        using ProcFile proc = ProcFile.OpenHost();

        Assert.That(ProcessStatus.TryRead(proc, pid), Is.Null);
    }

    private static ProcessStatus Parse(string stat) => ProcessStatus.Parse(Encoding.UTF8.GetBytes(stat));
}
