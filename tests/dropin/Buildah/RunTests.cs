using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Buildah;

/// <summary><c>buildah run</c> and builds: <c>create</c>, <c>start</c>, <c>state</c> again and again, <c>kill</c> and <c>delete</c>.</summary>
internal sealed class RunTests
{
    [Test, CancelAfter(30_000)]
    public void Run_passes_on_all_streams_and_the_exit_code()
    {
        using var buildah = new BuildahHost();
        buildah.Command.Input = "typed\n";

        Result result = buildah.RunBox([], "sh", "-c", "cat; echo err >&2; exit 7");

        Assert.That(result.ExitCode, Is.EqualTo(7), result.ToString());
        Assert.That(result.Output, Is.EqualTo("typed"));
        Assert.That(result.Error, Does.StartWith("err"));
    }

    [TestCase("nosuch", "executable file not found in $PATH")]
    [TestCase("/etc/passwd", "permission denied")]
    [CancelAfter(30_000)]
    public void Run_of_what_cannot_be_executed_says_why(string program, string reason)
    {
        using var buildah = new BuildahHost();

        Result result = buildah.RunBox([], program);

        Assert.That(result.ExitCode, Is.EqualTo(1), result.ToString());
        Assert.That(result.Error, Does.Contain(program).And.Contain(reason));
    }

    [Test, CancelAfter(30_000)]
    public void The_process_is_given_what_was_asked_for()
    {
        using var buildah = new BuildahHost();
        string given = buildah.Folder.Folder("given");

        Result result = buildah.RunBox(
            ["--user", "1000:1000", "--env", "COLOUR=blue", "--workingdir", "/tmp", "--hostname", "box", "--volume", given + ":/given:ro", "--cap-drop", "CAP_CHOWN"],
            "sh", "-c", "id -u; echo $COLOUR; pwd; hostname; touch /given/x 2>/dev/null || echo ro; grep Seccomp: /proc/self/status | tr '\\t' ' '");

        Assert.That(result.MustSucceed().Lines, Is.EqualTo((string[])["1000", "blue", "/tmp", "box", "ro", "Seccomp: 2"]));
    }

    [TestCase("INT")]
    [TestCase("TERM")]
    [CancelAfter(30_000)]
    public void A_signal_to_buildah_ends_the_container_and_leaves_nothing(string signal)
    {
        using var buildah = new BuildahHost();
        string state = buildah.Folder.File("state");
        using RunningCommand run = buildah.Command.Start(BuildahHost.BoxArguments(["--runtime-flag", "root=" + state], "sh", "-c", "echo up; exec sleep 60"));
        Wait.Until(() => run.Output == "up", "the container");

        run.Signal(signal);

        Assert.That(run.Wait().ExitCode, Is.Not.Zero);
        Assert.That(Directory.GetDirectories(state, "buildah-*"), Is.Empty, "buildah kills and deletes in one breath");
    }

    [Test, CancelAfter(30_000)]
    public void Run_has_a_terminal()
    {
        using var buildah = new BuildahHost();
        string run = buildah.Command.Line(BuildahHost.BoxArguments(["--terminal"], "sh"));
        string environment = string.Concat(buildah.Command.Environment.Select(variable => $"export {variable.Key}={variable.Value}\n"));

        using CallersTerminal terminal = CallersTerminal.Start(buildah.Folder, $"{environment}stty rows 33 cols 99\n{run}\necho ended $?");
        terminal.WaitFor("#");
        terminal.Type("tty; stty size; exit 5\n");
        terminal.WaitFor("ended 5");

        Assert.That(terminal.Output, Does.Contain("/dev/pts/0").And.Contain("33 99"));
    }

    [Test, CancelAfter(60_000)]
    public void A_build_runs_its_commands()
    {
        using var buildah = new BuildahHost();
        string file = buildah.Folder.Write("Containerfile", """
            FROM scratch
            COPY rootfs /
            ENV COLOUR=blue
            RUN echo built $COLOUR >/built
            RUN ["/bin/sh", "-c", "grep -q blue /built && echo second step"]
            """);

        Result result = buildah.Command.Run("build", "--runtime", Repository.RuntimeBinary, "--isolation", "oci", "--network", "none", "--file", file, "--tag", "built", buildah.Folder.Path);

        Assert.That(result.MustSucceed().Output, Does.Contain("second step"));
    }
}
