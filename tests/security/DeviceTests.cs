using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Security;

/// <summary>The image has links where the runtime makes devices, or looks for them.</summary>
[TestFixture]
internal sealed class DeviceTests
{
    [TestCase(false), TestCase(true)]
    [CancelAfter(30_000)]
    public void A_link_in_the_place_of_dev_makes_nothing_outside_CVE_2026_41579(bool terminal)
    {
        using var container = TestContainer.From(bundle => bundle.Writable().Process.Terminal(terminal).Args("true"));
        using var host = new SharedMount(container.Folder.File("host"));
        WithoutDev(container.Bundle);
        Directory.Delete(container.Bundle.Rootfs + "/dev");
        File.CreateSymbolicLink(container.Bundle.Rootfs + "/dev", Outside(host.Path + "/target"));
        container.Bundle.Save();

        Result result = Attack.Shell(Attack.RunLine(container));

        Assert.That(host.Traces(), Is.Empty, result.ToString());
    }

    [TestCase("/dev/console"), TestCase("/dev/ptmx"), TestCase("/dev/fd"), TestCase("/dev/stdin"), TestCase("/dev/null"), TestCase("/dev/tty")]
    [CancelAfter(30_000)]
    public void A_link_in_the_place_of_a_device_makes_nothing_outside_CVE_2026_88264(string device)
    {
        using var container = TestContainer.From(bundle => bundle.Writable().Process.Terminal().Args("true"));
        using var host = new SharedMount(container.Folder.File("host"));
        WithoutDev(container.Bundle);
        Directory.CreateDirectory(container.Bundle.Rootfs + "/dev/pts");
        File.CreateSymbolicLink(container.Bundle.Rootfs + device, Outside(host.Path + "/made"));
        container.Bundle.Mount("/dev/pts", "devpts", "devpts", "newinstance", "ptmxmode=0666").Save();

        Result result = Attack.Shell(Attack.RunLine(container));

        Assert.That(host.Traces(), Is.Empty, result.ToString());
        Assert.That(File.Exists("/made"), Is.False);
    }

    [Test, CancelAfter(30_000)]
    public void A_link_in_the_place_of_the_null_device_becomes_no_stream_of_the_containers_CVE_2026_88265()
    {
        using var container = TestContainer.From(bundle => bundle.Writable().Process.User(1000, 1000).Args("sleep", "20"));
        string victim = container.Folder.Write("victim", "untouched");
        WithoutDev(container.Bundle);
        File.CreateSymbolicLink(container.Bundle.Rootfs + "/dev/null", "/victim");
        container.Bundle.Mount("/victim", "bind", victim, "bind").Save();

        container.Create();
        bool created = container.Status == "created";
        string[] streams = created ? [.. container.Init.Descriptors.Values] : [];
        Result closed = Attack.Shell(Attack.RunLine(container).Replace(container.Id, container.Id + "-2", StringComparison.Ordinal) + " <&- >&- 2>&-");

        Assert.That(streams, Has.None.Contains("victim"));
        Assert.That(Attack.Shell($"stat -c '%u:%g' {victim}").Output, Is.EqualTo("0:0"), closed.ToString());
        Assert.That(File.ReadAllText(victim), Is.EqualTo("untouched"));
    }

    [TestCase("c"), TestCase("b"), TestCase("p")]
    [CancelAfter(60_000)]
    public void A_device_of_the_document_is_made_inside_only(string type)
    {
        using var container = TestContainer.From(bundle => bundle.Writable().Process.Args("true"));
        using var host = new SharedMount(container.Folder.File("host"));
        string rootfs = container.Bundle.Rootfs;
        Directory.CreateDirectory(rootfs + "/swap/target");
        File.CreateSymbolicLink(rootfs + "/link", Outside(host.Path));
        container.Bundle.Array("linux.devices").Add(new JsonObject
        {
            ["path"] = "/swap/target/made/device",
            ["type"] = type,
            ["major"] = 1,
            ["minor"] = 3,
            ["uid"] = 1000,
            ["fileMode"] = 511,
        });
        container.Bundle.Save();

        using (var exchanger = new Exchanger(rootfs + "/swap", rootfs + "/link"))
        {
            for (int i = 0; i < 30; i++)
            {
                container.Run();
                Attack.Shell($"rm -rf {rootfs}/swap/target/made {rootfs}/link/target/made");
            }

            Assert.That(exchanger.IsRunning, Is.True);
        }

        Assert.That(host.Traces(), Is.Empty);
    }

    private static void WithoutDev(TestBundle bundle) =>
        bundle.Array("mounts").RemoveAll(mount => ((string)mount!["destination"]!).StartsWith("/dev", StringComparison.Ordinal));

    private static string Outside(string path) => string.Concat(Enumerable.Repeat("../", 20)) + path.TrimStart('/');
}
