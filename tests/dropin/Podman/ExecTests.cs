using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Podman;

/// <summary><c>podman exec</c>, which conmon carries out with <c>exec --detach</c>.</summary>
internal sealed class ExecTests
{
    [Test, CancelAfter(30_000)]
    public void Exec_passes_on_all_streams_and_the_exit_code()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox([], "sleep", "60");
        podman.Command.Input = "typed\n";

        Result result = podman.Run("exec", "--interactive", id, "sh", "-c", "cat; echo err >&2; exit 9");

        Assert.That(result.ExitCode, Is.EqualTo(9), result.ToString());
        Assert.That(result.Output, Is.EqualTo("typed"));
        Assert.That(result.Error, Is.EqualTo("err"));
    }

    [Test, CancelAfter(30_000)]
    public void The_process_has_the_user_environment_and_folder_asked_for()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox(["--env", "OLD=kept"], "sleep", "60");

        Result result = podman.Run("exec", "--user", "1000:1000", "--env", "NEW=given", "--workdir", "/tmp", id, "sh", "-c", "id -u; pwd; echo $OLD $NEW");

        Assert.That(result.MustSucceed().Lines, Is.EqualTo((string[])["1000", "/tmp", "kept given"]));
    }

    [TestCase("nosuch", 127, TestName = "Exec of a program that is nowhere in PATH ends with 127")]
    [TestCase("/bin/nosuch", 127, TestName = "Exec of a path that leads nowhere ends with 127")]
    [TestCase("/etc/passwd", 126, TestName = "Exec of a file that is no program ends with 126")]
    [CancelAfter(30_000)]
    public void Exec_of_what_cannot_be_executed(string program, int exitCode)
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox([], "sleep", "60");

        Result result = podman.Run("exec", id, program);

        Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.ToString());
        Assert.That(result.Error, Does.Contain(program));
    }

    [Test, CancelAfter(30_000)]
    public void A_detached_exec_goes_on_by_itself()
    {
        using var podman = new PodmanHost();
        string seen = podman.Folder.Folder("seen");
        string id = podman.StartBox(["--volume", seen + ":/seen"], "sleep", "60");

        Result result = podman.Run("exec", "--detach", id, "sh", "-c", "while [ ! -e /seen/go ]; do usleep 10000; done; echo done >/seen/done");
        File.WriteAllText(Path.Combine(seen, "go"), "");

        Assert.That(result.MustSucceed().Output, Has.Length.EqualTo(64));
        Wait.Until(() => File.Exists(Path.Combine(seen, "done")), "the detached exec");
    }

    [Test, CancelAfter(30_000)]
    public void The_end_of_the_container_ends_an_exec()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox([], "sleep", "60");
        using RunningCommand exec = podman.Command.Start("exec", id, "sh", "-c", "echo up; exec sleep 60");
        Wait.Until(() => exec.Output == "up", "the exec");

        podman.Run("kill", id).MustSucceed();

        Assert.That(exec.Wait().ExitCode, Is.EqualTo(137));
    }

    [TestCase("stop")]
    [TestCase("pause")]
    [CancelAfter(30_000)]
    public void Exec_in_a_container_that_does_not_run_is_refused(string how)
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox([], "sleep", "60");
        podman.Run(how == "stop" ? ["stop", "--time", "0", id] : ["pause", id]).MustSucceed();

        Result result = podman.Run("exec", id, "true");

        Assert.That(result.ExitCode, Is.EqualTo(255), result.ToString());
        Assert.That(result.Error, Does.Contain("container state improper"));
    }

    [Test, CancelAfter(30_000)]
    public void Descriptors_are_handed_on()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox([], "sleep", "60");
        podman.Command.Descriptors[3] = podman.Folder.Write("third", "");

        podman.Run("exec", "--preserve-fds", "1", id, "sh", "-c", "echo through >&3").MustSucceed();

        Assert.That(File.ReadAllText(podman.Folder.File("third")), Is.EqualTo("through\n"));
    }

    [Test, CancelAfter(30_000)]
    public void A_privileged_exec_has_every_capability_that_can_be_had()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox([], "sleep", "60");

        string plain = podman.Run("exec", id, "grep", "CapEff", "/proc/self/status").MustSucceed().Output;
        string privileged = podman.Run("exec", "--privileged", id, "grep", "CapEff", "/proc/self/status").MustSucceed().Output;

        Assert.That(plain, Does.EndWith("00000000a80425fb"));
        Assert.That(privileged, Does.EndWith(HostProcess.Self.Status("CapBnd")));
    }

    [TestCase("exit 0", "healthy", 0)]
    [TestCase("exit 1", "unhealthy", 1)]
    [CancelAfter(30_000)]
    public void A_health_check_is_an_exec(string check, string health, int exitCode)
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox(["--health-cmd", check, "--health-interval", "disable", "--health-retries", "1"], "sleep", "60");

        Result result = podman.Run("healthcheck", "run", id);

        Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.ToString());
        Assert.That(podman.Inspect(id, ".State.Healthcheck.Status"), Is.EqualTo(health));
    }
}
