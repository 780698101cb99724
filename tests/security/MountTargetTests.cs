using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Security;

/// <summary>The image has links, or files of its own, where the runtime mounts or looks.</summary>
[TestFixture]
internal sealed class MountTargetTests
{
    [TestCase("/proc"), TestCase("/sys")]
    [CancelAfter(30_000)]
    public void A_link_in_the_place_of_procfs_or_sysfs_is_refused_CVE_2019_19921_CVE_2023_27561_CVE_2023_28642(string path)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("true"));
        string place = container.Bundle.Rootfs + path;
        Directory.Delete(place);
        Directory.CreateDirectory(container.Bundle.Rootfs + "/elsewhere");
        File.CreateSymbolicLink(place, "/elsewhere");

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain(path).And.Contain("is not a directory"));
    }

    [TestCase("/"), TestCase("/../../../../.."), TestCase("../../../../../../../../..")]
    [CancelAfter(30_000)]
    public void A_link_to_the_root_leads_to_the_containers_own_CVE_2015_3629_CVE_2019_18837(string target)
    {
        using var container = TestContainer.From();
        using var host = new SharedMount(container.Folder.File("host"));
        File.CreateSymbolicLink(container.Bundle.Rootfs + "/link", target);
        container.Bundle.Mount($"/link{host.Path}/target", "tmpfs", "tmpfs").Set("linux.rootfsPropagation", "rshared").Process.Args("cut", "-d ", "-f5", "/proc/self/mountinfo");
        container.Bundle.Save();

        Result result = container.Run().MustSucceed();

        Assert.That(result.Lines, Does.Contain($"{host.Path}/target"));
        Assert.That(host.Traces(), Is.Empty);
    }

    [TestCase("/proc/self/root"), TestCase("/proc/1/root"), TestCase("/proc/self/cwd"), TestCase("/proc/self/exe"), TestCase("/proc/self/fd/0"), TestCase("/proc/thread-self/root")]
    [CancelAfter(30_000)]
    public void A_link_through_procfs_leads_nowhere(string target)
    {
        using var container = TestContainer.From();
        using var host = new SharedMount(container.Folder.File("host"));
        File.CreateSymbolicLink(container.Bundle.Rootfs + "/link", target);
        container.Bundle.Mount($"/link{host.Path}/target", "tmpfs", "tmpfs").Set("linux.rootfsPropagation", "rshared").Process.Args("true");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1), result.ToString());
        Assert.That(host.Traces(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Missing_parts_of_a_destination_are_made_inside_only_CVE_2024_45310()
    {
        using var container = TestContainer.From();
        using var host = new SharedMount(container.Folder.File("host"));
        File.CreateSymbolicLink(container.Bundle.Rootfs + "/link", string.Concat(Enumerable.Repeat("../", 20)) + host.Path.TrimStart('/') + "/target/new");
        string source = container.Folder.Write("source", "");
        container.Bundle.Writable().Mount("/link/folder", "tmpfs", "tmpfs").Mount("/link/file", "bind", source, "bind").Process.Cwd("/link/cwd").Args("true");
        container.Bundle.Save();

        container.Run();

        Assert.That(host.Traces(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Nothing_is_written_to_a_procfs_that_the_bundle_only_pretends_CVE_2019_16884_CVE_2025_52881()
    {
        string before = File.ReadAllText("/proc/sys/net/ipv4/ip_forward");
        using var container = TestContainer.From();
        string fake = container.Folder.Folder("fake");
        foreach (string file in (string[])["sys/net/ipv4/ip_forward", "self/oom_score_adj", "self/attr/exec", "self/attr/apparmor/exec", "sysrq-trigger"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(fake, file))!);
            File.WriteAllText(Path.Combine(fake, file), "untouched");
        }

        container.Bundle.Array("mounts").RemoveAll(mount => (string)mount!["destination"]! == "/proc");
        container.Bundle.Mount("/proc", "bind", fake, "rbind").Set("process.oomScoreAdj", 100);
        container.Bundle.Object("linux.sysctl")["net.ipv4.ip_forward"] = "1";
        container.Bundle.Process.Args("sleep", "60");
        container.Bundle.Save();
        container.Create();

        bool created = container.Status == "created";

        Assert.That(created ? container.Init.OomScoreAdjustment : 100, Is.EqualTo(100));
        Assert.That(Directory.GetFiles(fake, "*", SearchOption.AllDirectories).Select(File.ReadAllText), Is.All.EqualTo("untouched"));
        Assert.That(File.ReadAllText("/proc/sys/net/ipv4/ip_forward"), Is.EqualTo(before));
    }

    [TestCase("net.ipv4.ip_forward", "sys/net/ipv4/ip_forward"), TestCase("kernel.shmmax", "sys/kernel/shmmax")]
    [CancelAfter(30_000)]
    public void A_setting_is_not_led_to_another_by_a_link_in_a_pretended_procfs_CVE_2025_52881(string name, string file)
    {
        using var container = TestContainer.From();
        string fake = container.Folder.Folder("fake");
        string victim = container.Folder.Write("victim", "untouched");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(fake, file))!);
        File.CreateSymbolicLink(Path.Combine(fake, file), victim);
        container.Bundle.Mount("/proc/sys", "bind", fake + "/sys", "bind").Process.Args("true");
        container.Bundle.Object("linux.sysctl")[name] = "1";
        container.Bundle.Save();

        container.Run();

        Assert.That(File.ReadAllText(victim), Is.EqualTo("untouched"));
    }

    [Test, CancelAfter(30_000)]
    public void A_link_in_the_place_of_the_null_device_makes_no_mask_of_what_it_leads_to_CVE_2025_31133()
    {
        using var container = TestContainer.From();
        using var host = new SharedMount(container.Folder.File("host"));
        container.Bundle.Array("mounts").RemoveAll(mount => ((string)mount!["destination"]!).StartsWith("/dev", StringComparison.Ordinal));
        File.CreateSymbolicLink(container.Bundle.Rootfs + "/dev/null", "/proc/sys/kernel/core_pattern");
        container.Bundle.Process.Shell("ls -l /proc/keys /dev/null; cat /proc/keys; echo '|/bin/evil' >/proc/keys; echo '|/bin/evil' >/dev/null");
        container.Bundle.Save();
        string before = File.ReadAllText("/proc/sys/kernel/core_pattern");

        Result result = container.Run();

        Assert.That(File.ReadAllText("/proc/sys/kernel/core_pattern"), Is.EqualTo(before));
        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Output, Does.Not.Contain("core"));
    }

    [TestCase("/proc/sysrq-trigger"), TestCase("/proc/sys/kernel/core_pattern"), TestCase("pts/0"), TestCase("/etc/passwd")]
    [CancelAfter(30_000)]
    public void A_link_in_the_place_of_the_console_gives_no_way_to_what_it_leads_to_CVE_2025_52565(string target)
    {
        using var container = TestContainer.From();
        container.Bundle.Array("mounts").RemoveAll(mount => (string)mount!["destination"]! == "/dev");
        Directory.CreateDirectory(container.Bundle.Rootfs + "/dev/pts");
        Directory.CreateDirectory(container.Bundle.Rootfs + "/dev/shm");
        Directory.CreateDirectory(container.Bundle.Rootfs + "/dev/mqueue");
        File.CreateSymbolicLink(container.Bundle.Rootfs + "/dev/console", target);
        container.Bundle.Process.Terminal().Shell("stat -Lc '%F %t' /dev/console; echo '|/bin/evil' >/dev/console; cat /proc/sys/kernel/core_pattern");
        container.Bundle.Save();
        string before = File.ReadAllText("/proc/sys/kernel/core_pattern");
        string passwd = File.ReadAllText(container.Bundle.Rootfs + "/etc/passwd");
        using var socket = new ConsoleSocket(container.Folder.File("console.sock"));

        if (container.Create("--console-socket", socket.Path).ExitCode == 0)
        {
            using Terminal terminal = socket.Accept();
            container.Start().MustSucceed();
            Assert.That(terminal.ReadToEnd(), Does.Contain("character special file 88"));
        }

        Assert.That(File.ReadAllText("/proc/sys/kernel/core_pattern"), Is.EqualTo(before));
        Assert.That(File.ReadAllText(container.Bundle.Rootfs + "/etc/passwd"), Is.EqualTo(passwd));
    }

    [TestCase("kernel.core_pattern"), TestCase("kernel.sysrq"), TestCase("vm.overcommit_memory"), TestCase("net/../kernel/core_pattern"), TestCase("net.ipv4/../../kernel/core_pattern")]
    [TestCase("/kernel/core_pattern"), TestCase("fs.mqueue/../../kernel/core_pattern"), TestCase("kernel.shm"), TestCase("net"), TestCase("kernel/shmmax/../core_pattern")]
    [CancelAfter(30_000)]
    public void A_setting_of_the_hosts_is_refused(string name)
    {
        string before = File.ReadAllText("/proc/sys/kernel/core_pattern");
        using var container = TestContainer.From(bundle => bundle.Process.Args("true"));
        container.Bundle.Object("linux.sysctl")[name] = "evil";
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("sysctl"));
        Assert.That(File.ReadAllText("/proc/sys/kernel/core_pattern"), Is.EqualTo(before));
    }

    [TestCase("network", "net", "net.ipv4.ip_default_ttl"), TestCase("ipc", "ipc", "kernel.msgmni"), TestCase("uts", "uts", "kernel.domainname")]
    [CancelAfter(30_000)]
    public void A_setting_is_refused_when_the_namespace_is_the_hosts_own_given_by_its_path(string type, string link, string name)
    {
        string file = $"/proc/sys/{name.Replace('.', '/')}";
        string before = File.ReadAllText(file);
        using var container = TestContainer.From(bundle => bundle.Namespace(type, $"/proc/self/ns/{link}").Remove("hostname").Process.Args("true"));
        container.Bundle.Object("linux.sysctl")[name] = "77";
        container.Bundle.Save();

        Result result = container.Run();
        string after = File.ReadAllText(file);
        File.WriteAllText(file, before);

        Assert.That(after, Is.EqualTo(before));
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain($"/proc/self/ns/{link}").And.Contain("host"));
    }

    [TestCase("mount", "mnt"), TestCase("uts", "uts")]
    [CancelAfter(30_000)]
    public void The_hosts_own_mounts_and_name_can_not_be_joined_by_their_path(string type, string link)
    {
        using var container = TestContainer.From(bundle => bundle.Namespace(type, $"/proc/self/ns/{link}").Set("hostname", "taken").Process.Args("true"));

        // Copies of the host's namespaces stand in for it, lest a fault takes the machine down.
        Result result = Attack.Shell($"unshare --mount --uts --propagation private sh -c '{Attack.RunLine(container)}; echo $?; hostname; ls -d /usr /etc'");

        Assert.That(result.Lines, Is.EqualTo(new[] { "1", Environment.MachineName, "/etc", "/usr" }), result.ToString());
        Assert.That(result.Error, Does.Contain("host"));
    }
}
