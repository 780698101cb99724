using Bulkhead.Shim.Bootstrap;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Shim.Bootstrap;

[TestFixture]
internal sealed class OptionsDocumentTests
{
    [TestCase("BinaryName = \"/usr/bin/crun\"", "/usr/bin/crun")]
    [TestCase("BinaryName='/usr/bin/crun'", "/usr/bin/crun")]
    [TestCase("BinaryName = \"/usr/bin/crun\" # the other one", "/usr/bin/crun")]
    [TestCase("BinaryName = \"/a#b\" # \"c\"", "/a#b")]
    [TestCase("# nothing\n[options]\nBinaryName = \"x\"", "x")]
    public void A_text_is_what_stands_in_quotes(string document, string name) =>
        Assert.That(OptionsDocument.Parse(document).BinaryName, Is.EqualTo(name));

    [Test]
    public void Switches_and_numbers_may_be_followed_by_a_remark()
    {
        var options = OptionsDocument.Parse("SystemdCgroup = true # yes\nIoUid = 7# seven");

        Assert.That(options.SystemdCgroup, Is.True);
        Assert.That(options.IoUid, Is.EqualTo(7));
    }

    [TestCase("BinaryName = \"x", "options: BinaryName is no text in quotes: \"x")]
    [TestCase("BinaryName = x", "options: BinaryName is no text in quotes: x")]
    [TestCase("SystemdCgroup = yes", "options: SystemdCgroup is neither true nor false: yes")]
    [TestCase("Colour = 1", "options: unknown key \"Colour\"")]
    [TestCase("nothing", "options: \"nothing\" is no key with a value")]
    public void What_is_not_understood_is_named(string document, string message) =>
        Assert.That(() => OptionsDocument.Parse(document), Throws.TypeOf<FormatException>().With.Message.EqualTo(message));
}
