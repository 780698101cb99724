using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Security;

/// <summary>Somebody with a hand in the root file system exchanges a folder for a link while the runtime mounts there.</summary>
[TestFixture]
internal sealed class SymlinkExchangeTests
{
    private const int Containers = 100;

    [TestCase("/swap/target"), TestCase("/swap/target/made/by/mkdir")]
    [CancelAfter(180_000)]
    public void A_link_exchanged_for_a_folder_leads_no_mount_out_of_the_root_CVE_2021_30465(string destination)
    {
        using var container = TestContainer.From();
        using var host = new SharedMount(container.Folder.File("host"));
        string rootfs = container.Bundle.Rootfs;
        Directory.CreateDirectory(rootfs + "/swap/target");
        File.CreateSymbolicLink(rootfs + "/link", string.Concat(Enumerable.Repeat("../", 20)) + host.Path.TrimStart('/'));
        container.Bundle.Mount(destination, "tmpfs", "tmpfs").Set("linux.rootfsPropagation", "rshared").Process.Args("cut", "-d ", "-f4,5", "/proc/self/mountinfo");
        container.Bundle.Save();

        Result[] results;
        using (var exchanger = new Exchanger(rootfs + "/swap", rootfs + "/link"))
        {
            results = Enumerable.Range(0, Containers).Select(_ => container.Run()).ToArray();
            Assert.That(exchanger.IsRunning, Is.True);
        }

        Assert.That(host.Traces(), Is.Empty);
        Assert.That(results.Count(result => result.ExitCode == 0), Is.Positive, results[0].ToString());
        Assert.That(results.Where(result => result.ExitCode == 0 && !InPlace(result, host)).Select(result => result.ToString()), Is.Empty);
    }

    [Test, CancelAfter(180_000)]
    public void A_bind_mount_shows_the_containers_program_nothing_of_the_host_CVE_2021_30465()
    {
        using var container = TestContainer.From();
        using var host = new SharedMount(container.Folder.File("host"));
        string volume = container.Folder.Folder("volume");
        Directory.CreateDirectory(volume + "/swap");
        File.CreateSymbolicLink(volume + "/link", "/../../../../../../../../..");

        // The second mount goes through the first, which the attacker writes to from another container.
        container.Bundle.Mount("/volume", "bind", volume, "bind").Mount("/volume/swap/" + host.Path.TrimStart('/') + "/target", "bind", volume, "bind");
        container.Bundle.Process.Shell("ls /work /boot 2>/dev/null; cut -d' ' -f5 /proc/self/mountinfo");
        container.Bundle.Save();

        Result[] results;
        using (new Exchanger(volume + "/swap", volume + "/link"))
        {
            results = Enumerable.Range(0, Containers).Select(_ => container.Run()).ToArray();
        }

        Assert.That(host.Traces(), Is.Empty);
        Assert.That(File.ReadAllText(host.Path + "/target/file"), Is.EqualTo("host\n"));
        Assert.That(results.Where(result => result.ExitCode == 0 && result.Lines[0] != "/").Select(result => result.ToString()), Is.Empty);
    }

    [Test, CancelAfter(180_000)]
    public void A_masked_path_exchanged_for_a_link_masks_nothing_of_the_host_CVE_2025_31133()
    {
        using var container = TestContainer.From();
        using var host = new SharedMount(container.Folder.File("host"));
        string rootfs = container.Bundle.Rootfs;
        Directory.CreateDirectory(rootfs + "/swap/target");
        File.WriteAllText(rootfs + "/swap/target/file", "inside");
        File.CreateSymbolicLink(rootfs + "/link", string.Concat(Enumerable.Repeat("../", 20)) + host.Path.TrimStart('/'));
        container.Bundle.Array("linux.maskedPaths").Add((System.Text.Json.Nodes.JsonNode)"/swap/target/file");
        container.Bundle.Array("linux.readonlyPaths").Add((System.Text.Json.Nodes.JsonNode)"/swap/target");
        container.Bundle.Set("linux.rootfsPropagation", "rshared").Process.Args("true");
        container.Bundle.Save();

        using (new Exchanger(rootfs + "/swap", rootfs + "/link"))
        {
            for (int i = 0; i < Containers; i++)
            {
                container.Run();
            }
        }

        Assert.That(host.Traces(), Is.Empty);
        Assert.That(File.ReadAllText(host.Path + "/target/file"), Is.EqualTo("host\n"));
    }

    [Test, CancelAfter(180_000)]
    public void A_working_directory_exchanged_for_a_link_makes_no_folder_on_the_host_CVE_2024_45310()
    {
        using var container = TestContainer.From();
        using var host = new SharedMount(container.Folder.File("host"));
        string rootfs = container.Bundle.Rootfs;
        Directory.CreateDirectory(rootfs + "/swap/target");
        File.CreateSymbolicLink(rootfs + "/link", string.Concat(Enumerable.Repeat("../", 20)) + host.Path.TrimStart('/'));
        string source = container.Folder.Write("source", "");
        container.Bundle.Writable().Mount("/swap/target/new/file", "bind", source, "bind").Process.Cwd("/swap/target/one/two").Args("true");
        container.Bundle.Save();

        using (new Exchanger(rootfs + "/swap", rootfs + "/link"))
        {
            for (int i = 0; i < Containers; i++)
            {
                container.Run();
                Attack.Shell($"rm -rf {rootfs}/swap/target/new {rootfs}/swap/target/one");
            }
        }

        Assert.That(host.Traces(), Is.Empty);
    }

    // The folder may have the other name by now, and the link means a place inside, made for it.
    private static bool InPlace(Result result, SharedMount host) => result.Lines.Any(line =>
        ((string[])["/swap", "/link", host.Path]).Any(place => line.StartsWith($"/ {place}/target", StringComparison.Ordinal)));
}
