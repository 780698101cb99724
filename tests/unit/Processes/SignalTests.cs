using Bulkhead.Linux.Processes;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Processes;

[TestFixture]
internal sealed class SignalTests
{
    [TestCase("15", 15)]
    [TestCase("0", 0, TestName = "0 only asks whether the process is there")]
    [TestCase("64", 64)]
    [TestCase("TERM", 15)]
    [TestCase("SIGTERM", 15)]
    [TestCase("sigterm", 15)]
    [TestCase("Kill", 9)]
    [TestCase("IOT", 6)]
    [TestCase("CLD", 17)]
    [TestCase("POLL", 29)]
    [TestCase("RTMIN", 34)]
    [TestCase("RTMIN+3", 37)]
    [TestCase("SIGRTMIN+30", 64)]
    [TestCase("rtmax", 64)]
    [TestCase("SIGRTMAX-1", 63)]
    [TestCase("SIGRTMAX-30", 34)]
    public void Parse_reads_a_number_or_a_name(string text, int number) =>
        Assert.That(Signal.Parse(text).Number, Is.EqualTo(number));

    [TestCase("")]
    [TestCase("FOO")]
    [TestCase("SIG")]
    [TestCase("SIGSIGTERM")]
    [TestCase("65")]
    [TestCase("-1")]
    [TestCase("+9")]
    [TestCase(" 9")]
    [TestCase("9 ")]
    [TestCase("9999999999")]
    [TestCase("RTMIN+31")]
    [TestCase("RTMIN-1")]
    [TestCase("RTMAX+1")]
    [TestCase("RTMAX-31")]
    [TestCase("RTMIN+")]
    [TestCase("RTMIN+-1")]
    [TestCase("RTMIN3")]
    public void Parse_refuses_what_is_no_signal(string text) =>
        Assert.That(() => Signal.Parse(text), Throws.TypeOf<FormatException>().With.Message.EqualTo($"unknown signal \"{text}\""));

    [Test]
    public void Every_signal_is_found_by_the_name_it_shows([Range(0, 64)] int number) =>
        Assert.That(Signal.Parse(new Signal(number).ToString()), Is.EqualTo(new Signal(number)));

    [TestCase(15, "SIGTERM")]
    [TestCase(32, "32", TestName = "The C library's own signals have no name")]
    [TestCase(34, "SIGRTMIN")]
    [TestCase(37, "SIGRTMIN+3")]
    [TestCase(64, "SIGRTMAX")]
    public void ToString_gives_the_name(int number, string name) =>
        Assert.That(new Signal(number).ToString(), Is.EqualTo(name));
}
