using System.Globalization;
using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>Network devices of the host that the document wants in the container.</summary>
[TestFixture]
internal sealed class NetworkDeviceTests
{
    [TestCase(false), TestCase(true)]
    [CancelAfter(30_000)]
    public void A_device_is_moved_renamed_and_switched_on_with_its_permanent_global_addresses(bool userNamespace)
    {
        using var device = new HostDevice();
        Host.Shell($"""
            ip addr add 192.0.2.7/24 brd + dev {device.Name}
            ip addr add 192.0.2.9/24 dev {device.Name} valid_lft 600 preferred_lft 600
            ip addr add 198.51.100.1 peer 198.51.100.2 dev {device.Name} noprefixroute
            ip addr add 203.0.113.1/24 scope link dev {device.Name}
            ip -6 addr add 2001:db8::7/64 dev {device.Name} nodad
            ip link set {device.Name} mtu 1400 address 02:00:00:00:00:07
            """);
        using var container = TestContainer.Started(bundle =>
        {
            bundle.Set("linux.netDevices", Named(device.Name, "inner0")).Process.Args("sleep", "60");
            if (userNamespace)
            {
                bundle.UserNamespace();
            }
        });

        JsonNode inside = In(container.Init.Pid, "inner0");

        Assert.That(Host.Run("ip", "link", "show", device.Name).ExitCode, Is.Not.Zero);
        Assert.That(((int)inside["mtu"]!, (string)inside["address"]!), Is.EqualTo((1400, "02:00:00:00:00:07")));
        Assert.That(inside["flags"]!.AsArray().Select(flag => (string)flag!), Does.Contain("UP"));
        string[] addresses = [.. inside["addr_info"]!.AsArray().Where(address => (string)address!["scope"]! == "global")
            .Select(address => $"{address!["local"]}/{address["prefixlen"]} {address["address"]} {address["broadcast"]} {address["noprefixroute"]}".Trim())];
        Assert.That(addresses, Is.EquivalentTo(new[] { "192.0.2.7/24  192.0.2.255", "198.51.100.1/32 198.51.100.2  true", "2001:db8::7/64" }), inside.ToJsonString());
        Assert.That(inside["addr_info"]!.AsArray().Select(address => (string)address!["local"]!), Does.Not.Contain("203.0.113.1").And.Not.Contain("192.0.2.9"));
    }

    [Test, CancelAfter(30_000)]
    public void A_device_without_a_new_name_keeps_its_own()
    {
        using var device = new HostDevice();
        using var container = TestContainer.Started(bundle => bundle.Set("linux.netDevices", Named(device.Name, null)).Process.Args("sleep", "60"));

        Assert.That((string)In(container.Init.Pid, device.Name)["ifname"]!, Is.EqualTo(device.Name));
    }

    [Test, CancelAfter(30_000)]
    public void A_name_can_be_a_template()
    {
        using var one = new HostDevice();
        using var other = new HostDevice();
        JsonObject devices = Named(one.Name, "net%d");
        devices[other.Name] = new JsonObject { ["name"] = "net%d" };
        using var container = TestContainer.Started(bundle => bundle.Set("linux.netDevices", devices).Process.Args("sleep", "60"));

        Assert.That((string)In(container.Init.Pid, "net0")["ifname"]!, Is.EqualTo("net0"));
        Assert.That((string)In(container.Init.Pid, "net1")["ifname"]!, Is.EqualTo("net1"));
    }

    [Test, CancelAfter(30_000)]
    public void A_device_with_a_name_that_is_taken_stays()
    {
        using var device = new HostDevice();
        using var other = new HostDevice();
        JsonObject devices = Named(other.Name, "inner0");
        devices[device.Name] = new JsonObject { ["name"] = "lo" };
        using var container = TestContainer.From(bundle => bundle.Set("linux.netDevices", devices).Process.Args("true"));

        Result result = container.Run();

        Assert.That(result.Error, Does.Contain($"linux.netDevices.{device.Name}").And.Contain("exists already"));
        Host.Run("ip", "link", "show", device.Name).MustSucceed();
        Host.Run("ip", "link", "show", other.Name).MustSucceed();
    }

    [Test, CancelAfter(30_000)]
    public void A_device_stays_on_the_host_when_a_mount_fails()
    {
        using var device = new HostDevice();
        using var container = TestContainer.From(bundle => bundle.Set("linux.netDevices", Named(device.Name, null)).Mount("/mnt", "nosuchfs", "none").Process.Args("true"));

        container.Run();

        Host.Run("ip", "link", "show", device.Name).MustSucceed();
    }

    [Test, CancelAfter(30_000)]
    public void A_device_is_moved_to_a_namespace_that_is_joined_and_stays_there()
    {
        using var device = new HostDevice();
        using var owner = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        using var container = TestContainer.From(bundle => bundle.Namespace("network", $"/proc/{owner.Init.Pid}/ns/net")
            .Set("linux.netDevices", Named(device.Name, "inner0")).Process.Args("ip", "link", "show", "inner0"));

        container.Run().MustSucceed();

        Assert.That((string)In(owner.Init.Pid, "inner0")["ifname"]!, Is.EqualTo("inner0"));
    }

    [Test, CancelAfter(30_000)]
    public void A_createRuntime_hook_finds_the_device_inside()
    {
        using var device = new HostDevice();
        string seen = "";
        using var container = TestContainer.From(bundle =>
        {
            seen = Path.Combine(bundle.Path, "seen");
            bundle.Set("linux.netDevices", Named(device.Name, "inner0")).Process.Args("true");
            bundle.Hook("createRuntime", "/bin/sh", "sh", "-c", $"pid=$(sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/'); nsenter -t $pid -n ip -o link > {seen}");
        });

        container.Run().MustSucceed();

        Assert.That(File.ReadAllText(seen), Does.Contain("inner0"));
    }

    private static JsonObject Named(string device, string? name) => new() { [device] = name is null ? [] : new JsonObject { ["name"] = name } };

    private static JsonNode In(int pid, string device) => JsonNode.Parse(
        Host.Run("nsenter", "-t", pid.ToString(CultureInfo.InvariantCulture), "-n", "ip", "-j", "addr", "show", "dev", device).MustSucceed().Output)![0]!;

    /// <summary>A virtual device on the host, gone in the end wherever it is by then.</summary>
    private sealed class HostDevice : IDisposable
    {
        private static int s_count;

        private readonly string _peer;

        public HostDevice()
        {
            int number = Interlocked.Increment(ref s_count);
            Name = $"bh{Environment.ProcessId}-{number}";
            _peer = $"bh{Environment.ProcessId}p{number}";
            Host.Run("ip", "link", "add", Name, "type", "veth", "peer", "name", _peer).MustSucceed();
        }

        public string Name { get; }

        public void Dispose() => Host.Run("ip", "link", "del", _peer);
    }
}
