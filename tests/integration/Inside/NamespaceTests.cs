using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>Namespaces that are made, joined or left alone.</summary>
[TestFixture]
internal sealed class NamespaceTests
{
    private static readonly string[] s_joinable = ["network", "ipc", "uts", "pid", "cgroup"];

    [TestCase("pid", "pid"), TestCase("network", "net"), TestCase("ipc", "ipc"), TestCase("uts", "uts"), TestCase("mount", "mnt"), TestCase("cgroup", "cgroup")]
    [CancelAfter(30_000)]
    public void A_namespace_that_the_document_names_is_a_new_one(string type, string link)
    {
        using var container = TestContainer.Started(bundle => bundle.Namespace(type).Process.Args("sleep", "60"));

        string inside = container.Init.Namespace(link);

        Assert.That(inside, Is.Not.EqualTo(HostProcess.Self.Namespace(link)));
    }

    [TestCase("pid", "pid"), TestCase("network", "net"), TestCase("ipc", "ipc"), TestCase("cgroup", "cgroup"), TestCase("user", "user")]
    [CancelAfter(30_000)]
    public void A_namespace_that_the_document_does_not_name_is_the_hosts(string type, string link)
    {
        using var container = TestContainer.Started(bundle => bundle.WithoutNamespace(type).Process.Args("sleep", "60"));

        string inside = container.Init.Namespace(link);

        Assert.That(inside, Is.EqualTo(HostProcess.Self.Namespace(link)));
    }

    [Test, CancelAfter(30_000)]
    public void Namespaces_of_another_container_are_joined_by_their_paths()
    {
        using var first = TestContainer.Started(bundle => bundle.Namespace("cgroup").Process.Args("sleep", "60"));
        HostProcess init = first.Init;

        using var second = TestContainer.Started(bundle =>
        {
            foreach (string type in s_joinable)
            {
                bundle.Namespace(type, $"/proc/{init.Pid}/ns/{Link(type)}");
            }

            bundle.Remove("hostname").Process.Args("sleep", "60");
        });

        foreach (string type in s_joinable)
        {
            Assert.That(second.Init.Namespace(Link(type)), Is.EqualTo(init.Namespace(Link(type))), type);
        }

        Assert.That(first.Exec("ps").Lines.Count(line => line.EndsWith("sleep 60", StringComparison.Ordinal)), Is.EqualTo(2));
        Assert.That(second.Exec("hostname").Output, Is.EqualTo("bulkhead"));
    }

