using Bulkhead.Tests.Integration.Inside;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Mounts;

/// <summary>What the options of a file system's own mount do.</summary>
/// <remarks>runtime-spec, config.md, "Linux mount options"; mount(8).</remarks>
[TestFixture]
internal sealed class OptionTests
{
    [TestCase("ro", "ro"), TestCase("rw", "rw"), TestCase("nosuid", "nosuid"), TestCase("nodev", "nodev"), TestCase("noexec", "noexec"), TestCase("nodiratime", "nodiratime")]
    [TestCase("noatime", "noatime"), TestCase("relatime", "relatime"), TestCase("nosymfollow", "nosymfollow"), TestCase("defaults", "rw"), TestCase("loud", "rw"), TestCase("silent", "rw"), TestCase("iversion", "rw"), TestCase("noiversion", "rw")]
    [CancelAfter(30_000)]
    public void An_option_is_the_mounts(string option, string shown) => Assert.That(Mounted(option).Options, Does.Contain(shown));

    [TestCase("sync", "sync"), TestCase("dirsync", "dirsync"), TestCase("mand", "mand"), TestCase("lazytime", "lazytime"), TestCase("async", "rw"), TestCase("nomand", "rw"), TestCase("nolazytime", "rw")]
    [CancelAfter(30_000)]
    public void An_option_is_the_file_systems(string option, string shown) => Assert.That(Mounted(option).SuperOptions, Does.Contain(shown));

    [TestCase("suid", "nosuid"), TestCase("dev", "nodev"), TestCase("exec", "noexec"), TestCase("atime", "noatime"), TestCase("diratime", "nodiratime"), TestCase("symfollow", "nosymfollow"), TestCase("rw", "ro")]
    [CancelAfter(30_000)]
    public void A_later_option_takes_an_earlier_one_back(string option, string earlier) => Assert.That(Mounted(earlier, option).Options, Does.Not.Contain(earlier));

    [TestCase("strictatime"), TestCase("rstrictatime")]
    [CancelAfter(30_000)]
    public void Strict_access_times_are_the_absence_of_others(string option) => Assert.That(Bound("relatime", option).Options, Does.Not.Contain("relatime").And.Not.Contain("noatime"));

    [TestCase("rro", "ro"), TestCase("rnosuid", "nosuid"), TestCase("rnodev", "nodev"), TestCase("rnoexec", "noexec"), TestCase("rnodiratime", "nodiratime"), TestCase("rnoatime", "noatime"), TestCase("rrelatime", "relatime"), TestCase("rnosymfollow", "nosymfollow")]
    [CancelAfter(30_000)]
    public void A_recursive_option_goes_for_the_mount_itself(string option, string shown) => Assert.That(Bound(option).Options, Does.Contain(shown));

    [TestCase("rrw", "ro"), TestCase("rsuid", "nosuid"), TestCase("rdev", "nodev"), TestCase("rexec", "noexec"), TestCase("ratime", "noatime"), TestCase("rdiratime", "nodiratime"), TestCase("rsymfollow", "nosymfollow")]
    [CancelAfter(30_000)]
    public void A_recursive_option_takes_the_hosts_back(string option, string hosts)
    {
        using var container = TestContainer.From();
        using var host = new HostMount(container.Folder.File("host"));
        Host.Run("mount", "-o", $"remount,bind,{hosts}", host.Path);
        container.Bundle.Mount("/mnt", "bind", host.Path, "rbind", option).Process.Args("grep", " /mnt ", "/proc/self/mountinfo");
        container.Bundle.Save();

        Result result = container.Run().MustSucceed();

        Assert.That(MountEntry.Parse(result.Output).Options, Does.Not.Contain(hosts));
    }

    [TestCase("private", ""), TestCase("rslave", ""), TestCase("shared", "shared:"), TestCase("rshared", "shared:"), TestCase("unbindable", "unbindable"), TestCase("runbindable", "unbindable")]
    [CancelAfter(30_000)]
    public void A_propagation_is_the_mounts(string option, string shown) =>
        Assert.That(string.Join(' ', Mounted(option).Propagation), shown.Length == 0 ? Is.Empty : Does.StartWith(shown));

