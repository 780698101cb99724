using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using NUnit.Framework;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Tests.Unit.Linux;

[TestFixture]
internal sealed class RootedLookupTests
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [TestCase("/a/b", "/a/", "b")]
    [TestCase("/a/b//", "/a/", "b")]
    [TestCase("/a", "/", "a")]
    [TestCase("a/b", "a/", "b")]
    [TestCase("a", ".", "a")]
    [TestCase("a/", ".", "a")]
    [TestCase("//a", "//", "a")]
    [TestCase("/a/..", "/a/", "..")]
    [TestCase("/", ".", "")]
    [TestCase("", ".", "")]
    public void A_path_is_split_before_its_last_name(string path, string parent, string name) =>
        Assert.That(RootedLookup.Split(path), Is.EqualTo((parent, name)));

    [TestCase("file")]
    [TestCase("/file")]
    [TestCase("//dir/..//./file")]
    [TestCase("../../../file", TestName = "Two dots stop at the root")]
    [TestCase("dir/absolute")]
    [TestCase("dir/relative")]
    [TestCase("dir/above")]
    [TestCase("dir/chain")]
    [TestCase("todir/relative")]
    public void A_path_leads_to_what_is_inside(string path)
    {
        using TestFolder folder = new TestFolder().WithFile("file", "inside").WithLink("dir/absolute", "/file").WithLink("dir/relative", "../file")
            .WithLink("dir/above", "../../../../../../file").WithLink("dir/chain", "/todir/absolute").WithLink("todir", "/dir");

        using FileDescriptor file = folder.Lookup.Open(path, FileMode.Read);

        Assert.That(Encoding.UTF8.GetString(file.ReadToEnd(100)), Is.EqualTo("inside"));
    }

    [TestCase("../outside/secret")]
    [TestCase("/../outside/secret")]
    [TestCase("absolute")]
    [TestCase("relative")]
    [TestCase("parent/secret")]
    [TestCase("parent/../outside/secret")]
    [TestCase("dir/relative")]
    [TestCase("nothing")]
    [TestCase("dir/../nothing/secret")]
    public void What_is_outside_is_not_there(string path)
    {
        using TestFolder folder = new TestFolder().WithLink("absolute", "{outside}/secret").WithLink("relative", "../outside/secret")
            .WithLink("parent", "{outside}").WithLink("dir/relative", "../../outside/secret");

        Assert.That(folder.Lookup.TryOpenExisting(path, FileMode.Read), Is.Null);
        Assert.That(
            () => folder.Lookup.Open(path, FileMode.Read),
            Throws.TypeOf<LinuxException>().With.Message.EqualTo($"openat2 {folder.Root}/{path.TrimStart('/')}: No such file or directory (ENOENT)"));
        Assert.That(() => folder.Lookup.OpenDirectory(path), Throws.TypeOf<LinuxException>());
    }

    [TestCase("")]
    [TestCase("/")]
    [TestCase(".")]
    [TestCase("..")]
    [TestCase("/../..")]
    [TestCase("root")]
    [TestCase("up")]
    public void The_root_has_no_parent(string path)
    {
        using TestFolder folder = new TestFolder().WithLink("root", "/").WithLink("up", "../../..");

        using DirectoryHandle directory = folder.Lookup.OpenDirectory(path);

        Assert.That(folder.PlaceOf(directory), Is.Empty);
    }

    [TestCase("self")]
    [TestCase("a")]
    [TestCase("b/x")]
    [TestCase("grows")]
    public void Links_that_lead_nowhere_end_with_ELOOP(string path)
    {
        using TestFolder folder = new TestFolder().WithLink("self", "self").WithLink("a", "/b").WithLink("b", "a").WithLink("grows", "grows/more");

        Assert.That(Error(() => folder.Lookup.Open(path, FileMode.Read)), Is.EqualTo(Errno.ELOOP));
        Assert.That(Error(() => folder.Lookup.TryOpenExisting(path, FileMode.Read)), Is.EqualTo(Errno.ELOOP));
        Assert.That(Error(() => folder.Lookup.MakeDirectories(path, Private)), Is.EqualTo(Errno.ELOOP));
        Assert.That(Error(() => folder.Lookup.MakeFile(path, PrivateFile, Private)), Is.EqualTo(Errno.ELOOP));
        Assert.That(folder.Everything(), Is.EqualTo(new[] { "a", "b", "grows", "self" }));
    }

    [TestCase(40, true)]
    [TestCase(41, false)]
    public void A_chain_has_at_most_as_many_links_as_the_kernel_follows(int length, bool follows)
    {
        using TestFolder folder = new TestFolder().WithFile("0", "end");
        for (int i = 1; i <= length; i++)
        {
            folder.WithLink($"{i}", $"/{i - 1}");
        }

        Assert.That(
            Error(() => folder.Lookup.Open($"{length}", FileMode.Read)),
            Is.EqualTo(follows ? Errno.None : Errno.ELOOP));
    }

    [TestCase("file")]
    [TestCase("link")]
    [TestCase("file/below")]
    public void A_file_is_no_directory(string path)
    {
        using TestFolder folder = new TestFolder().WithFile("file", "kept").WithLink("link", "/file");

        Assert.That(Error(() => folder.Lookup.OpenDirectory(path)), Is.EqualTo(Errno.ENOTDIR));
        Assert.That(Error(() => folder.Lookup.MakeDirectories(path, Private)), Is.EqualTo(Errno.ENOTDIR));
        Assert.That(folder.Read("file"), Is.EqualTo("kept"));
    }

    [Test]
    public void What_is_below_a_file_is_neither_there_nor_made()
    {
        using TestFolder folder = new TestFolder().WithFile("file", "kept");

        Assert.That(folder.Lookup.TryOpenExisting("file/below", FileMode.Read), Is.Null);
        Assert.That(Error(() => folder.Lookup.MakeFile("file/below", PrivateFile, Private)), Is.EqualTo(Errno.ENOTDIR));
        Assert.That(folder.Everything(), Is.EqualTo(new[] { "file" }));
    }

    [Test]
    public void A_name_that_is_too_long_is_refused()
    {
        using TestFolder folder = new();
        string name = new('x', 256);

        Assert.That(Error(() => folder.Lookup.Open(name, FileMode.Read)), Is.EqualTo(Errno.ENAMETOOLONG));
        Assert.That(Error(() => folder.Lookup.MakeDirectories($"a/{name}", Private)), Is.EqualTo(Errno.ENAMETOOLONG));
    }

    [TestCase("a/b/c", "/a/b/c")]
    [TestCase("/a//./b/", "/a/b")]
    [TestCase("", "")]
    [TestCase("/", "")]
    [TestCase("there/new", "/there/new")]
    [TestCase("there", "/there")]
    [TestCase("there/../new", "/new")]
    [TestCase("../../new", "/new")]
    [TestCase("todir/x/y", "/there/x/y", TestName = "A link to a directory is followed")]
    [TestCase("absolute", "/made/here")]
    [TestCase("absolute/x/y", "/made/here/x/y")]
    [TestCase("there/relative/x", "/there/made/x")]
    [TestCase("there/above/x", "/made/x", TestName = "A dangling link above the root is followed below it")]
    [TestCase("chain/x", "/made/here/x")]
    [TestCase("todir/relative", "/there/made")]
    public void Missing_directories_are_made_inside(string path, string place)
    {
        using TestFolder folder = new TestFolder().WithDirectory("there").WithLink("todir", "/there").WithLink("absolute", "/made/here")
            .WithLink("there/relative", "made").WithLink("there/above", "../../../../made").WithLink("chain", "there/second").WithLink("there/second", "../absolute");

        using DirectoryHandle made = folder.Lookup.MakeDirectories(path, Private);

        Assert.That(folder.PlaceOf(made), Is.EqualTo(place));
        Assert.That(made.Status().IsDirectory, Is.True);
        Assert.That(folder.IsOutsideUntouched, Is.True);
    }

    [TestCase("a/b/c", "/a/b/c")]
    [TestCase("new", "/new")]
    [TestCase("/new", "/new")]
    [TestCase("../new", "/new")]
    [TestCase("todir/x", "/there/x")]
    [TestCase("absolute", "/made/here")]
    [TestCase("there/relative", "/there/made/deep")]
    [TestCase("there/above", "/made")]
    [TestCase("chain", "/made/here")]
    [TestCase("there/file", "/there/file")]
    [TestCase("there", "/there", TestName = "A directory that is there is left as it is")]
    public void A_missing_file_is_made_inside(string path, string place)
    {
        using TestFolder folder = new TestFolder().WithFile("there/file", "kept").WithLink("todir", "/there").WithLink("absolute", "/made/here")
            .WithLink("there/relative", "made/deep").WithLink("there/above", "../../../../made").WithLink("chain", "there/second").WithLink("there/second", "../absolute");

        using FileDescriptor made = folder.Lookup.MakeFile(path, PrivateFile, Private);

        Assert.That(folder.PlaceOf(made), Is.EqualTo(place));
        Assert.That(folder.Read("there/file"), Is.EqualTo("kept"));
        Assert.That(folder.IsOutsideUntouched, Is.True);
    }

    [TestCase("absolute")]
    [TestCase("relative")]
    [TestCase("dir/relative")]
    [TestCase("parent/x")]
    [TestCase("parent/../../outside/x")]
    [TestCase("../outside/x")]
    [TestCase("new/link/../../../../outside/x")]
    [TestCase("dangling/../../../outside/x")]
    public void Nothing_is_ever_made_outside(string path)
    {
        foreach (bool file in (bool[])[false, true])
        {
            using TestFolder folder = new TestFolder().WithLink("absolute", "{outside}/x").WithLink("relative", "../outside/x").WithLink("parent", "{outside}")
                .WithLink("dir/relative", "../../outside/x").WithLink("dangling", "gone/../../../outside");

            Errno error = Error(() =>
            {
                using FileDescriptor made = file ? folder.Lookup.MakeFile(path, PrivateFile, Private) : folder.Lookup.MakeDirectories(path, Private);
                Assert.That(folder.PlaceOf(made), Does.StartWith("/"));
            });

            Assert.That(error, Is.EqualTo(Errno.None).Or.EqualTo(Errno.EXDEV));
            Assert.That(folder.IsOutsideUntouched, Is.True);
        }
    }

    [Test]
    public void What_is_made_has_the_permissions_that_are_asked_for()
    {
        using TestFolder folder = new();

        using FileDescriptor file = folder.Lookup.MakeFile("a/f", UnixFileMode.UserRead, Private);

        Assert.That(file.Status().Permissions, Is.EqualTo(UnixFileMode.UserRead));
        Assert.That((file.Status().Kind, file.Status().Size), Is.EqualTo((FileKind.Regular, 0L)));
        Assert.That(folder.Handle.StatusOf("a")!.Value.Permissions, Is.EqualTo(Private));
    }

    private static Errno Error(Action act)
    {
        try
        {
            act();
            return Errno.None;
        }
        catch (LinuxException error)
        {
            return error.Error;
        }
    }

    private static Errno Error(Func<FileDescriptor?> open) => Error(() =>
    {
        using FileDescriptor? _ = open();
    });
}
