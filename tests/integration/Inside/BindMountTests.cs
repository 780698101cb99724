using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>Files and folders of the host in the container, and the options of such mounts.</summary>
[TestFixture]
internal sealed class BindMountTests
{
    [Test, CancelAfter(30_000)]
    public void A_file_is_shown_and_can_be_written()
    {
        using var container = TestContainer.From();
        string file = container.Folder.Write("shared", "before");
        container.Bundle.Mount("/etc/shared", "bind", file, "bind").Process.Shell("cat /etc/shared; echo after >/etc/shared");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("before"), result.ToString());
        Assert.That(File.ReadAllText(file), Is.EqualTo("after\n"));
    }

    [Test, CancelAfter(30_000)]
    public void A_folder_is_shown_under_the_type_none_as_well()
    {
        using var container = TestContainer.From();
        string folder = container.Folder.Folder("shared");
        container.Bundle.Mount("/mnt", "none", folder, "rbind").Process.Shell("touch /mnt/made");
        container.Bundle.Save();

        container.Run().MustSucceed();

        Assert.That(File.Exists(folder + "/made"), Is.True);
    }

    [Test, CancelAfter(30_000)]
    public void A_relative_source_is_relative_to_the_bundle()
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/mnt", "bind", "data/in", "bind").Process.Args("cat", "/mnt/file"));
        Directory.CreateDirectory(Path.Combine(container.Bundle.Path, "data/in"));
        File.WriteAllText(Path.Combine(container.Bundle.Path, "data/in/file"), "of the bundle");
        container.Runtime.WorkingDirectory = "/";

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("of the bundle"), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_source_that_is_a_link_shows_what_it_leads_to()
    {
        using var container = TestContainer.From();
        string link = container.Folder.File("link");
        File.CreateSymbolicLink(link, container.Folder.Write("file", "behind the link"));
        container.Bundle.Mount("/etc/shown", "bind", link, "bind").Process.Args("cat", "/etc/shown");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("behind the link"), result.ToString());
    }

    [TestCase("ro", "ro"), TestCase("rw", "rw"), TestCase("nosuid", "nosuid"), TestCase("nodev", "nodev"), TestCase("noexec", "noexec")]
    [TestCase("noatime", "noatime"), TestCase("relatime", "relatime"), TestCase("nodiratime", "nodiratime"), TestCase("nosymfollow", "nosymfollow")]
    [CancelAfter(30_000)]
    public void An_option_of_a_bind_mount_is_the_mounts_own(string option, string shown)
    {
        using var container = TestContainer.From();
        string folder = container.Folder.Folder("shared");
        container.Bundle.Mount("/mnt", "bind", folder, "bind", option).Process.Args("cat", "/proc/self/mountinfo");
        container.Bundle.Save();

        Result result = container.Run().MustSucceed();

        MountEntry mount = result.Lines.Select(MountEntry.Parse).Single(mount => mount.MountPoint == "/mnt");
        Assert.That(mount.Options, Does.Contain(shown));
        Assert.That(mount.SuperOptions, Does.Contain("rw"), "the file system itself stays as it is");
    }

    [Test, CancelAfter(30_000)]
    public void Options_have_their_effect()
    {
        using var container = TestContainer.From();
        string folder = container.Folder.Folder("shared");
        Host.Shell($"cp /bin/busybox {folder}/busybox; mknod {folder}/null c 1 3; chmod 666 {folder}/null");
        container.Bundle.Mount("/mnt", "bind", folder, "bind", "ro", "noexec", "nodev").Process.Shell("touch /mnt/x; /mnt/busybox true; echo x >/mnt/null");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Error, Does.Contain("/mnt/x: Read-only file system").And.Contain("/mnt/busybox: Permission denied").And.Contain("/mnt/null: Permission denied"));
    }

    [Test, CancelAfter(30_000)]
    public void The_options_of_the_host_stay_unless_they_are_named()
    {
        using var container = TestContainer.From();
        using var host = new HostMount(container.Folder.File("host"), "-o", "nosuid,nodev,noexec,noatime");
        container.Bundle.Mount("/mnt", "bind", host.Path, "bind").Mount("/home", "bind", host.Path, "bind", "exec", "ro").Process.Args("cat", "/proc/self/mountinfo");
        container.Bundle.Save();

        Result result = container.Run().MustSucceed();

        MountEntry[] mounts = result.Lines.Select(MountEntry.Parse).ToArray();
        Assert.That(mounts.Single(mount => mount.MountPoint == "/mnt").Options, Is.EquivalentTo(new[] { "rw", "nosuid", "nodev", "noexec", "noatime" }));
        Assert.That(mounts.Single(mount => mount.MountPoint == "/home").Options, Is.EquivalentTo(new[] { "ro", "nosuid", "nodev", "noatime" }));
        Assert.That(MountEntry.Read("self").Single(mount => mount.MountPoint == host.Path).Options, Does.Contain("rw").And.Contain("noexec"));
    }

    [TestCase("bind", false), TestCase("rbind", true)]
    [CancelAfter(30_000)]
    public void Only_a_recursive_bind_takes_along_what_is_mounted_below(string option, bool shown)
    {
        using var container = TestContainer.From();
        using var host = new HostMount(container.Folder.File("host"));
        using var below = new HostMount(host.Folder("below"));
        File.WriteAllText(below.Path + "/file", "");
        container.Bundle.Mount("/mnt", "bind", host.Path, option).Process.Args("ls", "/mnt/below");
        container.Bundle.Save();

        Result result = container.Run().MustSucceed();

        Assert.That(result.Output, Is.EqualTo(shown ? "file" : ""));
    }

    [TestCase("ro", "ro", "rw"), TestCase("rro", "ro", "ro"), TestCase("rnoexec", "noexec", "noexec"), TestCase("rnosuid", "nosuid", "nosuid")]
    [TestCase("rnodev", "nodev", "nodev"), TestCase("rnoatime", "noatime", "noatime")]
    [CancelAfter(30_000)]
    public void Only_an_option_with_an_r_in_front_goes_for_what_is_mounted_below(string option, string top, string below)
    {
        using var container = TestContainer.From();
        using var host = new HostMount(container.Folder.File("host"));
        using var inner = new HostMount(host.Folder("below"));
        container.Bundle.Mount("/mnt", "bind", host.Path, "rbind", option).Process.Args("cat", "/proc/self/mountinfo");
        container.Bundle.Save();

        Result result = container.Run().MustSucceed();

        MountEntry[] mounts = result.Lines.Select(MountEntry.Parse).ToArray();
        Assert.That(mounts.Single(mount => mount.MountPoint == "/mnt").Options, Does.Contain(top));
        Assert.That(mounts.Single(mount => mount.MountPoint == "/mnt/below").Options, Does.Contain(below));
        Assert.That(MountEntry.Read("self").Single(mount => mount.MountPoint == inner.Path).Options, Does.Contain("rw"));
    }

    [Test, CancelAfter(30_000)]
    public void A_missing_source_is_refused_and_leaves_nothing_mounted()
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/mnt", "bind", "/no/such/place", "bind"));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("/mnt").And.Contain("/no/such/place").And.Contain("No such file or directory"));
    }

    [Test, CancelAfter(30_000)]
    public void A_later_mount_covers_an_earlier_one()
    {
        using var container = TestContainer.From();
        File.WriteAllText(container.Folder.Folder("first") + "/one", "");
        File.WriteAllText(container.Folder.Folder("second") + "/two", "");
        container.Bundle.Mount("/mnt", "bind", container.Folder.File("first"), "bind").Mount("/mnt", "bind", container.Folder.File("second"), "bind").Process.Args("ls", "/mnt");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("two"), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_remount_changes_the_options_of_what_is_mounted()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.Mount("/mnt", "tmpfs", "tmpfs", "size=1m").Mount("/mnt", "", "", "remount", "ro", "nosuid", "nodev");
            bundle.Process.Shell("grep ' /mnt ' /proc/self/mountinfo; touch /mnt/file");
        });

        Result result = container.Run();

        Assert.That(MountEntry.Parse(result.Output).Options, Does.Contain("ro").And.Contain("nosuid").And.Contain("nodev"), result.ToString());
        Assert.That(result.Error, Does.Contain("Read-only file system"));
    }

    [Test, CancelAfter(30_000)]
    public void The_whole_of_dev_can_be_the_hosts_and_gets_nothing_new()
    {
        using var container = TestContainer.From();
        using var dev = new HostMount(container.Folder.File("dev"), "-o", "mode=755");
        Host.Shell($"mknod {dev.Path}/null c 1 3; echo keep >{dev.Path}/kept");
        container.Bundle.Array("mounts").RemoveAll(mount => ((string)mount!["destination"]!).StartsWith("/dev", StringComparison.Ordinal));
        container.Bundle.Mount("/dev", "bind", dev.Path, "rbind").Process.Args("ls", "/dev");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "kept", "null" }), result.ToString());
        Assert.That(Directory.GetFileSystemEntries(dev.Path), Has.Length.EqualTo(2));
    }
}