    [TestCase("network", "net", "--net"), TestCase("ipc", "ipc", "--ipc"), TestCase("uts", "uts", "--uts"), TestCase("cgroup", "cgroup", "--cgroup"), TestCase("mount", "mnt", "--mount")]
    [CancelAfter(30_000)]
    public void A_namespace_of_a_process_of_the_host_is_joined_by_its_path(string type, string link, string option)
    {
        using var helper = new HelperProcess(option);
        using var container = TestContainer.From(bundle =>
            bundle.Namespace(type, helper.Namespace(link)).Remove("hostname").Process.Args("readlink", $"/proc/self/ns/{link}"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo(helper.View.Namespace(link)), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_namespace_is_joined_where_its_file_is_bound_to_another_path()
    {
        using var helper = new HelperProcess("--uts");
        using var container = TestContainer.From();
        string place = container.Folder.Write("uts", "");
        Host.Run("mount", "--bind", helper.Namespace("uts"), place).MustSucceed();
        container.Bundle.Namespace("uts", place).Remove("hostname").Process.Args("readlink", "/proc/self/ns/uts");
        container.Bundle.Save();

        Result result = container.Run();
        Host.Run("umount", place).MustSucceed();

        Assert.That(result.Output, Is.EqualTo(helper.View.Namespace("uts")), result.ToString());
    }

    [TestCase("network", "/proc/self/ns/uts"), TestCase("pid", "/proc/self/ns/user"), TestCase("mount", "/proc/self/ns/net"), TestCase("ipc", "/etc/passwd"), TestCase("uts", "/dev/null")]
    [CancelAfter(30_000)]
    public void A_path_that_leads_to_something_else_than_such_a_namespace_is_refused(string type, string path)
    {
        using var container = TestContainer.From(bundle => bundle.Namespace(type, path).Remove("hostname"));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("linux.namespaces[").And.Contain(path).And.Contain("is not a namespace of the type"));
    }

    [Test, CancelAfter(30_000)]
    public void Hooks_run_in_the_runtimes_own_pid_namespace_when_the_container_joins_one()
    {
        using var first = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        using var container = TestContainer.From(bundle => bundle.Namespace("pid", $"/proc/{first.Init.Pid}/ns/pid").Process.Args("true"));
        string seen = container.Folder.File("seen");
        container.Bundle.Hook("createRuntime", "/bin/sh", "sh", "-c", $"readlink /proc/$$/ns/pid >>{seen}");
        container.Bundle.Hook("poststart", "/bin/sh", "sh", "-c", $"readlink /proc/$$/ns/pid >>{seen}");
        container.Bundle.Save();

        container.Run().MustSucceed();

        string own = HostProcess.Self.Namespace("pid");
        Assert.That(File.ReadAllLines(seen), Is.EqualTo(new[] { own, own }));
    }

    [Test, CancelAfter(30_000)]
    public void Without_a_pid_namespace_delete_ends_what_init_has_left_behind()
    {
        using var container = TestContainer.Started(bundle => bundle.WithoutNamespace("pid").Process.Shell("sleep 4321 & sleep 4321 & echo ready"));
        container.WaitForOutput("ready");
        container.WaitUntilStopped();
        HostProcess[] left = container.Processes();

        container.Delete().MustSucceed();

        Assert.That(left, Has.Length.EqualTo(2));
        Assert.That(left.Any(process => process.IsAlive), Is.False);
    }

    [Test, CancelAfter(30_000)]
    public void Host_and_domain_name_are_the_containers_alone()
    {
        string before = Host.Shell("cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname");
        using var container = TestContainer.From(bundle =>
            bundle.Set("hostname", "inner").Set("domainname", "inner.example").Process.Shell("cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname"));

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "inner", "inner.example" }));
        Assert.That(Host.Shell("cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname"), Is.EqualTo(before));
    }

    [Test, CancelAfter(30_000)]
    public void Kernel_settings_are_the_containers_alone()
    {
        const string Read = "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/conf/lo/forwarding /proc/sys/kernel/shmmax /proc/sys/kernel/msgmni /proc/sys/fs/mqueue/msg_max";
        string before = Host.Shell(Read);
        using var container = TestContainer.From(bundle =>
        {
            bundle.Object("linux.sysctl")["net.ipv4.ip_unprivileged_port_start"] = "77";
            bundle.Object("linux.sysctl")["net/ipv4/conf/lo/forwarding"] = "1";
            bundle.Object("linux.sysctl")["kernel.shmmax"] = "1234567";
            bundle.Object("linux.sysctl")["kernel.msgmni"] = "321";
            bundle.Object("linux.sysctl")["fs.mqueue.msg_max"] = "12";
            bundle.Process.Shell(Read);
        });

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "77", "1", "1234567", "321", "12" }), result.ToString());
        Assert.That(Host.Shell(Read), Is.EqualTo(before));
    }

    [Test, CancelAfter(30_000)]
    public void The_loopback_device_is_up_in_a_new_network_namespace()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("ip link show lo; ping -c1 -W2 127.0.0.1 || nc -l -p 7777 & sleep 0.2; echo x | nc -w 2 127.0.0.1 7777 && echo reached"));

        Result result = container.Run();

        Assert.That(result.Output, Does.Contain("LOOPBACK,UP").And.Contain("reached"));
    }

    private static string Link(string type) => type == "network" ? "net" : type;
}
