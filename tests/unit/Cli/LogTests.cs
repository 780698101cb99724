using System.Text.Json;
using Bulkhead.Runtime.Cli;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cli;

internal sealed class LogTests
{
    private static readonly DateTime Time = new(2025, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    [TestCase("plain", "time=\"2025-01-02T03:04:05Z\" level=error msg=\"plain\"\n")]
    [TestCase("a \"b\" \\c", "time=\"2025-01-02T03:04:05Z\" level=error msg=\"a \\\"b\\\" \\\\c\"\n")]
    [TestCase("a\nlevel=info\r\t", "time=\"2025-01-02T03:04:05Z\" level=error msg=\"a\\nlevel=info\\r\\t\"\n", TestName = "A line stays one line")]
    [TestCase("\e[2J\x7f\x9b", "time=\"2025-01-02T03:04:05Z\" level=error msg=\"\\x1b[2J\\x7f\\x9b\"\n", TestName = "A terminal is not told anything")]
    [TestCase("größer €", "time=\"2025-01-02T03:04:05Z\" level=error msg=\"größer €\"\n")]
    [TestCase("", "time=\"2025-01-02T03:04:05Z\" level=error msg=\"\"\n")]
    public void Text_is(string message, string expected) =>
        Assert.That(Log.Format(LogFormat.Text, "error", message, Time), Is.EqualTo(expected));

    [Test]
    public void Json_is_one_object_in_logrus_order() =>
        Assert.That(
            Log.Format(LogFormat.Json, "error", "container \"x\" <does> not exist", Time.AddTicks(1_234_500)),
            Is.EqualTo("{\"level\":\"error\",\"msg\":\"container \\\"x\\\" <does> not exist\",\"time\":\"2025-01-02T03:04:05.12345Z\"}\n"));

    [TestCase("a\nb\r\t\"\\/")]
    [TestCase("\0\u0001\e\x7f")]
    [TestCase("größer € 😀 \u2028")]
    [TestCase("{\"level\":\"error\"}")]
    public void Json_gives_every_text_back_from_one_line(string message)
    {
        string line = Log.Format(LogFormat.Json, "warning", message, Time);

        Assert.That(line.TrimEnd('\n'), Does.Not.Contain('\n'));
        Assert.That(JsonDocument.Parse(line).RootElement.GetProperty("msg").GetString(), Is.EqualTo(message));
    }

    [TestCase("\ud800")]
    [TestCase("a\udc00b")]
    public void Json_of_broken_text_is_still_json(string message)
    {
        string line = Log.Format(LogFormat.Json, "error", message, Time);

        Assert.That(JsonDocument.Parse(line).RootElement.GetProperty("msg").GetString(), Does.Contain('\ufffd'));
    }

    [TestCase(0, "2025-01-02T03:04:05Z")]
    [TestCase(1, "2025-01-02T03:04:05.0000001Z")]
    [TestCase(5_000_000, "2025-01-02T03:04:05.5Z")]
    [TestCase(9_999_999, "2025-01-02T03:04:05.9999999Z")]
    public void Time_has_as_many_digits_as_there_are(long ticks, string expected) =>
        Assert.That(Timestamp.Format(Time.AddTicks(ticks)), Is.EqualTo(expected));
}
