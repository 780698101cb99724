using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Security;

/// <summary>A container types into the terminal of whoever has started it.</summary>
[TestFixture]
internal sealed class TerminalTests
{
    // Runs its arguments on a terminal of their own, as a shell that a user sits at would, and shows what comes.
    private const string Shell = """
        #include <pty.h>
        #include <stdio.h>
        #include <unistd.h>
        #include <sys/wait.h>
        int main(int count, char **arguments)
        {
            int master, status;
            int child = forkpty(&master, 0, 0, 0);
            if (child == 0) {
                // Below a shell, which leads the session and goes on reading after the container has ended.
                int runtime = fork();
                if (runtime == 0) {
                    execv(arguments[1], arguments + 1);
                    _exit(127);
                }
                waitpid(runtime, &status, 0);
                int waiting = 0;
                ioctl(0, 0x541B, &waiting); // FIONREAD
                printf("waiting to be read: %d\n", waiting);
                return 0;
            }
            char text[4096];
            for (int length; (length = read(master, text, sizeof text)) > 0; )
                write(1, text, length);
            return 0;
        }
        """;

    private const string Injector = """
        #include <fcntl.h>
        #include <stdio.h>
        #include <errno.h>
        #include <unistd.h>
        #include <sys/ioctl.h>
        int main(void)
        {
            int typed = 0;
            for (int stream = 0; stream < 3; stream++)
                for (const char *c = "id\n"; *c; c++)
                    typed += ioctl(stream, TIOCSTI, c) == 0;
            int terminal = open("/dev/tty", O_RDWR);
            int taken = ioctl(0, TIOCSCTTY, 1) == 0;
            printf("typed %d, /dev/tty %s, taken %d, session %d\n", typed, terminal < 0 ? "closed" : "open", taken, getsid(0) == getpid());
            return 0;
        }
        """;

    [TestCase("run"), TestCase("exec")]
    [CancelAfter(60_000)]
    public void Nothing_can_be_typed_into_the_hosts_terminal_CVE_2016_10124(string command)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("/injector"));
        string shell = container.Folder.File("shell");
        CProgram.Compile(shell, Shell);
        CProgram.Compile(container.Bundle.Rootfs + "/injector", Injector);
        if (command == "exec")
        {
            container.Bundle.Process.Args("sleep", "50");
            container.Bundle.Save();
            container.Create().MustSucceed();
            container.Start().MustSucceed();
        }

        Result result = Attack.Shell($"{shell} {(command == "run" ? Attack.RunLine(container) : $"{Repository.RuntimeBinary} --root {container.Runtime.Root} exec {container.Id} /injector")}");

        Assert.That(result.Output.Replace("\r", "", StringComparison.Ordinal), Does.Contain("typed 0, /dev/tty closed, taken 0").And.Contain("waiting to be read: 0"), result.ToString());
    }

    [Test, CancelAfter(60_000)]
    public void With_a_terminal_of_its_own_the_container_types_into_that_one_only()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Args("/injector"));
        string shell = container.Folder.File("shell");
        CProgram.Compile(shell, Shell);
        CProgram.Compile(container.Bundle.Rootfs + "/injector", Injector);

        Result result = Attack.Shell($"{shell} {Attack.RunLine(container)}");

        Assert.That(result.Output, Does.Contain("/dev/tty open").And.Contain("waiting to be read: 0"), result.ToString());
    }

    [TestCase("mkfifo"), TestCase("mknod zero"), TestCase("link"), TestCase("folder")]
    [CancelAfter(60_000)]
    public void What_only_has_the_name_of_a_terminals_multiplexer_is_not_even_opened_CVE_2025_52565(string kind)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Args("true"));
        container.Bundle.Array("mounts").RemoveAll(mount => ((string)mount!["destination"]!).StartsWith("/dev", StringComparison.Ordinal));
        string folder = container.Bundle.Rootfs + "/dev/pts";
        Directory.CreateDirectory(folder);
        container.Bundle.Save();
        Attack.Shell(kind switch
        {
            "mkfifo" => $"mkfifo {folder}/ptmx",
            "mknod zero" => $"mknod {folder}/ptmx c 1 5",
            "link" => $"ln -s /proc/self/exe {folder}/ptmx",
            _ => $"mkdir {folder}/ptmx",
        }).MustSucceed();

        Result result = Attack.Shell(Attack.RunLine(container));

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("make a terminal"));
    }
}
