using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Linux;

[TestFixture]
internal sealed class AtomicFileTests
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Test]
    public void A_file_is_made_with_its_permissions_and_nothing_beside_it()
    {
        using TestFolder folder = new();

        AtomicFile.Replace(folder.Handle, "f", "new"u8, Private);

        Assert.That(folder.Read("f"), Is.EqualTo("new"));
        Assert.That(folder.Handle.StatusOf("f")!.Value.Permissions, Is.EqualTo(Private));
        Assert.That(folder.Everything(), Is.EqualTo(new[] { "f" }));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(3_000_000)]
    public void All_of_the_content_is_replaced(int length)
    {
        using TestFolder folder = new TestFolder().WithFile("f", new string('o', 100));
        byte[] content = new byte[length];
        content.AsSpan().Fill((byte)'n');

        AtomicFile.Replace(folder.Handle, "f", content, Private);

        Assert.That(File.ReadAllBytes($"{folder.Root}/f"), Is.EqualTo(content));
        Assert.That(folder.Everything(), Is.EqualTo(new[] { "f" }));
    }

    [Test]
    public void Who_has_the_old_file_open_goes_on_reading_it()
    {
        using TestFolder folder = new TestFolder().WithFile("f", "old");
        using FileStream reader = File.OpenRead($"{folder.Root}/f");

        AtomicFile.Replace(folder.Handle, "f", "new"u8, Private);

        using StreamReader text = new(reader);
        Assert.That(text.ReadToEnd(), Is.EqualTo("old"));
    }

    [Test]
    public void What_a_killed_process_has_left_half_written_is_no_obstacle()
    {
        using TestFolder folder = new TestFolder().WithFile("f", "old").WithFile(".f.new", "half");

        AtomicFile.Replace(folder.Handle, "f", "new"u8, Private);

        Assert.That(folder.Read("f"), Is.EqualTo("new"));
        Assert.That(folder.Everything(), Is.EqualTo(new[] { "f" }));
    }

    [TestCase(".f.new")]
    [TestCase("f")]
    public void A_link_in_the_way_is_replaced_and_not_followed(string name)
    {
        using TestFolder folder = new TestFolder().WithLink(name, "{outside}/secret");

        AtomicFile.Replace(folder.Handle, "f", "new"u8, Private);

        Assert.That(folder.Read("f"), Is.EqualTo("new"));
        Assert.That(folder.Handle.StatusOf("f")!.Value.Kind, Is.EqualTo(FileKind.Regular));
        Assert.That(folder.IsOutsideUntouched, Is.True);
    }

    [Test]
    public void A_failure_leaves_the_old_content()
    {
        using TestFolder folder = new TestFolder().WithFile("f", "old").WithDirectory(".f.new");

        Assert.That(() => AtomicFile.Replace(folder.Handle, "f", "new"u8, Private), Throws.TypeOf<LinuxException>().With.Property("Error").EqualTo(Errno.EISDIR));

        Assert.That(folder.Read("f"), Is.EqualTo("old"));
    }

    [Test]
    public void A_directory_of_the_name_is_not_replaced()
    {
        using TestFolder folder = new TestFolder().WithFile("f/kept", "old");

        Assert.That(() => AtomicFile.Replace(folder.Handle, "f", "new"u8, Private), Throws.TypeOf<LinuxException>().With.Property("Call").EqualTo("rename"));

        Assert.That(folder.Read("f/kept"), Is.EqualTo("old"));
    }
}
