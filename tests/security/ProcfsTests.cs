using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Security;

/// <summary>A procfs of the container's is without its masks, or one that only looks like it is believed.</summary>
[TestFixture]
internal sealed class ProcfsTests
{
    private const int Containers = 100;

    [Test, CancelAfter(30_000)]
    public void A_read_only_root_does_not_depend_on_the_images_procfs_CVE_2026_115521()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("touch /made && echo made; touch /mnt/there"));
        container.Bundle.Array("mounts").RemoveAll(mount => (string)mount!["destination"]! == "/proc");
        string descriptors = container.Bundle.Rootfs + "/proc/self/fd";
        Directory.CreateDirectory(descriptors);
        Directory.CreateDirectory(container.Bundle.Rootfs + "/proc/thread-self");
        File.CreateSymbolicLink(container.Bundle.Rootfs + "/proc/thread-self/fd", "/proc/self/fd");
        foreach (int number in Enumerable.Range(0, 64))
        {
            File.CreateSymbolicLink($"{descriptors}/{number}", "/mnt");
        }

        container.Bundle.Mount("/mnt", "tmpfs", "tmpfs").Save();

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.Zero, "the root is read-only, and what is mounted in it is not: " + result);
        Assert.That(result.Output, Is.Empty);
        Assert.That(File.Exists(container.Bundle.Rootfs + "/made"), Is.False);
    }

    // proc in one place and its masks in another: either name holds the mount, whichever it is when the program looks.
    [TestCase("folder"), TestCase("link")]
    [CancelAfter(180_000)]
    public void A_proc_exchanged_for_another_name_is_never_without_its_masks_CVE_2019_19921(string other)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell(
            "for p in /proc /other /elsewhere; do [ -n \"$(cat $p/keys 2>/dev/null)\" ] && echo $p/keys is there; done; echo looked"));
        string rootfs = container.Bundle.Rootfs;
        if (other == "folder")
        {
            Directory.CreateDirectory(rootfs + "/other");
        }
        else
        {
            Directory.CreateDirectory(rootfs + "/elsewhere");
            File.CreateSymbolicLink(rootfs + "/other", "/elsewhere");
        }

        Result[] results;
        using (var exchanger = new Exchanger(rootfs + "/proc", rootfs + "/other"))
        {
            results = Enumerable.Range(0, Containers).Select(_ => container.Run()).ToArray();
            Assert.That(exchanger.IsRunning, Is.True);
        }

        Assert.That(results.Where(result => result.Output.Contains("is there", StringComparison.Ordinal)).Select(result => result.ToString()), Is.Empty);
        Assert.That(results.Count(result => result.Output == "looked"), Is.Positive, results[0].ToString());
    }

    [TestCase("kernel.shm_rmid_forced", "1+kernel.core_pattern=|/bin/evil")]
    [TestCase("kernel.shm_rmid_forced=1+kernel.core_pattern", "|/bin/evil"), TestCase("net.ipv4.ip_forward\n", "1")]
    [CancelAfter(30_000)]
    public void A_setting_holds_no_second_one_CVE_2022_0811(string name, string value)
    {
        string before = File.ReadAllText("/proc/sys/kernel/core_pattern");
        using var container = TestContainer.From(bundle => bundle.Process.Args("true"));
        container.Bundle.Object("linux.sysctl")[name] = value;
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(File.ReadAllText("/proc/sys/kernel/core_pattern"), Is.EqualTo(before));
    }

    // By name: CVE-2015-3630 (latency_stats, timer_stats, asound), CVE-2017-16539 (scsi), CVE-2018-10892 (acpi), and what tells of
    // other processes or the hardware.
    [TestCase("/proc/acpi"), TestCase("/proc/asound"), TestCase("/proc/kcore"), TestCase("/proc/keys"), TestCase("/proc/latency_stats")]
    [TestCase("/proc/timer_list"), TestCase("/proc/timer_stats"), TestCase("/proc/sched_debug"), TestCase("/sys/firmware"), TestCase("/proc/scsi")]
    [CancelAfter(30_000)]
    public void The_document_that_spec_makes_masks_what_is_the_hosts_CVE_2015_3630_CVE_2017_16539_CVE_2018_10892(string path)
    {
        using var folder = new TemporaryFolder();
        new RuntimeCommand(folder).Run("spec", "--bundle", folder.Path).MustSucceed();

        JsonNode linux = JsonNode.Parse(File.ReadAllText(folder.File("config.json")))!["linux"]!;

        Assert.That(linux["maskedPaths"]!.AsArray().Select(masked => (string)masked!), Does.Contain(path));
    }

    [Test, CancelAfter(30_000)]
    public void The_container_that_spec_makes_writes_nothing_of_the_hosts_even_with_every_capability()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Capabilities("CAP_DAC_OVERRIDE", "CAP_SYS_RESOURCE", "CAP_NET_ADMIN").Shell(
            "for f in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/irq/default_smp_affinity /proc/bus/x /proc/fs/x /sys/kernel/uevent_helper /sys/power/state /proc/keys; do (echo x >$f) 2>/dev/null && echo wrote $f; done; mount -o remount,rw /proc/sys 2>/dev/null && echo remounted; umount /proc/sys 2>/dev/null && echo unmounted"));

        Result result = container.Run();

        // What is masked is the null device, which takes everything.
        Assert.That(result.Lines.Where(line => line.Length > 0), Is.EqualTo(new[] { "wrote /proc/keys" }), result.ToString());
    }

    [TestCase(true), TestCase(false)]
    [CancelAfter(30_000)]
    public void A_read_only_view_of_the_cgroups_is_that_in_all_its_parts_CVE_2023_25809(bool cgroupNamespace)
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.UserNamespace().Process.Shell("grep ' /sys/fs/cgroup' /proc/self/mountinfo; find /sys/fs/cgroup -name cgroup.procs -exec sh -c 'echo 0 >>{} && echo written' \\; 2>/dev/null; mkdir /sys/fs/cgroup/*/made 2>/dev/null && echo made");
            if (!cgroupNamespace)
            {
                bundle.WithoutNamespace("cgroup");
            }
        });

        Result result = container.Run();

        Assert.That(result.Output, Does.Contain("/sys/fs/cgroup"), result.ToString());
        Assert.That(result.Output, Does.Not.Contain("written").And.Not.Contain("made"));
        Assert.That(result.Lines.Where(line => line.Contains("/sys/fs/cgroup", StringComparison.Ordinal)).Select(line => line.Split(' ')[5].Split(',')[0]), Is.All.EqualTo("ro"), result.ToString());
    }
}
