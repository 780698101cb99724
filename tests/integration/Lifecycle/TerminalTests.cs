using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary>Terminals: through a console socket, and of the caller of <c>run</c> and <c>exec</c>.</summary>
[TestFixture]
internal sealed class TerminalTests
{
    private const string Report = "tty; stty size; test -c /dev/console && echo console > /dev/console; ps -o pid,tty | grep -c pts; echo done";

    [Test, CancelAfter(30_000)]
    public void The_terminal_of_create_is_the_controlling_terminal_and_the_console()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.Process.Terminal().Shell("exec </dev/tty; " + Report);
            bundle.Object("process.consoleSize")["height"] = 31;
            bundle.Object("process.consoleSize")["width"] = 99;
        });
        using var socket = new ConsoleSocket(container.Folder.File("console.sock"));
        container.Create("--console-socket", socket.Path).MustSucceed();
        using Terminal terminal = socket.Accept();
        (int Rows, int Columns) size = terminal.Size;

        container.Start().MustSucceed();
        string output = terminal.ReadUntil("done");

        Assert.That(size, Is.EqualTo((31, 99)));
        Assert.That(output, Does.Contain("/dev/tty").Or.Contain("/dev/pts/0"));
        Assert.That(output, Does.Contain("31 99").And.Contain("console"));
    }

    [Test, CancelAfter(30_000)]
    public void Ctrl_C_and_a_new_size_reach_the_program_through_the_terminal()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Shell("trap 'echo interrupted' INT; trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done"));
        using var socket = new ConsoleSocket(container.Folder.File("console.sock"));
        container.Create("--console-socket", socket.Path).MustSucceed();
        using Terminal terminal = socket.Accept();
        container.Start().MustSucceed();
        terminal.ReadUntil("ready");

        terminal.Write("\x03");
        terminal.ReadUntil("interrupted");
        terminal.Size = (12, 34);
        terminal.ReadUntil("12 34");

        Assert.That(container.Status, Is.EqualTo("running"));
    }

    [Test, CancelAfter(30_000)]
    public void A_hangup_of_the_terminal_ends_the_program()
    {
        using var container = TestContainer.From(bundle => bundle.WithoutNamespace("pid").Process.Terminal().Shell("echo ready; sleep 60"));
        using var socket = new ConsoleSocket(container.Folder.File("console.sock"));
        container.Create("--console-socket", socket.Path).MustSucceed();
        using (Terminal terminal = socket.Accept())
        {
            container.Start().MustSucceed();
            terminal.ReadUntil("ready");
        }

        container.WaitUntilStopped();
    }

    [Test, CancelAfter(30_000)]
    public void Run_detached_sends_the_terminal_to_the_socket()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Args("sh"));
        using var socket = new ConsoleSocket(container.Folder.File("console.sock"));

        container.Run("--detach", "--console-socket", socket.Path).MustSucceed();
        using Terminal terminal = socket.Accept();
        terminal.Write("tty; exit\n");

        Assert.That(terminal.ReadToEnd(), Does.Contain("/dev/pts/0"));
    }

    [Test, CancelAfter(30_000)]
    public void The_terminal_of_exec_is_in_the_containers_own_devpts()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        using var socket = new ConsoleSocket(container.Folder.File("console.sock"));

        container.ExecWith(["--tty", "--detach", "--console-socket", socket.Path], "sh").MustSucceed();
        using Terminal terminal = socket.Accept();
        terminal.Size = (17, 71);
        terminal.Write("tty; stty size; ls -l /proc/self/fd/0; exit\n");

        Assert.That(terminal.ReadToEnd(), Does.Contain("/dev/pts/0").And.Contain("17 71"));
    }

    [Test, CancelAfter(30_000)]
    public void The_terminal_belongs_to_the_user_of_the_process()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().User(1000, 1000).Shell("stat -c 'owner %u mode %a' $(tty)"));
        using var socket = new ConsoleSocket(container.Folder.File("console.sock"));
        container.Create("--console-socket", socket.Path).MustSucceed();
        using Terminal terminal = socket.Accept();

        container.Start().MustSucceed();

        Assert.That(terminal.ReadToEnd(), Does.Contain("owner 1000 mode 620"));
    }

    [Test, CancelAfter(30_000)]
    public void Run_serves_the_terminal_of_its_caller_and_gives_it_back_as_it_was()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Shell("tty; stty size; read line; echo got $line; exit 7"));
        using CallersTerminal caller = CallersTerminal.Start(container, "stty rows 33 cols 77; stty -a > before", "run --bundle $BUNDLE $ID", "echo code $?; stty -a > after; cmp before after && echo restored");

        caller.WaitFor("33 77");
        caller.Type("a line\r");
        caller.WaitFor("restored");

        Assert.That(caller.Output, Does.Contain("/dev/pts/0").And.Contain("got a line").And.Contain("code 7"));
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void A_key_that_is_a_signal_is_the_containers_and_not_the_callers()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Shell("trap 'echo interrupted; exit 9' INT; echo ready; while :; do sleep 0.05; done"));
        using CallersTerminal caller = CallersTerminal.Start(container, "true", "run --bundle $BUNDLE $ID", "echo code $?");
        caller.WaitFor("ready");

        caller.Type("\x03");

        caller.WaitFor("interrupted");
        caller.WaitFor("code 9");
    }

    [Test, CancelAfter(30_000)]
    public void A_new_size_of_the_callers_terminal_is_passed_on()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Shell("trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done"));
        using CallersTerminal caller = CallersTerminal.Start(container, "tty > name", "run --bundle $BUNDLE $ID", "true");
        caller.WaitFor("ready");

        HostShell.Run(container.Folder, "stty -F $(cat name) rows 21 cols 43");

        caller.WaitFor("21 43");
    }

    [Test, CancelAfter(30_000)]
    public void Exec_whose_callers_terminal_is_closed_ends_with_the_hangup_of_its_process()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        string caller = container.Folder.File("caller");
        CProgram.Compile(caller, """
            #include <pty.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/wait.h>
            #include <unistd.h>
            int main(int count, char **arguments)
            {
                char shown[200] = "";
                int master, status, pid = forkpty(&master, 0, 0, 0);
                if (pid == 0)
                {
                    execv(arguments[1], arguments + 1);
                    _exit(1);
                }
                while (!strstr(shown, "ready") && read(master, shown + strlen(shown), 100 - strlen(shown)) > 0);
                close(master);
                waitpid(pid, &status, 0);
                printf("%d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
            }
            """);

        Result result = HostShell.Run(container.Folder, $"{caller} {Repository.RuntimeBinary} --root {container.Runtime.Root} exec -t {container.Id} sh -c 'echo ready; sleep 60'");

        Assert.That(result.Output, Is.EqualTo("129"), $"{result}");
    }

    [Test, CancelAfter(30_000)]
    public void Exec_serves_the_terminal_of_its_caller()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        using CallersTerminal caller = CallersTerminal.Start(container, "stty rows 22 cols 66", "exec -t $ID sh -c 'tty; stty size; exit 5'", "echo code $?");

        caller.WaitFor("code 5");

        Assert.That(caller.Output, Does.Contain("/dev/pts/0").And.Contain("22 66"));
    }

    [Test, CancelAfter(60_000)]
    public void All_that_a_program_writes_to_its_terminal_comes_out()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"));
        using CallersTerminal caller = CallersTerminal.Start(container, "true", "run --bundle $BUNDLE $ID > out", "echo code $?");

        caller.WaitFor("code 0");

        Assert.That(File.ReadAllLines(container.Folder.File("out")), Is.EqualTo(Enumerable.Range(0, 20_000).Select(i => $"line {i}")));
    }

    [Test, CancelAfter(30_000)]
    public void Run_of_a_container_with_a_terminal_works_for_a_caller_without_one()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Shell("tty; exit 4"));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(4), $"{result}");
        Assert.That(result.Output, Does.Contain("/dev/pts/0"));
    }

    [Test, CancelAfter(60_000)]
    public void Much_input_through_a_terminal_comes_back_whole_from_a_program_that_echoes_it()
    {
        // Without echo and translation, what cat reads is what it writes.
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Shell("stty -echo -onlcr; echo ready; cat; echo end"));
        string input = string.Concat(Enumerable.Range(0, 40_000).Select(line => $"line {line}\n"));
        using RunningCommand run = container.Runtime.StartInteractive("run", "--bundle", container.Bundle.Path, container.Id);
        Wait.Until(() => run.Output.Contains("ready", StringComparison.Ordinal), "the program to be ready");

        // Beside the wait, which ends a runtime that takes no more.
        using Task typing = run.Input.WriteAsync(input).ContinueWith(_ => run.Input.Close(), TaskScheduler.Default);
        Result result = run.Wait(TimeSpan.FromSeconds(30));
        typing.Wait();

        Assert.That(result.Output.ReplaceLineEndings("\n"), Is.EqualTo("ready\n" + input + "end"));
    }

    [TestCase("run"), TestCase("exec"), CancelAfter(60_000)]
    public void Much_output_of_a_terminal_waits_for_a_slow_reader_and_is_whole(string command)
    {
        const string script = "stty -onlcr; seq 1 60000";
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Args("sh", "-c", command == "run" ? script : "sleep 60"));
        string line = $"run --bundle {container.Bundle.Path} {container.Id}";
        if (command == "exec")
        {
            using var socket = new ConsoleSocket(container.Folder.File("console.sock"));
            container.Run("--detach", "--console-socket", socket.Path).MustSucceed();
            line = $"exec --tty {container.Id} sh -c '{script}'";
        }

        // The pipe is full long before the reader begins.
        Result result = HostShell.Run(container.Folder, $"{Repository.RuntimeBinary} --root {container.Runtime.Root} {line} </dev/null | (sleep 1; tail -n 2)");

        Assert.That(result.Output, Is.EqualTo("59999\n60000"));
    }

    [Test, CancelAfter(60_000)]
    public void A_terminal_whose_watcher_has_left_is_hung_up()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Shell("stty -onlcr; while echo on and on; do :; done"));

        Result result = HostShell.Run(container.Folder, $"{Repository.RuntimeBinary} --root {container.Runtime.Root} run --bundle {container.Bundle.Path} {container.Id} </dev/null | head -n 1");

        Assert.That(result.Output, Is.EqualTo("on and on"));
        Assert.That(container.Left(), Is.Empty);
    }

    [TestCase("true"), TestCase("echo 'echo typed $((6 * 7))'")]
    [CancelAfter(60_000)]
    public void A_shell_with_an_editor_of_lines_ends_with_its_input(string typed)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Args("sh"));
        string run = $"{Repository.RuntimeBinary} --root {container.Runtime.Root} run --bundle {container.Bundle.Path} {container.Id}";

        Result result = HostShell.Run(container.Folder, $"{typed} | timeout --signal=KILL 15 {run}");

        Assert.That(result.ExitCode, Is.LessThan(128), result.ToString());
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void Run_sleeps_while_nothing_happens_after_the_end_of_its_input()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Shell("trap '' HUP; echo ready; while :; do sleep 60; done"));
        using RunningCommand run = container.RunInBackground();
        container.WaitForOutput("ready");

        // The third argument of poll(2), or of arm64's ppoll(2): no limit.
        Wait.Until(
            () => File.ReadAllText($"/proc/{run.Pid}/syscall").Split(' ') is [not "running", _, _, "0xffffffff" or "0xffffffffffffffff" or "0x0", ..],
            TimeSpan.FromSeconds(30),
            "a wait without a limit");

        Assert.That(run.HasEnded, Is.False);
    }
}
