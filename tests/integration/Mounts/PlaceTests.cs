using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Mounts;

/// <summary>Where a mount may go, and where not.</summary>
[TestFixture]
internal sealed class PlaceTests
{
    [TestCase("/proc/cpuinfo"), TestCase("/proc/meminfo"), TestCase("/proc/stat"), TestCase("/proc/uptime"), TestCase("/proc/sys/kernel/ns_last_pid")]
    [CancelAfter(30_000)]
    public void What_lxcfs_shows_can_be_mounted_in_proc(string destination)
    {
        using var container = TestContainer.From();
        container.Bundle.Mount(destination, "bind", container.Folder.Write("file", "shown"), "bind").Process.Args("cat", destination);
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("shown"), result.ToString());
    }

    [TestCase("/proc/self/attr/exec"), TestCase("/proc/sys/kernel/core_pattern"), TestCase("/proc/sys"), TestCase("/proc/../proc/kallsyms"), TestCase("/link/sys"), TestCase("/proc/new")]
    [CancelAfter(30_000)]
    public void Nothing_else_can_be_mounted_in_proc(string destination)
    {
        using var container = TestContainer.From(bundle => File.CreateSymbolicLink(bundle.Rootfs + "/link", "proc"));
        string source = destination.EndsWith("sys", StringComparison.Ordinal) ? container.Folder.Folder("folder") : container.Folder.Write("file", "shown");
        container.Bundle.Mount(destination, "bind", source, "bind");
        container.Bundle.Save();

        Result result = container.Create();

        Assert.That(result.ExitCode, Is.EqualTo(1), result.ToString());
        Assert.That(result.Error, Does.Contain(destination));
        Assert.That(container.Left(), Is.Empty);
    }

    [TestCase("tmpfs", "tmpfs"), TestCase("bind", "/etc")]
    [CancelAfter(30_000)]
    public void Only_procfs_can_be_mounted_at_proc(string type, string source)
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/proc", type, source, type == "bind" ? ["bind"] : []));

        Assert.That(container.Create().Error, Does.Contain("/proc").And.Contain("only procfs can be mounted there"));
    }

    [Test, CancelAfter(30_000)]
    public void The_hosts_procfs_can_be_bound_at_proc()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.Array("mounts").RemoveAll(mount => (string)mount!["destination"]! == "/proc");
            bundle.WithoutNamespace("pid").Mount("/proc", "bind", "/proc", "rbind").Process.Args("cat", "/proc/self/comm");
        });

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("cat"), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void Proc_can_be_mounted_without_a_pid_namespace()
    {
        using var container = TestContainer.From(bundle => bundle.WithoutNamespace("pid").Process.Shell("tr '\\0' ' ' </proc/1/cmdline"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo(File.ReadAllText("/proc/1/cmdline").Replace('\0', ' ')), result.ToString());
    }

    [TestCase("/"), TestCase("//"), TestCase("/link"), TestCase("/etc/.."), TestCase("/..")]
    [CancelAfter(30_000)]
    public void Nothing_can_be_mounted_over_the_root(string destination)
    {
        using var container = TestContainer.From(bundle =>
        {
            File.CreateSymbolicLink(bundle.Rootfs + "/link", "/");
            bundle.Mount(destination, "tmpfs", "tmpfs");
        });

        Assert.That(container.Create().Error, Does.Contain("it is the container's root"));
    }

    [Test, CancelAfter(30_000)]
    public void A_relative_destination_is_taken_from_the_root_with_a_warning()
    {
        using var container = TestContainer.From(bundle => bundle.Mount("some/where", "tmpfs", "tmpfs").Process.Shell("grep -c ' /some/where ' /proc/self/mountinfo"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("1"), result.ToString());
        Assert.That(result.Error, Does.Contain("mounts[7].destination").And.Contain("deprecated"));
    }

    [Test, CancelAfter(30_000)]
    public void A_file_can_not_be_mounted_over_a_folder_nor_a_folder_over_a_file()
    {
        using var file = TestContainer.From();
        file.Bundle.Mount("/mnt", "bind", file.Folder.Write("file", ""), "bind");
        file.Bundle.Save();
        using var folder = TestContainer.From();
        folder.Bundle.Mount("/etc/passwd", "bind", folder.Folder.Folder("folder"), "bind");
        folder.Bundle.Save();

        Assert.That(file.Create().Error, Does.Contain("/mnt is a directory, and the source"));
        Assert.That(folder.Create().Error, Does.Contain("/etc/passwd").And.Contain("ENOTDIR"));
    }

    [Test, CancelAfter(30_000)]
    public void A_file_can_be_mounted_over_a_device_of_the_containers()
    {
        using var container = TestContainer.From(bundle => bundle.Write("dev/stdin", ""));
        container.Bundle.Array("mounts").RemoveAll(mount => ((string)mount!["destination"]!).StartsWith("/dev", StringComparison.Ordinal));
        container.Bundle.Mount("/dev/stdin", "bind", container.Folder.Write("file", "shown"), "bind").Writable().Process.Args("cat", "/dev/stdin");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("shown"), result.ToString());
    }

    [TestCase("proc"), TestCase("sysfs")]
    [CancelAfter(30_000)]
    public void Proc_and_sysfs_are_not_mounted_through_a_link(string type)
    {
        using var container = TestContainer.From(bundle =>
        {
            File.CreateSymbolicLink(bundle.Rootfs + "/link", "mnt");
            bundle.Mount("/link", type, type);
        });

        Assert.That(container.Create().Error, Does.Contain("/link is not a directory"));
    }

    [Test, CancelAfter(60_000)]
    public void A_thousand_mounts_can_be_made()
    {
        using var container = TestContainer.From(bundle =>
        {
            for (int i = 0; i < 1000; i++)
            {
                bundle.Mount($"/mnt/m{i}", "bind", "/etc", "bind", "ro");
            }

            bundle.Process.Shell("grep -c ' /mnt/m' /proc/self/mountinfo");
        });

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("1000"), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_mount_can_be_made_in_another()
    {
        using var container = TestContainer.From(bundle => bundle
            .Mount("/mnt", "tmpfs", "tmpfs", "ro").Mount("/mnt/a", "tmpfs", "tmpfs", "ro").Mount("/mnt/a/b", "tmpfs", "tmpfs", "size=1m")
            .Process.Shell("touch /mnt/a/b/file && echo inner; touch /mnt/file; touch /mnt/a/file"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("inner"), result.ToString());
        Assert.That(result.Error, Does.Contain("/mnt/file: Read-only").And.Contain("/mnt/a/file: Read-only"));
    }

    [Test, CancelAfter(30_000)]
    public void A_read_only_dev_has_its_devices()
    {
        using var container = TestContainer.From(bundle =>
        {
            ((System.Text.Json.Nodes.JsonArray)bundle.Array("mounts").Single(mount => (string)mount!["destination"]! == "/dev")!["options"]!).Add("ro");
            bundle.Process.Shell("echo x >/dev/null && echo null; ls /dev/shm && echo shm; touch /dev/new");
        });

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "null", "shm" }), result.ToString());
        Assert.That(result.Error, Does.Contain("/dev/new: Read-only file system"));
    }

    [Test, CancelAfter(30_000)]
    public void A_source_that_the_containers_root_can_not_reach_is_mounted_all_the_same()
    {
        using var container = TestContainer.From(bundle => bundle.UserNamespace());
        string closed = container.Folder.Folder("closed");
        File.WriteAllText(closed + "/file", "shown");
        File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        container.Bundle.Mount("/etc/hostname", "bind", closed + "/file", "bind").Mount("/etc/group", "bind", closed + "/../closed/file", "rbind", "ro").Process.Args("cat", "/etc/hostname", "/etc/group");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("shownshown"), result.ToString());
    }
}
