using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using NUnit.Framework;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Tests.Unit.Linux;

[TestFixture]
internal sealed class DirectoryHandleTests
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    [Test]
    public void An_empty_directory_has_no_names()
    {
        using TestFolder folder = new();

        Assert.That(folder.Handle.Names(), Is.Empty);
    }

    [Test]
    public void Names_are_whatever_is_there_but_the_directory_itself_and_its_parent()
    {
        string[] names = [".hidden", "..two", "...", "with blank", "line\nfeed", "tab\t", "käse", "日本", "\\", new string('x', 255), "dir", "link", "-"];
        using TestFolder folder = new TestFolder().WithDirectory("dir").WithLink("link", "nowhere");
        foreach (string name in names.Except(["dir", "link"]))
        {
            folder.WithFile(name, "");
        }

        Assert.That(folder.Handle.Names(), Is.EquivalentTo(names));
    }

    [Test]
    public void Names_are_complete_beyond_one_buffer_and_the_second_time_too()
    {
        string[] names = [.. Enumerable.Range(0, 600).Select(static i => $"{i:D4}{new string('n', 60)}")];
        using TestFolder folder = new();
        foreach (string name in names)
        {
            folder.WithFile(name, "");
        }

        Assert.That(folder.Handle.Names(), Is.EquivalentTo(names));
        Assert.That(folder.Handle.Names(), Is.EquivalentTo(names));
    }

    [Test]
    public void Names_are_found_by_a_handle_that_is_only_a_place()
    {
        using TestFolder folder = new TestFolder().WithFile("f", "");
        using DirectoryHandle place = DirectoryHandle.OpenPath(folder.Root);

        Assert.That(place.Names(), Is.EqualTo(new[] { "f" }));
    }

    [TestCase("/", "a", "/a")]
    [TestCase("/run", "a", "/run/a")]
    [TestCase("/run/", "a", "/run/a")]
    public void A_path_for_messages_has_one_slash(string directory, string name, string expected)
    {
        using DirectoryHandle handle = new(-1, directory);

        Assert.That(handle.PathOf(name), Is.EqualTo(expected));
    }

    [Test]
    public void What_is_there_is_not_made_again()
    {
        using TestFolder folder = new TestFolder().WithFile("file", "kept").WithLink("dangling", "nowhere");

        Assert.That(folder.Handle.MakeDirectory("new", Private), Is.True);
        foreach (string name in (string[])["new", "file", "dangling"])
        {
            Assert.That(folder.Handle.MakeDirectory(name, Private), Is.False, name);
            Assert.That(folder.Handle.MakeSymbolicLink(name, "target"), Is.False, name);
            Assert.That(folder.Handle.MakeNode(name, FileKind.Regular, Private), Is.False, name);
        }

        Assert.That(folder.Everything(), Is.EqualTo(new[] { "dangling", "file", "new" }));
        Assert.That(folder.Read("file"), Is.EqualTo("kept"));
    }

    [Test]
    public void What_is_not_there_is_nothing_to_remove_and_nothing_to_open()
    {
        using TestFolder folder = new();

        Assert.That(folder.Handle.Remove("a"), Is.False);
        Assert.That(folder.Handle.RemoveDirectory("a"), Is.False);
        Assert.That(folder.Handle.StatusOf("a"), Is.Null);
        Assert.That(folder.Handle.TryReadText("a"), Is.Null);
        Assert.That(folder.Handle.TryOpenFile("a", FileMode.Read), Is.Null);
        Assert.That(folder.Handle.TryOpenDirectory("a"), Is.Null);
        Assert.That(
            () => folder.Handle.OpenFile("a", FileMode.Read),
            Throws.TypeOf<LinuxException>().With.Message.EqualTo($"open {folder.Root}/a: No such file or directory (ENOENT)"));
    }

    [Test]
    public void A_directory_that_is_not_empty_stays()
    {
        using TestFolder folder = new TestFolder().WithFile("d/f", "");

        Assert.That(() => folder.Handle.RemoveDirectory("d"), Throws.TypeOf<LinuxException>().With.Property("Error").EqualTo(Errno.ENOTEMPTY));
    }

    [Test]
    public void A_link_is_not_opened_as_a_directory_nor_looked_behind()
    {
        using TestFolder folder = new TestFolder().WithLink("link", "{outside}");

        Assert.That(() => folder.Handle.OpenDirectory("link"), Throws.TypeOf<LinuxException>());
        Assert.That(() => folder.Handle.TryOpenDirectory("link"), Throws.TypeOf<LinuxException>());
        Assert.That(folder.Handle.StatusOf("link")!.Value.Kind, Is.EqualTo(FileKind.SymbolicLink));
        Assert.That(folder.Handle.ReadLink("link"), Is.EqualTo(folder.Outside));
    }

    [Test]
    public void A_status_says_what_the_file_is()
    {
        using TestFolder folder = new TestFolder().WithFile("f", "12345").WithDirectory("d");
        File.SetUnixFileMode($"{folder.Root}/f", UnixFileMode.UserRead | UnixFileMode.GroupExecute | UnixFileMode.StickyBit);

        FileStatus file = folder.Handle.StatusOf("f")!.Value;

        Assert.That((file.Kind, file.Size, file.Links, file.IsDirectory), Is.EqualTo((FileKind.Regular, 5L, 1u, false)));
        Assert.That(file.Permissions, Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.GroupExecute | UnixFileMode.StickyBit));
        Assert.That(folder.Handle.StatusOf("d")!.Value.IsDirectory, Is.True);
    }

    [Test]
    public void A_device_has_its_number()
    {
        using DirectoryHandle devices = DirectoryHandle.Open("/dev");

        FileStatus status = devices.StatusOf("null")!.Value;

        Assert.That((status.Kind, status.Special), Is.EqualTo((FileKind.CharacterDevice, new DeviceNumber(1, 3))));
    }

    [TestCase("", "")]
    [TestCase("max\n", "max")]
    [TestCase("  a b \t\r\n\n", "  a b")]
    public void A_text_comes_without_white_space_at_its_end(string content, string expected)
    {
        using TestFolder folder = new TestFolder().WithFile("f", content);

        Assert.That(folder.Handle.ReadText("f"), Is.EqualTo(expected));
        Assert.That(folder.Handle.TryReadText("f"), Is.EqualTo(expected));
    }

    [TestCase(1 << 20, true)]
    [TestCase((1 << 20) + 1, false)]
    public void A_text_has_at_most_a_mebibyte(int length, bool fits)
    {
        using TestFolder folder = new TestFolder().WithFile("f", new string('x', length));

        Assert.That(
            () => folder.Handle.ReadText("f").Length,
            fits ? Is.EqualTo(length) : Throws.TypeOf<LinuxException>().With.Property("Error").EqualTo(Errno.EFBIG));
    }

    [Test]
    public void A_directory_that_is_moved_is_still_the_same()
    {
        using TestFolder folder = new TestFolder().WithFile("before/f", "content");
        using DirectoryHandle handle = folder.Handle.OpenDirectory("before");

        folder.Handle.Rename("before", "after");

        Assert.That(handle.ReadText("f"), Is.EqualTo("content"));
    }
}
