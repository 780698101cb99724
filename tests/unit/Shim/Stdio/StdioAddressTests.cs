using Bulkhead.Shim.Stdio;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Shim.Stdio;

[TestFixture]
internal sealed class StdioAddressTests
{
    [TestCase("", StdioKind.None, "", "")]
    [TestCase("/run/x/stdout", StdioKind.Fifo, "/run/x/stdout", "")]
    [TestCase("/run/100%+?a=b://c", StdioKind.Fifo, "/run/100%+?a=b://c", "")]
    [TestCase("fifo:///run/a%20b", StdioKind.Fifo, "/run/a b", "")]
    [TestCase("file:///var/log/x+y.log", StdioKind.File, "/var/log/x+y.log", "")]
    [TestCase("binary:///usr/bin/logger", StdioKind.Binary, "/usr/bin/logger", "")]
    [TestCase("binary:///usr/bin/logger?--id=a+b%2Bc&-v&=x&&\u00e9=%C3%A9", StdioKind.Binary, "/usr/bin/logger", "--id|a b+c|-v|||x|\u00e9|\u00e9")]
    [TestCase("json-file:///var/log/x.log?max-size=1", StdioKind.Log, "", "")]
    [TestCase("cri:///var/log/x.log", StdioKind.Log, "", "")]
    [TestCase("none://", StdioKind.Log, "", "")]
    [TestCase("attach:///run/x.sock", StdioKind.Log, "", "")]
    public void An_address_leads_to(string text, object kind, string path, string arguments)
    {
        StdioAddress address = StdioAddress.Parse(text);

        Assert.That(address.Kind, Is.EqualTo(kind));
        Assert.That(address.Path, Is.EqualTo(path));
        Assert.That(string.Join('|', address.Arguments), Is.EqualTo(arguments));
        Assert.That(address.Text, Is.EqualTo(text));
    }

    [TestCase("http://example/", "the scheme \"http\" is unknown")]
    [TestCase("://x", "the scheme \"\" is unknown")]
    [TestCase("npipe", "it has no absolute path")]
    [TestCase("file://host/path", "it has no absolute path")]
    [TestCase("binary://?a=b", "it has no absolute path")]
    [TestCase("/a\0b", "it has no absolute path")]
    [TestCase("file:///a%00b", "a zero character")]
    [TestCase("file:///a%0", "\"%\" is not followed by two hexadecimal digits")]
    [TestCase("binary:///a?%zz=1", "\"%\" is not followed by two hexadecimal digits")]
    public void An_address_is_refused(string text, string cause)
    {
        Assert.That(() => StdioAddress.Parse(text), Throws.TypeOf<StdioException>().With.Message.EqualTo($"\"{text}\": {cause}"));
    }

    [TestCase("none:", "none://")]
    [TestCase("none:?attach=/run/a", "none://?attach=/run/a")]
    public void A_log_that_is_none_may_be_written_as_go_writes_it(string text, string meant)
    {
        StdioAddress address = StdioAddress.Parse(text);

        Assert.That(address.Kind, Is.EqualTo(StdioKind.Log));
        Assert.That(address.Text, Is.EqualTo(meant));
    }
}