    [TestCase("size=1m,mode=711,uid=5"), TestCase("size=1m,mode=711", "uid=5", "ro")]
    [CancelAfter(30_000)]
    public void Several_options_can_stand_in_one_text(params string[] options)
    {
        MountEntry mount = Mounted(options);

        Assert.That(mount.SuperOptions, Does.Contain("size=1024k").And.Contain("mode=711").And.Contain("uid=5"));
        Assert.That(mount.Options, Does.Contain(options.Contains("ro") ? "ro" : "rw"));
    }

    [Test, CancelAfter(30_000)]
    public void A_long_option_is_passed_on()
    {
        using var container = TestContainer.From();
        string deep = string.Join('/', Enumerable.Repeat(new string('d', 60), 5));
        File.WriteAllText(container.Folder.Folder($"lower/{deep}") + "/file", "lower");
        string options = $"lowerdir={container.Folder.File($"lower/{deep}")},upperdir={container.Folder.Folder("upper")},workdir={container.Folder.Folder("work")}";
        container.Bundle.Mount("/mnt", "overlay", "overlay", [.. options.Split(','), "rprivate"]).Process.Args("cat", "/mnt/file");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("lower"), result.ToString());
    }

    [TestCase(5_000), TestCase(2_000_000)]
    [CancelAfter(30_000)]
    public void An_absurdly_long_option_is_refused(int length)
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/mnt", "tmpfs", "tmpfs", "size=" + new string('1', length)));

        Result result = container.Create();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("/mnt").Or.Contain("config.json"));
        Assert.That(result.Error, Has.Length.LessThan(5000));
        Assert.That(container.Left(), Is.Empty);
    }

    [TestCase("rsync"), TestCase("rmand"), TestCase("src=/etc"), TestCase("RO")]
    [CancelAfter(30_000)]
    public void An_unknown_option_is_left_to_the_file_system_whose_answer_names_it(string option)
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/mnt", "tmpfs", "tmpfs", option));

        Assert.That(container.Create().Error, Does.Contain("/mnt").And.Contain(option).And.Contain("EINVAL"));
    }

    [TestCase("sync"), TestCase("size=1m"), TestCase("mode=755"), TestCase("rsync"), TestCase("src=/etc"), TestCase("no-such-option")]
    [CancelAfter(30_000)]
    public void An_option_of_the_whole_file_system_has_no_effect_on_a_bind_mount_and_a_warning_says_so(string option)
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/mnt", "bind", "/etc", "bind", option).Process.Args("true"));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.Error, Does.Contain("mounts[7].options").And.Contain(option).And.Contain("no effect"));
    }

    [Test, CancelAfter(30_000)]
    public void A_queue_file_system_shows_the_containers_queues()
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/mnt", "mqueue", "mqueue", "nosuid", "nodev", "noexec").Process.Shell("touch /mnt/queue && ls /dev/mqueue"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("queue"), result.ToString());
        Assert.That(File.Exists("/dev/mqueue/queue"), Is.False);
    }

    [Test, CancelAfter(30_000)]
    public void Sysfs_is_the_hosts_and_read_only_in_a_user_namespace_without_a_network_namespace()
    {
        using var container = TestContainer.From(bundle => bundle.UserNamespace().WithoutNamespace("network").Process.Args("cat", "/proc/self/mountinfo"));
        container.Bundle.Array("mounts").RemoveAll(mount => (string?)mount!["type"] == "cgroup");
        container.Bundle.Save();

        Result result = container.Run();

        MountEntry[] mounts = result.MustSucceed().Lines.Select(MountEntry.Parse).Where(mount => mount.MountPoint.StartsWith("/sys", StringComparison.Ordinal) && mount.MountPoint != "/sys/firmware").ToArray();
        Assert.That(mounts[0].Type, Is.EqualTo("sysfs"));
        Assert.That(mounts.SelectMany(mount => new[] { "ro", "nosuid", "nodev", "noexec" }.Except(mount.Options)), Is.Empty);
    }

    private static MountEntry Mounted(params string[] options) => Show("tmpfs", "tmpfs", options);

    private static MountEntry Bound(params string[] options) => Show("bind", "/etc", ["rbind", .. options]);

    private static MountEntry Show(string type, string source, string[] options)
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/mnt", type, source, options).Process.Args("grep", " /mnt ", "/proc/self/mountinfo"));

        return MountEntry.Parse(container.Run().MustSucceed().Output);
    }
}
