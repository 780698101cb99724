using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>Where in the root file system a mount goes.</summary>
[TestFixture]
internal sealed class MountDestinationTests
{
    [Test, CancelAfter(30_000)]
    public void A_missing_folder_is_made()
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/one/two/three", "tmpfs", "tmpfs").Process.Shell("grep -c ' /one/two/three ' /proc/self/mountinfo; stat -c '%a %u' /one /one/two"));

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "1", "755 0", "755 0" }), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_missing_file_is_made_for_a_bound_file()
    {
        using var container = TestContainer.From();
        container.Bundle.Mount("/new/place/file", "bind", container.Folder.Write("source", "shown"), "bind").Process.Args("cat", "/new/place/file");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("shown"), result.ToString());
        Assert.That(new FileInfo(Path.Combine(container.Bundle.Rootfs, "new/place/file")).Length, Is.Zero);
    }

    [TestCase("/real/folder"), TestCase("real/folder"), TestCase("../../../../real/folder"), TestCase("/real/../real/./folder")]
    [CancelAfter(30_000)]
    public void A_link_on_the_way_is_followed_inside_the_root(string target)
    {
        using var container = TestContainer.From(bundle =>
        {
            Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "real/folder"));
            File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "link"), target);
            bundle.Mount("/link/deep", "tmpfs", "tmpfs").Process.Args("cut", "-d ", "-f5", "/proc/self/mountinfo");
        });

        Result result = container.Run();

        Assert.That(result.Lines, Does.Contain("/real/folder/deep"), result.ToString());
    }

    [TestCase("/made/by/mount"), TestCase("made/by/mount"), TestCase("../../made/by/mount")]
    [CancelAfter(30_000)]
    public void What_a_dangling_link_names_is_made_inside_the_root(string target)
    {
        using var container = TestContainer.From(bundle =>
        {
            File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "link"), target);
            bundle.Mount("/link", "tmpfs", "tmpfs").Process.Args("cut", "-d ", "-f5", "/proc/self/mountinfo");
        });

        Result result = container.Run();

        Assert.That(result.Lines, Does.Contain("/made/by/mount"), result.ToString());
        Assert.That(Directory.Exists("/made"), Is.False);
    }

    [Test, CancelAfter(30_000)]
    public void A_bound_file_goes_through_a_dangling_link_as_well()
    {
        using var container = TestContainer.From();
        File.CreateSymbolicLink(Path.Combine(container.Bundle.Rootfs, "etc/resolv.conf"), "../run/resolve/stub.conf");
        container.Bundle.Mount("/etc/resolv.conf", "bind", container.Folder.Write("source", "nameserver"), "bind").Process.Shell("cat /etc/resolv.conf /run/resolve/stub.conf");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("nameservernameserver"), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void Links_that_lead_to_each_other_are_refused()
    {
        using var container = TestContainer.From(bundle =>
        {
            File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "one"), "two");
            File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "two"), "one");
            bundle.Mount("/one/place", "tmpfs", "tmpfs");
        });

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("/one/place").And.Contain("ELOOP"));
    }

    [Test, CancelAfter(30_000)]
    public void A_folder_can_not_be_mounted_over_a_file()
    {
        using var container = TestContainer.From(bundle => bundle.Write("file", "").Mount("/file", "tmpfs", "tmpfs"));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("/file").And.Contain("ENOTDIR"));
    }

    [Test, CancelAfter(30_000)]
    public void A_mount_below_dev_goes_on_top_of_the_containers_own_dev()
    {
        using var container = TestContainer.From();
        container.Bundle.Mount("/dev/own/file", "bind", container.Folder.Write("source", "shown"), "bind").Mount("/dev/shm", "tmpfs", "mine", "size=1m").Process.Shell("cat /dev/own/file; grep ' /dev/shm ' /proc/mounts | tail -1 | cut -d' ' -f1");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "shownmine" }), result.ToString());
        Assert.That(Directory.Exists(Path.Combine(container.Bundle.Rootfs, "dev/own")), Is.False);
    }

    [Test, CancelAfter(30_000)]
    public void A_tmpfs_has_the_size_and_mode_that_it_is_told()
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/mnt", "tmpfs", "tmpfs", "size=2m", "mode=1711", "uid=7", "gid=8", "nr_inodes=50").Process.Shell("stat -c '%a %u %g' /mnt; df -k /mnt | tail -1 | tr -s ' ' | cut -d' ' -f2; df -i /mnt | tail -1 | tr -s ' ' | cut -d' ' -f2"));

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "1711 7 8", "2048", "50" }), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_tmpfs_takes_the_mode_of_the_folder_that_it_covers()
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/tmp", "tmpfs", "tmpfs").Mount("/root", "tmpfs", "tmpfs").Process.Args("stat", "-c", "%a", "/tmp", "/root"));
        File.SetUnixFileMode(Path.Combine(container.Bundle.Rootfs, "root"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "1777", "700" }), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void An_option_that_the_file_system_does_not_know_is_named_in_the_error()
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/mnt", "tmpfs", "tmpfs", "no-such-option=1"));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("/mnt").And.Contain("no-such-option"));
    }

    [Test, CancelAfter(30_000)]
    public void An_overlay_can_be_mounted()
    {
        using var container = TestContainer.From();
        File.WriteAllText(container.Folder.Folder("lower") + "/file", "lower");
        string options = $"lowerdir={container.Folder.File("lower")},upperdir={container.Folder.Folder("upper")},workdir={container.Folder.Folder("work")}";
        container.Bundle.Mount("/mnt", "overlay", "overlay", options.Split(',')).Process.Shell("cat /mnt/file; echo upper >/mnt/file");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("lower"), result.ToString());
        Assert.That(File.ReadAllText(container.Folder.File("upper/file")), Is.EqualTo("upper\n"));
    }
}
