using Bulkhead.Manager.Core.Content;
using Bulkhead.Specs.Image;
using Bulkhead.Tests.Unit.Linux;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Manager.Content;

[TestFixture]
internal sealed class DocumentFolderTests
{
    private static readonly Platform Document = new() { Architecture = "amd64", Os = "linux" };

    [Test]
    public void A_document_is_read_as_it_was_written_and_replaced_as_a_whole()
    {
        using TestFolder folder = new();
        using (DocumentFolder<Platform> documents = new($"{folder.Root}/d"))
        {
            documents.Write("one", Document with { Variant = "v3" });
            documents.Write("one", Document);
            documents.Write("two", Document);
            Assert.That(documents.Remove("two"), Is.True);
            Assert.That(documents.Remove("two"), Is.False);
        }

        using DocumentFolder<Platform> again = new($"{folder.Root}/d");
        Dictionary<string, Platform> read = again.ReadAll((path, problem) => Assert.Fail($"{path}: {problem}"));

        Assert.That(read.Keys, Is.EqualTo(new[] { "one" }));
        Assert.That(read["one"], Is.EqualTo(Document));
    }

    [TestCase("", TestName = "An_empty_document_is_set_aside")]
    [TestCase("{\"os\": \"linux\"", TestName = "A_cut_off_document_is_set_aside")]
    [TestCase("{\"os\": \"linux\"}", TestName = "A_document_without_a_required_property_is_set_aside")]
    public void Damaged(string content)
    {
        using TestFolder folder = new TestFolder().WithFile("bad.json", content).WithFile(".good.json.new", "half");
        using DocumentFolder<Platform> documents = new(folder.Root);
        documents.Write("good", Document);
        List<string> damaged = [];

        Dictionary<string, Platform> read = documents.ReadAll((path, problem) => damaged.Add($"{path}: {problem}"));

        Assert.That(read.Keys, Is.EqualTo(new[] { "good" }));
        Assert.That(damaged, Has.Count.EqualTo(1).And.All.StartsWith($"{folder.Root}/bad.damaged: "));
        Assert.That(folder.Read("bad.damaged"), Is.EqualTo(content));
    }
}
