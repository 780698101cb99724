using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>Filters of system calls, by what they do to a program.</summary>
[TestFixture]
internal sealed class SeccompTests
{
    private const string Allow = "SCMP_ACT_ALLOW";
    private const string Errno = "SCMP_ACT_ERRNO";

    // Enough for a static program to run, and nothing of the last years.
    private static readonly string[] s_oldCalls =
    [
        "execve", "brk", "mmap", "munmap", "mprotect", "arch_prctl", "set_tid_address", "set_robust_list", "prlimit64", "readlink", "write", "exit_group", "fstat", "newfstatat", "ioctl",
        "uname", "read", "close", "getuid", "geteuid", "prctl", "capset", "capget", "sendto", "sendmsg", "recvmsg", "recvfrom", "rt_sigaction", "rt_sigprocmask", "sigaltstack", "fcntl", "poll", "openat", "access", "faccessat", "open_by_handle_at",
    ];

    [TestCase(true), TestCase(false)]
    [CancelAfter(30_000)]
    public void A_call_that_the_profile_refuses_fails_with_its_error(bool noNewPrivileges)
    {
        using var container = TestContainer.From(bundle =>
        {
            Profile(bundle, Allow, Rule(Errno, 38, "mkdir", "mkdirat"), Rule(Errno, null, "chmod", "fchmodat", "fchmodat2", "fchmod"));
            bundle.Process.NoNewPrivileges(noNewPrivileges).Shell("mkdir /dev/shm/x; touch /dev/shm/y; chmod 600 /dev/shm/y; grep Seccomp: /proc/self/status");
        });

        Result result = container.Run();

        Assert.That(result.Error, Does.Contain("/dev/shm/x': Function not implemented").And.Contain("/dev/shm/y: Operation not permitted"));
        Assert.That(result.Output, Is.EqualTo("Seccomp:\t2"));
    }

