using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Validation;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Engine;

[TestFixture]
internal sealed class SysctlCheckTests
{
    private static readonly LinuxNamespace[] Own =
        [Sample.New(LinuxNamespaceType.Network), Sample.New(LinuxNamespaceType.Ipc), Sample.New(LinuxNamespaceType.Uts), Sample.New(LinuxNamespaceType.Mount)];

    [TestCase("net.ipv4.ip_forward", "net/ipv4/ip_forward")]
    [TestCase("net/ipv4/ip_forward", "net/ipv4/ip_forward")]
    [TestCase("net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding")]
    [TestCase("net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding")]
    [TestCase("kernel", "kernel")]
    [TestCase("", "")]
    [TestCase(".", "/")]
    [TestCase("/", "/")]
    [TestCase("net.//.x", "net/../x", TestName = "Two slashes become two dots")]
    public void What_separates_first_separates(string name, string path) => Assert.That(SysctlCheck.PathOf(name), Is.EqualTo(path));

    [TestCase("net.ipv4.ip_forward")]
    [TestCase("net/core/somaxconn")]
    [TestCase("net.ipv4.conf.eth0/1.forwarding")]
    [TestCase("kernel.msgmax")]
    [TestCase("kernel.msgmnb")]
    [TestCase("kernel.msgmni")]
    [TestCase("kernel.sem")]
    [TestCase("kernel.shmall")]
    [TestCase("kernel.shmmax")]
    [TestCase("kernel.shmmni")]
    [TestCase("kernel/shm_rmid_forced")]
    [TestCase("fs.mqueue.msg_max")]
    [TestCase("kernel.hostname")]
    [TestCase("kernel/domainname")]
    public void A_setting_of_a_namespace_is_allowed_with_it_and_refused_without(string name)
    {
        Assert.That(() => Check(name, Own), Throws.Nothing);
        Assert.That(
            () => Check(name, [Sample.New(LinuxNamespaceType.Mount)]),
            Throws.TypeOf<ContainerException>().With.Message.Match($"^linux\\.sysctl: \"{name}\" would change the host, for there is no (network|ipc|uts) namespace$"));
    }

    [TestCase("kernel.msgmax", LinuxNamespaceType.Ipc)]
    [TestCase("fs/mqueue/queues_max", LinuxNamespaceType.Ipc)]
    [TestCase("net.core.somaxconn", LinuxNamespaceType.Network)]
    [TestCase("kernel.hostname", LinuxNamespaceType.Uts)]
    public void A_setting_belongs_to_one_namespace(string name, LinuxNamespaceType owner)
    {
        Dictionary<string, string> settings = new() { ["kernel.unknown"] = "", [name] = "" };

        foreach (LinuxNamespaceType type in Enum.GetValues<LinuxNamespaceType>())
        {
            Assert.That(SysctlCheck.Any(settings, type), Is.EqualTo(type == owner), type.ToString());
        }
    }

    [TestCase("kernel.core_pattern")]
    [TestCase("kernel/core_pattern")]
    [TestCase("vm.overcommit_memory")]
    [TestCase("fs.file-max")]
    [TestCase("fs.mqueue")]
    [TestCase("kernel.msgmax2")]
    [TestCase("kernel.sem.x")]
    [TestCase("kernel.shm_next_id", TestName = "Only of use to a checkpoint, and not in the list of others")]
    [TestCase("net")]
    [TestCase("network.x")]
    [TestCase("NET.ipv4.ip_forward")]
    [TestCase("kernel/hostname2")]
    public void A_setting_of_the_host_is_refused(string name) =>
        Assert.That(
            () => Check(name, Own),
            Throws.TypeOf<ContainerException>().With.Message.EqualTo($"linux.sysctl: \"{name}\" is not in any namespace, it would change the host"));

    [TestCase("")]
    [TestCase("net/")]
    [TestCase("net.")]
    [TestCase("/net/ipv4/ip_forward")]
    [TestCase("net//x")]
    [TestCase("net..x")]
    [TestCase("net/../kernel/core_pattern")]
    [TestCase("net.//.kernel.core_pattern", TestName = "Two dots written with slashes")]
    [TestCase("net/./x")]
    [TestCase("net./.x")]
    [TestCase("..")]
    [TestCase("fs/mqueue/../file-max")]
    public void What_leads_elsewhere_is_no_name(string name) =>
        Assert.That(() => Check(name, Own), Throws.TypeOf<ContainerException>().With.Message.EqualTo($"linux.sysctl: \"{name}\" is not a name"));

    [Test]
    public void Nothing_to_set_needs_no_namespace()
    {
        Assert.That(() => SysctlCheck.Check(null, []), Throws.Nothing);
        Assert.That(() => SysctlCheck.Check(new Dictionary<string, string>(), []), Throws.Nothing);
        Assert.That(SysctlCheck.Any(null, LinuxNamespaceType.Network), Is.False);
    }

    private static void Check(string name, LinuxNamespace[] namespaces) => SysctlCheck.Check(new Dictionary<string, string> { [name] = "1" }, namespaces);
}
