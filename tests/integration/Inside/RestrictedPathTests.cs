using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>Paths that the container is not to see, or not to change.</summary>
[TestFixture]
internal sealed class RestrictedPathTests
{
    [Test, CancelAfter(30_000)]
    public void A_masked_file_is_empty_and_a_masked_folder_has_nothing_in_it()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.Write("secret/file", "secret").Write("folder/inner", "secret").Write("second/inner", "secret").Writable();
            bundle.Set("linux.maskedPaths", new System.Text.Json.Nodes.JsonArray("/secret/file", "/folder", "/second", "/no/such/path"));
            bundle.Process.Shell("cat /secret/file; ls -A /folder /second; touch /folder/new; echo x >/secret/file; stat -c %t:%T /secret/file");
        });

        Result result = container.Run();

        Assert.That(result.Output, Does.Not.Contain("secret\n").And.Not.Contain("inner").And.EndsWith("1:3"), result.ToString());
        Assert.That(result.Error, Does.Contain("/folder/new: Read-only file system"));
        Assert.That(File.ReadAllText(Path.Combine(container.Bundle.Rootfs, "secret/file")), Is.EqualTo("secret"));
    }

    [Test, CancelAfter(30_000)]
    public void A_read_only_path_can_be_read_and_not_written()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.Write("data/file", "kept").Write("single", "kept").Writable();
            bundle.Set("linux.readonlyPaths", new System.Text.Json.Nodes.JsonArray("/data", "/single", "/no/such/path"));
            bundle.Process.Shell("cat /data/file /single; echo x >/data/file; echo x >/single; touch /data/new; touch /other && echo other");
        });

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "keptkeptother" }), result.ToString());
        Assert.That(result.Error.Split('\n').Count(line => line.Contains("Read-only file system", StringComparison.Ordinal)), Is.EqualTo(3));
    }

    [Test, CancelAfter(30_000)]
    public void A_read_only_path_keeps_what_is_mounted_below_it()
    {
        using var container = TestContainer.From();
        using var host = new HostMount(container.Folder.File("host"));
        using var below = new HostMount(host.Folder("below"));
        File.WriteAllText(below.Path + "/file", "");
        container.Bundle.Mount("/mnt", "bind", host.Path, "rbind").Set("linux.readonlyPaths", new System.Text.Json.Nodes.JsonArray("/mnt")).Process.Shell("ls /mnt/below; touch /mnt/new");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("file"), result.ToString());
        Assert.That(result.Error, Does.Contain("Read-only file system"));
    }

    [Test, CancelAfter(30_000)]
    public void A_masked_path_is_masked_where_a_link_leads()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.Write("real/secret", "secret");
            File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "link"), "/real");
            bundle.Set("linux.maskedPaths", new System.Text.Json.Nodes.JsonArray("/link/secret")).Process.Args("cat", "/real/secret");
        });

        Result result = container.Run().MustSucceed();

        Assert.That(result.Output, Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Paths_of_procfs_and_sysfs_are_restricted_by_default()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("cat /proc/keys /proc/timer_list; ls /sys/firmware; echo b >/proc/sysrq-trigger; echo 1 >/proc/sys/net/ipv4/ip_forward; cat /proc/sys/kernel/hostname"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("bulkhead"), result.ToString());
        Assert.That(result.Error, Does.Contain("/proc/sys/net/ipv4/ip_forward: Read-only file system"));
    }

    [Test, CancelAfter(30_000)]
    public void Masks_hold_in_a_mount_namespace_that_is_joined()
    {
        using var helper = new HelperProcess("--mount", "--propagation", "private");
        using var container = TestContainer.From(bundle =>
        {
            bundle.Write("secret", "secret").Namespace("mount", helper.Namespace("mnt"));
            bundle.Set("linux.maskedPaths", new System.Text.Json.Nodes.JsonArray("/secret")).Process.Args("cat", "/secret");
        });

        Result result = container.Run().MustSucceed();

        Assert.That(result.Output, Is.Empty);
    }
}
