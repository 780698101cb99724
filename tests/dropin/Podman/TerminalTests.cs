using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Podman;

/// <summary>podman in a person's terminal.</summary>
internal sealed class TerminalTests
{
    [Test, CancelAfter(30_000)]
    public void A_container_has_a_terminal_of_the_callers_size()
    {
        using var podman = new PodmanHost();
        string run = podman.Command.Line(podman.BoxArguments("run", ["--rm", "--interactive", "--tty"], "sh"));

        using CallersTerminal terminal = Start(podman, $"stty rows 33 cols 99\n{run}\necho ended $?");
        terminal.WaitFor("#");
        terminal.Type("tty; stty size; exit 5\n");

        terminal.WaitFor("ended 5");
        Assert.That(terminal.Output, Does.Contain("/dev/pts/0").And.Contain("33 99"));
    }

    [Test, CancelAfter(30_000)]
    public void An_exec_has_a_terminal()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox([], "sleep", "60");

        using CallersTerminal terminal = Start(podman, $"stty rows 33 cols 99\n{podman.Command.Line("exec", "-it", id, "sh")}\necho ended $?");
        terminal.WaitFor("#");
        terminal.Type("tty; stty size; exit 5\n");

        terminal.WaitFor("ended 5");
        Assert.That(terminal.Output, Does.Contain("/dev/pts/0").And.Contain("33 99"));
    }

    [Test, CancelAfter(30_000)]
    public void Attach_to_a_terminal_and_go_away_again()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox(["--interactive", "--tty"], "sh");

        using CallersTerminal terminal = Start(podman, $"{podman.Command.Line("attach", "--detach-keys", "ctrl-x", id)}\necho ended $?");
        Wait.Until(() => Typed(terminal, "echo $((40+2))\n", "42"), "the shell's answer");
        terminal.Type("\u0018");

        terminal.WaitFor("ended 0");
        Assert.That(podman.Inspect(id, ".State.Status"), Is.EqualTo("running"));
    }

    [Test, CancelAfter(30_000)]
    public void An_interrupt_typed_reaches_the_program()
    {
        using var podman = new PodmanHost();
        string run = podman.Command.Line(podman.BoxArguments("run", ["--rm", "--interactive", "--tty"], "sh", "-c", "trap 'echo interrupted; exit 9' INT; echo up; while :; do usleep 10000; done"));

        using CallersTerminal terminal = Start(podman, $"{run}\necho ended $?");
        terminal.WaitFor("up");
        terminal.Type("\u0003");

        terminal.WaitFor("ended 9");
        Assert.That(terminal.Output, Does.Contain("interrupted"));
    }

    // Before podman has attached, what is typed is the terminal's own.
    private static bool Typed(CallersTerminal terminal, string keys, string answer)
    {
        terminal.Type(keys);
        return Wait.Try(() => terminal.Output.Contains(answer, StringComparison.Ordinal), TimeSpan.FromSeconds(1));
    }

    private static CallersTerminal Start(PodmanHost podman, string lines) =>
        CallersTerminal.Start(podman.Folder, $"export CONTAINERS_CONF={podman.Command.Environment["CONTAINERS_CONF"]}\n{lines}");
}
