using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Security;

/// <summary>A container's process lies in wait for the runtime's child that an exec brings in.</summary>
[TestFixture]
internal sealed class ProcessAccessTests
{
    // Looks at every process that appears, until it finds one that is neither itself nor a program of the image, and says
    // what it could do with it. The image's programs all are busybox, or itself.
    private const string Watcher = """
        #include <dirent.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        #include <sys/ptrace.h>
        #include <sys/wait.h>
        static int tries, opened;
        static void look(int pid)
        {
            char path[64], target[4096];
            const char *links[] = { "exe", "cwd", "root", "fd/3", "fd/5", "fd/7", "fd/9" };
            for (int i = 0; i < 7; i++) {
                sprintf(path, "/proc/%d/%s", pid, links[i]);
                int length = readlink(path, target, sizeof target - 1);
                if (length < 0)
                    continue;
                target[length] = 0;
                if (i == 0 ? !strcmp(target, "/bin/busybox") || !strcmp(target, "/watcher") : !strcmp(target, "/") || i >= 3)
                    return; // the image's own program by now
                printf("reached %s: %s\n", path, target);
            }
            const char *files[] = { "mem", "environ", "maps", "auxv", "stack" };
            for (int i = 0; i < 5; i++) {
                sprintf(path, "/proc/%d/%s", pid, files[i]);
                int file = open(path, i ? O_RDONLY : O_RDWR);
                if (file < 0)
                    continue;
                // Opened: is it still the runtime's? Then the next line is the proof of it.
                sprintf(path, "/proc/%d/exe", pid);
                int length = readlink(path, target, sizeof target - 1);
                if (length > 0 && strncmp(target, "/bin/busybox", 12) && strncmp(target, "/watcher", 8))
                    printf("opened %s of %.*s\n", files[i], length, target);
                close(file);
            }
            tries++;
        }
        int main(void)
        {
            setvbuf(stdout, 0, _IOLBF, 0);
            puts("watching");
            for (;;) {
                DIR *proc = opendir("/proc");
                for (struct dirent *entry; (entry = readdir(proc)); ) {
                    int pid = atoi(entry->d_name);
                    if (pid > 1)
                        look(pid);
                }
                closedir(proc);
                if (access("/dev/shm/stop", F_OK) == 0)
                    return printf("looked %d times\n", tries), 0;
            }
        }
        """;

    [TestCase(false, "CAP_KILL"), TestCase(false, "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER"), TestCase(true, "CAP_SYS_PTRACE", "CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE")]
    [CancelAfter(120_000)]
    public void The_child_of_an_exec_is_closed_to_the_containers_root_CVE_2016_9962(bool userNamespace, params string[] capabilities)
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.Process.Capabilities(capabilities).Args("/watcher");
            if (userNamespace)
            {
                bundle.UserNamespace();
            }
        });
        CProgram.Compile(container.Bundle.Rootfs + "/watcher", Watcher);
        container.Create().MustSucceed();
        container.Start().MustSucceed();
        container.WaitForOutput("watching");

        for (int i = 0; i < 50; i++)
        {
            container.Exec("true").MustSucceed();
        }

        container.Exec("touch", "/dev/shm/stop").MustSucceed();
        container.WaitForOutput("looked");

        Assert.That(container.Output.Split('\n'), Has.Length.EqualTo(2), container.Output);
        Assert.That(container.Output, Does.Not.Contain("looked 0 times"));
    }

    [Test, CancelAfter(120_000)]
    public void The_child_that_becomes_a_container_is_closed_to_others_in_its_PID_namespace_CVE_2016_9962()
    {
        using var watcher = TestContainer.From(bundle => bundle.Process.Capabilities("CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER").Args("/watcher"));
        CProgram.Compile(watcher.Bundle.Rootfs + "/watcher", Watcher);
        watcher.Create().MustSucceed();
        watcher.Start().MustSucceed();
        watcher.WaitForOutput("watching");
        using var container = TestContainer.From(bundle => bundle.Namespace("pid", $"/proc/{watcher.Init.Pid}/ns/pid").Process.Args("true"));

        for (int i = 0; i < 30; i++)
        {
            container.Run().MustSucceed();
        }

        watcher.Exec("touch", "/dev/shm/stop").MustSucceed();
        watcher.WaitForOutput("looked");

        Assert.That(watcher.Output.Split('\n'), Has.Length.EqualTo(2), watcher.Output);
    }

    [Test, CancelAfter(60_000)]
    public void A_hostile_procfs_entry_does_not_lead_an_exec_astray_CVE_2015_1334()
    {
        // The container covers its own /proc/1/ns, and /proc as a whole, before the exec.
        using var container = TestContainer.Started(bundle => bundle.Process.Capabilities("CAP_SYS_ADMIN").Shell(
            "mount -t tmpfs none /proc/1/ns 2>/dev/null; mount -t tmpfs none /proc && mkdir -p /proc/self/attr /proc/sys /proc/thread-self && echo covered; exec sleep 50"));
        container.WaitForOutput("covered");

        Result result = container.Exec("sh", "-c", "hostname; ls /proc");

        Assert.That(result.Lines, Is.EqualTo(new[] { "bulkhead", "self", "sys", "thread-self" }), result.ToString());
        Assert.That(HostProcess.Self.Namespace("mnt"), Is.Not.EqualTo(container.Init.Namespace("mnt")));
    }
}