    [TestCase("SCMP_ACT_KILL"), TestCase("SCMP_ACT_KILL_PROCESS"), TestCase("SCMP_ACT_KILL_THREAD")]
    [CancelAfter(30_000)]
    public void A_call_can_kill_the_process(string action)
    {
        using var container = TestContainer.From(bundle =>
        {
            Profile(bundle, Allow, Rule(action, null, "mkdir", "mkdirat"));
            bundle.Process.Args("mkdir", "/dev/shm/x");
        });

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(128 + 31), "SIGSYS");
    }

    [TestCase(true), TestCase(false)]
    [CancelAfter(30_000)]
    public void Only_calls_on_an_allow_list_work(bool noNewPrivileges)
    {
        using var container = TestContainer.From(bundle =>
        {
            Profile(bundle, Errno, Rule(Allow, null, "execve", "brk", "mmap", "munmap", "mprotect", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64",
                "getrandom", "readlinkat", "readlink", "write", "exit_group", "fstat", "newfstatat", "getuid", "geteuid", "getgid", "getegid", "rt_sigaction", "rt_sigprocmask", "prctl", "ioctl", "uname", "lseek",
                "capget", "capset", "setresuid", "setresgid", "setgroups", "chdir", "fchdir", "getcwd", "umask", "openat", "read", "close", "close_range", "sendmsg", "recvmsg", "sendto", "recvfrom", "fcntl",
                "faccessat2", "faccessat", "access", "sigaltstack", "statx", "poll", "ppoll", "futex", "madvise", "getpid", "gettid", "keyctl", "fchown", "fchownat", "dup3", "dup2", "setsid", "open", "stat"));
            bundle.Process.NoNewPrivileges(noNewPrivileges).Args("uname", "-s");
        });

        Result result = container.Run();
        container.Bundle.Process.Args("mkdir", "/dev/shm/x");
        container.Bundle.Save();
        Result refused = container.Run();

        Assert.That(result.Output, Is.EqualTo("Linux"), result.ToString());
        Assert.That(refused.Error, Does.Contain("Operation not permitted"));
    }

    [Test, CancelAfter(30_000)]
    public void Arguments_are_compared()
    {
        using var container = TestContainer.From(bundle =>
        {
            JsonObject masked = Rule(Errno, 95, "personality");
            masked["args"] = new JsonArray(new JsonObject { ["index"] = 0, ["value"] = 0x0020000, ["valueTwo"] = 0x0020000, ["op"] = "SCMP_CMP_MASKED_EQ" });
            JsonObject equal = Rule(Errno, 96, "personality");
            equal["args"] = new JsonArray(new JsonObject { ["index"] = 0, ["value"] = 0x0080000, ["op"] = "SCMP_CMP_EQ" });
            Profile(bundle, Allow, masked, equal);
            bundle.Process.Args("/probe");
        });
        CProgram.Compile(Path.Combine(container.Bundle.Rootfs, "probe"), """
            #include <stdio.h>
            #include <errno.h>
            #include <sys/personality.h>
            int try(unsigned long value) { errno = 0; personality(value); return errno; }
            int main(void) { printf("%d %d %d\n", try(0x0040000), try(0x0020000 | 0x0040000), try(0x0080000)); }
            """);

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("0 95 96"), result.ToString());
    }

    [TestCase(true), TestCase(false)]
    [CancelAfter(30_000)]
    public void The_default_profile_of_podman_lets_ordinary_programs_run(bool noNewPrivileges)
    {
        using var container = TestContainer.Started(bundle =>
        {
            bundle.Set("linux.seccomp", JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests/unit/Seccomp/Samples/containers-default.json"))));
            bundle.Process.NoNewPrivileges(noNewPrivileges).Capabilities("CAP_SYS_CHROOT").Shell("ls / | wc -l; date >/dev/null; (echo a; echo b) | sort -r | head -1; exec sleep 60");
        });
        container.WaitForOutput("b");

        Result exec = container.Exec("sh", "-c", "grep Seccomp: /proc/self/status; mount -t tmpfs none /mnt");

        Assert.That(container.Init.Status("Seccomp"), Is.EqualTo("2"));
        Assert.That(exec.Output, Is.EqualTo("Seccomp:\t2"));
        Assert.That(exec.Error, Does.Contain("mount"));
    }

    [Test, CancelAfter(30_000)]
    public void A_call_that_is_newer_than_the_profile_is_not_implemented()
    {
        using var container = TestContainer.From(bundle =>
        {
            Profile(bundle, Errno, Rule(Allow, null, s_oldCalls));
            bundle.Process.Args("/probe");
        });
        CProgram.Compile(Path.Combine(container.Bundle.Rootfs, "probe"), "#include <stdio.h>\n#include <errno.h>\n#include <unistd.h>\nint main(void) { syscall(9999); printf(\"%d\\n\", errno); }");

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("38"), result.ToString());
    }

    [TestCase(true), TestCase(false)]
    [CancelAfter(60_000)]
    public void A_listener_outside_decides_about_a_call(bool noNewPrivileges)
    {
        using var container = TestContainer.From();
        string agent = container.Folder.File("agent");
        string socket = container.Folder.File("notify.sock");
        CProgram.Compile(agent, Agent);
        Profile(container.Bundle, Allow, Rule("SCMP_ACT_NOTIFY", null, "mkdir", "mkdirat"));
        container.Bundle.Set("linux.seccomp.listenerPath", socket).Set("linux.seccomp.listenerMetadata", "of the test");
        container.Bundle.Process.NoNewPrivileges(noNewPrivileges).Args("mkdir", "/dev/shm/x");
        container.Bundle.Save();
        using var listening = new RunningAgent(agent, socket);

        Result result = container.Run();

        Assert.That(result.Error, Does.Contain("Too many users"), "EUSERS is what the agent answers");
        JsonNode state = JsonNode.Parse(listening.Output)!;
        Assert.That((string)state["fds"]![0]!, Is.EqualTo("seccompFd"));
        Assert.That((string)state["metadata"]!, Is.EqualTo("of the test"));
        Assert.That((string)state["state"]!["id"]!, Is.EqualTo(container.Id));
        Assert.That((string)state["state"]!["status"]!, Is.EqualTo("creating"));
        Assert.That((int)state["pid"]!, Is.Positive);
    }

    [Test, CancelAfter(30_000)]
    public void A_listener_that_does_not_listen_is_an_error()
    {
        using var container = TestContainer.From(bundle =>
        {
            Profile(bundle, Allow, Rule("SCMP_ACT_NOTIFY", null, "mkdir", "mkdirat"));
            bundle.Set("linux.seccomp.listenerPath", "/no/such/socket");
        });

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("/no/such/socket"));
    }

    private static void Profile(TestBundle bundle, string otherwise, params JsonObject[] rules) => bundle.Set("linux.seccomp", new JsonObject
    {
        ["defaultAction"] = otherwise,
        ["architectures"] = new JsonArray("SCMP_ARCH_X86_64"),
        ["syscalls"] = new JsonArray(rules),
    });

    private static JsonObject Rule(string action, int? errno, params string[] names)
    {
        JsonObject rule = new() { ["names"] = new JsonArray(names.Select(name => (JsonNode)name).ToArray()), ["action"] = action };
        if (errno is not null)
        {
            rule["errnoRet"] = errno;
        }

        return rule;
    }

    private const string Agent = """
        #include <stdio.h>
        #include <string.h>
        #include <errno.h>
        #include <unistd.h>
        #include <sys/ioctl.h>
        #include <sys/socket.h>
        #include <sys/un.h>
        #include <linux/seccomp.h>
        int main(int count, char **arguments)
        {
            struct sockaddr_un address = { .sun_family = AF_UNIX };
            strcpy(address.sun_path, arguments[1]);
            int listener = socket(AF_UNIX, SOCK_STREAM, 0);
            bind(listener, (void *)&address, sizeof address);
            listen(listener, 1);
            int connection = accept(listener, 0, 0);
            char text[65536], control[256];
            struct iovec buffer = { text, sizeof text };
            struct msghdr message = { .msg_iov = &buffer, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
            int length = recvmsg(connection, &message, 0);
            int notify = *(int *)CMSG_DATA(CMSG_FIRSTHDR(&message));
            fwrite(text, 1, length, stdout);
            fflush(stdout);
            for (;;) {
                struct seccomp_notif call = { 0 };
                if (ioctl(notify, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
                    return 0;
                struct seccomp_notif_resp answer = { .id = call.id, .error = -EUSERS };
                ioctl(notify, SECCOMP_IOCTL_NOTIF_SEND, &answer);
            }
        }
        """;

    /// <summary>The agent, from when it listens.</summary>
    private sealed class RunningAgent : IDisposable
    {
        private readonly System.Diagnostics.Process _process;

        public RunningAgent(string program, string socket)
        {
            _process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, [socket]) { RedirectStandardOutput = true })!;
            Wait.Until(() => File.Exists(socket), "the agent to listen");
        }

        public string Output => _process.StandardOutput.ReadToEnd();

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill();
            }

            _process.Dispose();
        }
    }
}
