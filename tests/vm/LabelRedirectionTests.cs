using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Vm;

/// <summary>
/// What looks like procfs is put in the way, so that the label which the runtime writes goes elsewhere: the process has the
/// label all the same, as the kernel shows it to the host, or there is no process.
/// </summary>
[TestFixture]
internal sealed class LabelRedirectionTests
{
    private const int Containers = 10;
    private const string Untouched = "untouched";

    private static readonly string[] s_files =
    [
        "self/attr/exec", "self/attr/current", "self/attr/apparmor/exec", "self/attr/apparmor/current", "self/attr/keycreate",
        "thread-self/attr/exec", "thread-self/attr/current", "thread-self/attr/apparmor/exec", "thread-self/attr/keycreate",
    ];

    [OneTimeSetUp]
    public void LoadProfile()
    {
        if (SecurityModule.Here.Property == "process.apparmorProfile")
        {
            SecurityModule.LoadProfile();
        }
    }

    [TestCase("bind", "/proc", ""), TestCase("tmpfs", "/proc", "")]
    [TestCase("bind", "/proc/self/attr", "self/attr"), TestCase("bind", "/proc/thread-self/attr", "thread-self/attr")]
    [TestCase("tmpfs", "/proc/self/attr", ""), TestCase("bind", "/proc/self/attr/exec", "self/attr/exec")]
    [TestCase("bind", "/alias", ""), TestCase("bind", "/alias/self/attr", "self/attr"), TestCase("bind", "/self/attr", "self/attr")]
    [CancelAfter(120_000)]
    public void A_mount_over_proc_is_refused_CVE_2019_16884_CVE_2023_28642_CVE_2025_52881(string type, string destination, string part)
    {
        using TestContainer container = Labelled();
        string fake = MakeFake(container.Folder.Folder("fake"));
        File.CreateSymbolicLink(container.Bundle.Rootfs + "/alias", "/proc");
        File.CreateSymbolicLink(container.Bundle.Rootfs + "/self", "proc/self");
        container.Bundle.Mount(destination, type, type == "bind" ? Path.Combine(fake, part) : "tmpfs", type == "bind" ? ["rbind"] : []).Save();

        Result result = container.Create();

        Assert.That(result.ExitCode, Is.EqualTo(1), result.ToString());
        Assert.That(result.Error, Does.Contain("procfs can be mounted there").Or.Contain("inside /proc"));
        Assert.That(container.Left(), Is.Empty);
        RequireUntouched(fake);
    }

    [TestCase("/elsewhere"), TestCase("elsewhere/../elsewhere"), TestCase("/proc-of-another")]
    [CancelAfter(120_000)]
    public void A_link_in_the_place_of_proc_is_refused_CVE_2019_19921_CVE_2023_28642(string target)
    {
        using TestContainer container = Labelled();
        string rootfs = container.Bundle.Rootfs;
        string fake = MakeFake(Path.Combine(rootfs, "elsewhere"));
        Directory.Delete(rootfs + "/proc");
        File.CreateSymbolicLink(rootfs + "/proc", target);

        Result result = container.Create();

        Assert.That(result.ExitCode, Is.EqualTo(1), result.ToString());
        Assert.That(result.Error, Does.Contain("is not a directory"));
        Assert.That(container.Left(), Is.Empty);
        RequireUntouched(fake);
    }

    [Test, CancelAfter(120_000)]
    public void The_images_own_files_in_the_place_of_procfs_get_nothing_CVE_2019_16884_CVE_2025_52881()
    {
        using TestContainer container = Labelled();
        container.Bundle.Array("mounts").RemoveAll(mount => ((string)mount!["destination"]!).StartsWith("/proc", StringComparison.Ordinal));
        container.Bundle.Set("linux.maskedPaths", null).Set("linux.readonlyPaths", null).Save();
        string fake = MakeFake(container.Bundle.Rootfs + "/proc");

        container.Create().MustSucceed();
        container.Start().MustSucceed();

        RequireLabel(container);
        RequireUntouched(fake);
    }

