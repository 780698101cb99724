using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Security;

/// <summary>What the runtime keeps of a container, and what it listens on: out of the reach of others on the host.</summary>
[TestFixture]
internal sealed class StateAccessTests
{
    [Test, CancelAfter(30_000)]
    public void Nobody_else_reads_or_writes_the_state_whatever_the_mask_CVE_2021_41103()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "20"));
        container.Bundle.Object("linux.seccomp")["defaultAction"] = "SCMP_ACT_ALLOW";
        container.Bundle.Save();

        Attack.Shell($"umask 0; {Attack.RunLine(container).Replace(" run ", " create ", StringComparison.Ordinal)} >/dev/null 2>&1").MustSucceed();

        string[] open = Attack.Shell($"find {container.Runtime.Root} -mindepth 1 -perm /077 -printf '%M %p\\n'").Lines.Where(line => line.Length > 0).ToArray();
        Assert.That(Attack.Shell($"stat -c %a {container.Runtime.Root}").Output, Is.EqualTo("711"));
        Assert.That(open.Where(line => !IsClosedByItsFolder(line)), Is.Empty);
        Assert.That(Attack.Shell($"setpriv --reuid 54321 --regid 54321 --clear-groups ls {container.Runtime.Root}/{container.Id}").ExitCode, Is.Not.Zero);
    }

    [Test, CancelAfter(30_000)]
    public void No_socket_of_the_runtimes_can_be_connected_to_from_the_container_CVE_2020_15257()
    {
        using var container = TestContainer.Started(bundle => bundle.WithoutNamespace("network").Process.Args("sleep", "20"));
        int[] ours = [container.Init.Pid, .. container.Init.Children];

        Result listening = container.Exec("cat", "/proc/net/unix").MustSucceed();
        string[] sockets = ours.SelectMany(pid => new HostProcess(pid).Descriptors.Values).Where(target => target.StartsWith("socket:", StringComparison.Ordinal)).ToArray();

        Assert.That(sockets, Is.Empty);
        Assert.That(listening.Lines.Where(line => line.Contains(container.Id, StringComparison.Ordinal)), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void An_exec_loads_no_library_of_the_images_CVE_2019_14271()
    {
        using var container = TestContainer.From(bundle => bundle.Writable().Process.Args("sleep", "20"));
        string rootfs = container.Bundle.Rootfs;
        Directory.CreateDirectory(rootfs + "/lib/x86_64-linux-gnu");
        File.WriteAllText(rootfs + "/etc/nsswitch.conf", "passwd: evil files\ngroup: evil files\n");
        Attack.Shell($"echo '#include <fcntl.h>\n__attribute__((constructor)) void loaded(void) {{ creat(\"/loaded\", 0600); }}' | gcc -shared -fPIC -xc - -o {rootfs}/lib/x86_64-linux-gnu/libnss_evil.so.2").MustSucceed();
        foreach (string name in (string[])["libnss_files.so.2", "libnss_compat.so.2", "libgcc_s.so.1", "libicuuc.so.72"])
        {
            File.Copy(rootfs + "/lib/x86_64-linux-gnu/libnss_evil.so.2", $"{rootfs}/lib/x86_64-linux-gnu/{name}");
        }

        File.WriteAllText(rootfs + "/etc/ld.so.preload", "/lib/x86_64-linux-gnu/libnss_evil.so.2\n");
        container.Create().MustSucceed();
        container.Start().MustSucceed();

        container.ExecWith(["--user", "1000:1000"], "true").MustSucceed();
        container.Exec("/no/such/program");

        Assert.That(File.Exists(rootfs + "/loaded"), Is.False);
    }

    // What is in a folder that is closed is closed.
    private static bool IsClosedByItsFolder(string line) => Attack.Shell($"stat -c %a $(dirname {line.Split(' ')[1]})").Output == "700";
}
