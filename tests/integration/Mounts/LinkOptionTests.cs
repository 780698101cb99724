using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Mounts;

/// <summary>What is done with symbolic links, in crun's words: <c>copy-symlink</c>, <c>src-nofollow</c>, <c>dest-nofollow</c>.</summary>
[TestFixture]
internal sealed class LinkOptionTests
{
    [Test, CancelAfter(30_000)]
    public void A_link_is_made_anew_where_it_is_to_be_copied()
    {
        using var container = TestContainer.From();
        container.Bundle.Mount("/deep/er/link", "bind", Link(container, "no/such/place"), "bind", "copy-symlink").Process.Shell("readlink /deep/er/link; grep -c /deep /proc/self/mountinfo");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "no/such/place", "0" }), result.ToString());
    }

    [TestCase("no/such/place", true), TestCase("other", false)]
    [CancelAfter(30_000)]
    public void The_link_may_be_there_already(string existing, bool same)
    {
        using var container = TestContainer.From();
        File.CreateSymbolicLink(container.Bundle.Rootfs + "/link", existing);
        container.Bundle.Mount("/link", "bind", Link(container, "no/such/place"), "bind", "copy-symlink").Process.Args("true");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(same ? 0 : 1), result.ToString());
        Assert.That(result.Error, same ? Is.Empty : Does.Contain("/link exists and is not a link to no/such/place"));
    }

    [Test, CancelAfter(30_000)]
    public void What_is_no_link_is_mounted()
    {
        using var container = TestContainer.From();
        container.Bundle.Mount("/etc/file", "bind", container.Folder.Write("file", "shown"), "bind", "copy-symlink").Process.Args("cat", "/etc/file");
        container.Bundle.Save();

        Assert.That(container.Run().Output, Is.EqualTo("shown"));
    }

    [Test, CancelAfter(30_000)]
    public void A_link_itself_can_be_mounted_on_a_link()
    {
        using var container = TestContainer.From();
        File.CreateSymbolicLink(container.Bundle.Rootfs + "/link", "etc/hostname");
        container.Bundle.Mount("/link", "bind", Link(container, "from/the/host"), "bind", "src-nofollow", "dest-nofollow").Process.Shell("readlink /link; cat /etc/hostname");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "from/the/host", "rootfs" }), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_link_can_be_covered_by_a_file()
    {
        using var container = TestContainer.From();
        File.CreateSymbolicLink(container.Bundle.Rootfs + "/link", "etc/hostname");
        container.Bundle.Mount("/link", "bind", container.Folder.Write("file", "shown\n"), "bind", "dest-nofollow").Process.Args("cat", "/link", "/etc/hostname");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "shown", "rootfs" }), result.ToString());
    }

    [TestCase("bind", "copy-symlink src-nofollow", "copy-symlink excludes"), TestCase("bind", "copy-symlink dest-nofollow", "copy-symlink excludes"), TestCase("tmpfs", "src-nofollow", "are for a bind mount")]
    [CancelAfter(30_000)]
    public void What_can_not_be_meant_is_refused(string type, string options, string message)
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/mnt", type, "/etc", options.Split(' ')));

        Assert.That(container.Create().Error, Does.Contain("mounts[7].options").And.Contain(message));
    }

    private static string Link(TestContainer container, string target)
    {
        string link = container.Folder.File("source-link");
        File.CreateSymbolicLink(link, target);
        return link;
    }
}
