using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>Containers whose root is nobody on the host.</summary>
[TestFixture]
internal sealed class UserNamespaceTests
{
    private const int Outside = 100_000;

    [Test, CancelAfter(30_000)]
    public void Root_inside_is_an_ordinary_user_outside()
    {
        using var container = TestContainer.Started(bundle => bundle.UserNamespace().Process.Shell("id -u; id -g; exec sleep 60"));
        container.WaitForOutput("0\n0");

        HostProcess init = container.Init;

        Assert.That(init.Status("Uid").Split('\t'), Is.All.EqualTo("100000"));
        Assert.That(init.Status("Gid").Split('\t'), Is.All.EqualTo("100000"));
        Assert.That(init.Namespace("user"), Is.Not.EqualTo(HostProcess.Self.Namespace("user")));
        foreach (string file in (string[])["uid_map", "gid_map"])
        {
            Assert.That(init.Read(file).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), Is.EqualTo(new[] { "0", "100000", "65536" }));
        }
    }

    [Test, CancelAfter(30_000)]
    public void Several_ranges_can_be_mapped()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.UserNamespace(Outside, 1000);
            bundle.Array("linux.uidMappings").Add(new JsonObject { ["containerID"] = 1000, ["hostID"] = 300_000, ["size"] = 10 });
            bundle.Array("linux.gidMappings").Add(new JsonObject { ["containerID"] = 1000, ["hostID"] = 400_000, ["size"] = 10 });
            bundle.Process.User(1001, 1002, 5).Args("sleep", "60");
        });
        container.Create().MustSucceed();
        container.Start().MustSucceed();

        HostProcess init = container.Init;

        Assert.That(init.Status("Uid").Split('\t'), Is.All.EqualTo("300001"));
        Assert.That(init.Status("Gid").Split('\t'), Is.All.EqualTo("400002"));
        Assert.That(init.Status("Groups"), Is.EqualTo("100005"));
    }

    [Test, CancelAfter(30_000)]
    public void Every_other_new_namespace_belongs_to_the_user_namespace()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.UserNamespace().Namespace("cgroup");
            bundle.Process.Capabilities("CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_SYS_CHROOT").Shell(
                "hostname changed && hostname; ip link add bh0 type dummy && echo network; mount -t tmpfs none /mnt && echo mount; mount -t cgroup -o pids none /mnt && echo cgroup; ipcmk -Q >/dev/null 2>&1; ls -ldn /dev/mqueue | tr -s ' ' | cut -d' ' -f3,4");
        });

        Result result = container.Run();

        Assert.That(result.Lines, Does.Contain("changed").And.Contain("mount").And.Contain("cgroup"), result.ToString());
        Assert.That(result.Lines[^1], Is.EqualTo("0 65534").Or.EqualTo("0 0"));
    }

    [Test, CancelAfter(30_000)]
    public void A_file_made_by_the_containers_root_is_the_mapped_users_on_the_host()
    {
        using var container = TestContainer.From(bundle => bundle.UserNamespace());
        string shared = container.Folder.Folder("shared");
        Host.Give(shared, Outside);
        container.Bundle.Mount("/mnt", "bind", shared, "bind").Process.Shell("touch /mnt/made; stat -c %u:%g /mnt/made");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("0:0"), result.ToString());
        Assert.That(Host.Shell($"stat -c %u:%g {shared}/made"), Is.EqualTo("100000:100000"));
    }

    [Test, CancelAfter(30_000)]
    public void The_hosts_root_owns_nothing_that_the_containers_root_may_write()
    {
        using var container = TestContainer.From(bundle => bundle.UserNamespace().Writable().Process.Capabilities("CAP_DAC_OVERRIDE", "CAP_CHOWN").Shell("echo x >/etc/passwd; chown 0 /etc/passwd; touch /new"));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Error.Split('\n'), Has.Length.EqualTo(3));
        Assert.That(File.Exists(Path.Combine(container.Bundle.Rootfs, "new")), Is.False);
    }

    [Test, CancelAfter(30_000)]
    public void Devices_are_the_hosts_because_none_can_be_made()
    {
        using var container = TestContainer.From(bundle => bundle.UserNamespace().Process.Shell(
            "for d in null zero full random urandom tty; do stat -c '%n %F %t:%T' /dev/$d; done; head -c 3 /dev/zero | wc -c; echo x >/dev/null && echo null; echo x >/dev/full || echo full"));

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[]
        {
            "/dev/null character special file 1:3", "/dev/zero character special file 1:5", "/dev/full character special file 1:7",
            "/dev/random character special file 1:8", "/dev/urandom character special file 1:9", "/dev/tty character special file 5:0",
            "3", "null", "full",
        }), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_device_that_the_host_has_not_under_that_name_is_refused()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.UserNamespace();
            bundle.Array("linux.devices").Add(new JsonObject { ["path"] = "/dev/null", ["type"] = "c", ["major"] = 1, ["minor"] = 5 });
        });

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("make the device").And.Contain("/dev/null on the host is not that device"));
    }

    [Test, CancelAfter(30_000)]
    public void Procfs_and_sysfs_are_mounted_and_masked()
    {
        using var container = TestContainer.From(bundle => bundle.UserNamespace().Process.Shell(
            "cut -d' ' -f5,9 /proc/self/mountinfo | grep -c -e '^/proc proc' -e '^/sys sysfs'; cat /proc/keys; ls /sys/firmware; echo 1 >/proc/sys/net/ipv4/ip_forward"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("2"), result.ToString());
        Assert.That(result.Error, Does.Contain("Read-only file system"));
    }

    [Test, CancelAfter(30_000)]
    public void A_bind_source_that_the_containers_root_can_not_reach_is_shown_all_the_same()
    {
        using var container = TestContainer.From(bundle => bundle.UserNamespace());
        string hidden = container.Folder.Folder("hidden");
        Directory.CreateDirectory(hidden + "/inner");
        File.WriteAllText(hidden + "/inner/file", "reached");
        Host.Give(hidden, 1234);
        Host.Shell($"chmod 700 {hidden}; chmod 755 {hidden}/inner");
        container.Bundle.Mount("/mnt", "bind", hidden + "/inner", "bind", "ro").Process.Shell("cat /mnt/file; touch /mnt/new");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("reached"), result.ToString());
        Assert.That(result.Error, Does.Contain("Read-only file system"));
    }

    [Test, CancelAfter(30_000)]
    public void What_is_mounted_inside_an_unreachable_shared_source_does_not_appear_on_the_host()
    {
        using var container = TestContainer.From(bundle => bundle.UserNamespace());
        using var hidden = new HostMount(container.Folder.File("hidden"), "--make-shared");
        hidden.Folder("inner/place");
        Host.Give(hidden.Path, 1234);
        Host.Shell($"chmod 700 {hidden.Path}; chmod 777 {hidden.Path}/inner");
        container.Bundle.Mount("/mnt", "bind", hidden.Path + "/inner", "bind").Process.Capabilities("CAP_SYS_ADMIN").Shell("mount -t tmpfs none /mnt/place && echo mounted; exec sleep 60");
        container.Bundle.Save();

        container.Create().MustSucceed();
        container.Start().MustSucceed();
        container.WaitForOutput("mounted");

        Assert.That(HostMount.Has(hidden.Path + "/inner/place"), Is.False);
        container.Delete("--force").MustSucceed();
    }

    [Test, CancelAfter(30_000)]
    public void Kernel_settings_of_its_own_namespaces_are_set()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.UserNamespace();
            bundle.Object("linux.sysctl")["net.ipv4.ip_forward"] = "1";
            bundle.Object("linux.sysctl")["kernel.shmmax"] = "1234567";
            bundle.Process.Shell("cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax");
        });

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "1", "1234567" }), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void The_out_of_memory_score_is_set_by_the_parent()
    {
        using var container = TestContainer.Started(bundle => bundle.UserNamespace().Set("process.oomScoreAdj", 321).Process.Args("sleep", "60"));

        int score = container.Init.OomScoreAdjustment;

        Assert.That(score, Is.EqualTo(321));
    }

    [Test, CancelAfter(30_000)]
    public void An_exec_is_the_same_user_in_the_same_namespaces()
    {
        using var container = TestContainer.Started(bundle => bundle.UserNamespace().Process.Args("sleep", "60"));

        Result result = container.Exec("sh", "-c", "id -u; cat /proc/self/uid_map | tr -s ' '; for n in user mnt pid net uts ipc; do readlink /proc/self/ns/$n; done");

        string[] namespaces = ((string[])["user", "mnt", "pid", "net", "uts", "ipc"]).Select(container.Init.Namespace).ToArray();
        Assert.That(result.Lines, Is.EqualTo((string[])["0", " 0 100000 65536", .. namespaces]), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void Terminals_work_though_their_group_is_mapped()
    {
        using var container = TestContainer.From(bundle => bundle.UserNamespace().Process.Terminal().Shell("tty; ls -n /dev/pts/0 | tr -s ' '; stat -c %a /dev/ptmx; echo to console >/dev/console"));
        using var socket = new ConsoleSocket(container.Folder.File("console.sock"));

        container.Create("--console-socket", socket.Path).MustSucceed();
        using Terminal terminal = socket.Accept();
        container.Start().MustSucceed();

        Assert.That(terminal.ReadToEnd(), Does.Contain("/dev/pts/0").And.Contain("0 5 136, 0").And.Contain("to console"));
    }

    [Test, CancelAfter(30_000)]
    public void A_network_namespace_of_the_hosts_can_be_joined()
    {
        using var helper = new HelperProcess("--net", "--uts");
        using var container = TestContainer.From(bundle =>
        {
            bundle.UserNamespace().Namespace("network", helper.Namespace("net")).Namespace("uts", helper.Namespace("uts")).Remove("hostname");
            bundle.Array("mounts").RemoveAll(mount => (string?)mount!["type"] is "sysfs" or "cgroup");
            bundle.Process.Shell("readlink /proc/self/ns/net; readlink /proc/self/ns/uts");
        });

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { helper.View.Namespace("net"), helper.View.Namespace("uts") }), result.ToString());
        Assert.That(HostProcess.Self.Namespace("net"), Is.Not.EqualTo(helper.View.Namespace("net")));
    }

    [Test, CancelAfter(30_000)]
    public void The_user_namespace_of_another_container_is_joined_with_its_others()
    {
        using var first = TestContainer.Started(bundle => bundle.UserNamespace().Process.Args("sleep", "60"));
        HostProcess init = first.Init;

        using var second = TestContainer.Started(bundle =>
        {
            foreach ((string type, string link) in ((string, string)[])[("user", "user"), ("pid", "pid"), ("network", "net"), ("ipc", "ipc"), ("uts", "uts")])
            {
                bundle.Namespace(type, $"/proc/{init.Pid}/ns/{link}");
            }

            bundle.Remove("hostname").Process.Shell("id -u; exec sleep 60");
        });
        second.WaitForOutput("0");

        Assert.That(second.Init.Namespace("user"), Is.EqualTo(init.Namespace("user")));
        Assert.That(second.Init.Namespace("net"), Is.EqualTo(init.Namespace("net")));
        Assert.That(second.Init.Status("Uid").Split('\t'), Is.All.EqualTo("100000"));
    }
}
