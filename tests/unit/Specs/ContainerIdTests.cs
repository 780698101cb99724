using Bulkhead.Specs;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Specs;

public sealed class ContainerIdTests
{
    [TestCase("a")]
    [TestCase("web_1+x-2.3")]
    [TestCase("...")]
    [TestCase("-")]
    [TestCase("ABCxyz019")]
    public void Parse_takes(string text)
    {
        ContainerId id = ContainerId.Parse(text);

        Assert.That(id.ToString(), Is.EqualTo(text));
        Assert.That(ContainerId.TryParse(text, out ContainerId same), Is.True);
        Assert.That(same, Is.EqualTo(id));
    }

    [TestCase("a/b", "container id \"a/b\": only letters, digits, \"_\", \"+\", \"-\" and \".\" are allowed")]
    [TestCase("../etc", "container id \"../etc\": only letters, digits, \"_\", \"+\", \"-\" and \".\" are allowed")]
    [TestCase("a b", "container id \"a b\": only letters, digits, \"_\", \"+\", \"-\" and \".\" are allowed")]
    [TestCase("a\n", "container id \"a\\u000a\": only letters, digits, \"_\", \"+\", \"-\" and \".\" are allowed")]
    [TestCase("a\0", "container id \"a\\u0000\": only letters, digits, \"_\", \"+\", \"-\" and \".\" are allowed")]
    [TestCase("ä", "container id \"ä\": only letters, digits, \"_\", \"+\", \"-\" and \".\" are allowed")]
    [TestCase("", "container id \"\": it is empty")]
    [TestCase(".", "container id \".\": \".\" and \"..\" are not allowed")]
    [TestCase("..", "container id \"..\": \".\" and \"..\" are not allowed")]
    public void Parse_refuses(string text, string message)
    {
        FormatException error = Assert.Throws<FormatException>(() => ContainerId.Parse(text));

        Assert.That(error.Message, Is.EqualTo(message));
        Assert.That(ContainerId.TryParse(text, out _), Is.False);
    }

    [Test]
    public void An_id_has_at_most_1024_characters()
    {
        FormatException error = Assert.Throws<FormatException>(() => ContainerId.Parse(new string('x', 1025)));

        Assert.That(ContainerId.Parse(new string('x', 1024)).ToString(), Has.Length.EqualTo(1024));
        Assert.That(error.Message, Is.EqualTo($"container id \"{new string('x', 200)}...\": it has more than 1024 characters"));
    }
}
