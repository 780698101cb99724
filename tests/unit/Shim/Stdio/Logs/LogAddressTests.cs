using Bulkhead.Shim.Stdio;
using Bulkhead.Shim.Stdio.Logs;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Shim.Stdio.Logs;

[TestFixture]
internal sealed class LogAddressTests
{
    [Test]
    public void An_address_says_which_log_how_it_is_rotated_and_where_to_attach()
    {
        LogAddress? address = LogAddress.TryParse("json-file:///var/log/a%20b.log?max-size=1000&max-file=5&attach=/run/x/attach.sock");

        Assert.That(address, Is.EqualTo(new LogAddress(LogKind.JsonFile, "/var/log/a b.log", 1000, 5, "/run/x/attach.sock")));
    }

    [TestCase("cri:///log", LogKind.Cri, "/log")]
    [TestCase("json-file:///log", LogKind.JsonFile, "/log")]
    [TestCase("none://", LogKind.None, "")]
    public void What_is_not_said_is_no_rotation_and_no_socket(string text, LogKind kind, string path) =>
        Assert.That(LogAddress.TryParse(text), Is.EqualTo(new LogAddress(kind, path, 0, 1, null)));

    [Test]
    public void Without_a_log_one_can_attach() =>
        Assert.That(LogAddress.TryParse("none://?attach=%2Frun%2Fa"), Is.EqualTo(new LogAddress(LogKind.None, "", 0, 1, "/run/a")));

    [TestCase("")]
    [TestCase("/run/fifo")]
    [TestCase("fifo:///run/fifo")]
    [TestCase("JSON-FILE:///log")]
    [TestCase("attach:///run/a")]
    public void Other_schemes_are_none_of_a_logs(string text) => Assert.That(LogAddress.TryParse(text), Is.Null);

    [TestCase("cri://log", "\"log\" is no absolute path of a file")]
    [TestCase("cri:///log/", "\"/log/\" is no absolute path of a file")]
    [TestCase("cri://", "\"\" is no absolute path of a file")]
    [TestCase("none:///log", "without a log there is no path")]
    [TestCase("cri:///log?max-size=10m", "max-size is \"10m\", not a whole number from 1 to 9223372036854775807")]
    [TestCase("cri:///log?max-size=0", "max-size is \"0\", not a whole number from 1 to 9223372036854775807")]
    [TestCase("cri:///log?max-size=-1", "max-size is \"-1\", not a whole number from 1 to 9223372036854775807")]
    [TestCase("cri:///log?max-size", "max-size is \"\", not a whole number from 1 to 9223372036854775807")]
    [TestCase("cri:///log?max-size=9223372036854775808", "max-size is \"9223372036854775808\", not a whole number from 1 to 9223372036854775807")]
    [TestCase("cri:///log?max-file=1001", "max-file is \"1001\", not a whole number from 1 to 1000")]
    [TestCase("cri:///log?max-file=1&max-file=2", "the key \"max-file\" is there twice")]
    [TestCase("cri:///log?compress=true", "the key \"compress\" is unknown")]
    [TestCase("cri:///log?", "the key \"\" is unknown")]
    [TestCase("none://?max-size=1", "the key \"max-size\" is unknown")]
    [TestCase("cri:///log?attach=run/a", "\"run/a\" is no absolute path of a file")]
    [TestCase("cri:///log%2", "\"%\" is not followed by two hexadecimal digits")]
    public void What_is_wrong_is_refused_by_name(string text, string why) =>
        Assert.That(() => LogAddress.TryParse(text), Throws.TypeOf<StdioException>().With.Message.EqualTo($"\"{text}\": {why}"));

    [TestCase("attach:///run/a%3Fb", "/run/a?b")]
    [TestCase("/run/fifo", null)]
    [TestCase("", null)]
    public void An_input_may_be_that_of_a_socket(string text, string? path) => Assert.That(LogAddress.TryParseInput(text), Is.EqualTo(path));

    [Test]
    public void The_socket_of_an_input_has_an_absolute_path() =>
        Assert.That(() => LogAddress.TryParseInput("attach://a"), Throws.TypeOf<StdioException>());
}