    [TestCase("folder"), TestCase("link")]
    [CancelAfter(300_000)]
    public void A_proc_exchanged_meanwhile_takes_the_label_from_no_process_CVE_2019_19921(string other)
    {
        using TestContainer container = Labelled();
        string rootfs = container.Bundle.Rootfs;
        string fake = MakeFake(rootfs + (other == "folder" ? "/other" : "/elsewhere"));
        if (other == "link")
        {
            File.CreateSymbolicLink(rootfs + "/other", "/elsewhere");
        }

        int made = 0;
        using (var exchanger = new Exchanger(rootfs + "/proc", rootfs + "/other"))
        {
            for (int i = 0; i < Containers; i++)
            {
                if (container.Create().ExitCode == 0)
                {
                    made++;
                    container.Start().MustSucceed();
                    RequireLabel(container);
                }

                container.Delete("--force").MustSucceed();
            }

            Assert.That(exchanger.IsRunning, Is.True);
        }

        Assert.That(made, Is.Positive);
        RequireUntouched(Directory.Exists(fake + "/self") ? fake : rootfs + "/proc");
    }

    [TestCase("mount -t tmpfs none /proc && cp -r /fake/. /proc")]
    [TestCase("mount --bind /fake /proc")]
    [TestCase("mount --bind /fake/self/attr /proc/1/attr && mount --bind /fake/self/attr /proc/self/attr")]
    [TestCase("mount --bind /proc/1/attr/prev /proc/1/attr/exec && mount --bind /fake/self/attr/exec /proc/self/attr/exec")]
    [CancelAfter(120_000)]
    public void A_container_that_covers_its_proc_does_not_free_an_exec_of_its_label_CVE_2019_16884_CVE_2025_52881(string attack)
    {
        using TestContainer container = TestContainer.From(bundle => bundle.Writable().Process
            .Capabilities("CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE").Shell($"{attack} && touch /covered; exec sleep 600"));
        MakeFake(container.Bundle.Rootfs + "/fake");
        container.Create().MustSucceed();
        container.Start().MustSucceed();
        Wait.Until(() => container.Init.Name == "sleep", "the attack");
        Assert.That(File.Exists(container.Bundle.Rootfs + "/covered"), Is.True, container.Error);

        RequireLabelOfExec(container);

        RequireUntouched(container.Bundle.Rootfs + "/fake");
    }

    [Test, CancelAfter(120_000)]
    public void A_container_in_the_mounts_of_a_hostile_one_has_its_label_CVE_2025_52881()
    {
        using TestContainer hostile = TestContainer.From(bundle => bundle.Writable().Process
            .Capabilities("CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE").Shell("mount --bind /fake /proc && touch /covered; exec sleep 600"));
        MakeFake(hostile.Bundle.Rootfs + "/fake");
        hostile.Create().MustSucceed();
        hostile.Start().MustSucceed();
        Wait.Until(() => File.Exists(hostile.Bundle.Rootfs + "/covered"), "the attack");
        using TestContainer container = Labelled();
        container.Bundle.Namespace("mount", $"/proc/{hostile.Init.Pid}/ns/mnt").Save();

        if (container.Create().ExitCode == 0)
        {
            container.Start();
            RequireLabel(container);
        }

        RequireUntouched(hostile.Bundle.Rootfs + "/fake");
    }

    private static TestContainer Labelled() => TestContainer.From(bundle =>
        bundle.Set(SecurityModule.Here.Property, SecurityModule.Here.Label).Process.Args("sleep", "600"));

    private static string MakeFake(string folder)
    {
        foreach (string file in s_files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, file))!);
            File.WriteAllText(Path.Combine(folder, file), Untouched);
        }

        return folder;
    }

    private static void RequireUntouched(string fake) =>
        Assert.That(s_files.Select(file => File.ReadAllText(Path.Combine(fake, file))), Is.All.EqualTo(Untouched));

    private static void RequireLabel(TestContainer container)
    {
        Wait.Until(() => container.Status != "running" || container.Init.Name == "sleep", "the program to begin");
        Assert.That(container.Status == "running" ? SecurityModule.Here.Of(container.Init) : SecurityModule.Here.Shown, Is.EqualTo(SecurityModule.Here.Shown));
    }

    private static void RequireLabelOfExec(TestContainer container)
    {
        string file = container.Folder.File("pid");
        string[] options = [SecurityModule.Here.ExecOption, SecurityModule.Here.Label, "--detach", "--pid-file", file];

        Result result = container.ExecWith(options, "sleep", "601");

        if (result.ExitCode == 0)
        {
            HostProcess process = new(int.Parse(File.ReadAllText(file), System.Globalization.CultureInfo.InvariantCulture));
            Wait.Until(() => process.Name == "sleep", "the program to begin");
            Assert.That(SecurityModule.Here.Of(process), Is.EqualTo(SecurityModule.Here.Shown));
        }
    }
}
