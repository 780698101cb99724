using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.BadInput;

/// <summary>Command lines that can't be meant.</summary>
[TestFixture]
internal sealed class ArgumentTests
{
    private static readonly string[] s_commands = ["create", "start", "run", "state", "kill", "delete", "exec", "ps", "list", "pause", "resume", "update", "events", "checkpoint", "restore", "spec", "features"];

    private static readonly string[] s_withContainer = ["create", "start", "run", "state", "kill", "delete", "exec", "ps", "pause", "resume", "update", "events", "checkpoint", "restore"];

    private static readonly string[] s_withOne = ["create", "start", "run", "state", "delete", "pause", "resume", "update", "events", "checkpoint", "restore"];

    [TestCaseSource(nameof(s_commands))]
    [CancelAfter(60_000)]
    public void An_unknown_option_is_refused_by(string command) => Refused([command, "--no-such-option", "x"], "flag provided but not defined", "no-such-option");

    [TestCaseSource(nameof(s_withContainer))]
    [CancelAfter(60_000)]
    public void A_missing_container_is_refused_by(string command) => Refused([command], command, "requires");

    [TestCaseSource(nameof(s_withOne))]
    [CancelAfter(60_000)]
    public void A_second_container_is_refused_by(string command) => Refused([command, "one", "two"], command, "exactly 1 argument");

    [TestCase("create", "--bundle")]
    [TestCase("create", "--pid-file")]
    [TestCase("run", "--console-socket")]
    [TestCase("exec", "--env")]
    [TestCase("update", "--memory")]
    [CancelAfter(60_000)]
    public void An_option_without_its_value_is_refused(string command, string option) => Refused([command, option], "flag needs an argument", option);

    [TestCase("kill", "x", "NOSUCH", "NOSUCH")]
    [TestCase("kill", "x", "65", "65")]
    [TestCase("kill", "x", "-1", "-1")]
    [TestCase("kill", "x", "RTMIN+31", "RTMIN+31")]
    [TestCase("update", "--memory", "much", "much")]
    [TestCase("update", "--pids-limit", "many", "many")]
    [TestCase("update", "--cpu-idle", "2", "cpu-idle")]
    [TestCase("create", "--preserve-fds", "-1", "preserve-fds")]
    [TestCase("list", "--format", "xml", "xml")]
    [TestCase("ps", "--format", "xml", "xml")]
    [TestCase("exec", "--user", "root", "root")]
    [CancelAfter(60_000)]
    public void A_value_that_cannot_be_understood_is_refused(string command, string first, string second, string cause) => Refused([command, first, second], cause);

    [Test, CancelAfter(60_000)]
    public void An_unknown_command_is_refused() => Refused(["no-such-command"], "no-such-command");

    [Test, CancelAfter(60_000)]
    public void An_unknown_global_option_is_refused()
    {
        Result result = RuntimeCommand.Once("--no-such-option", "list");

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("no-such-option").And.Contain("flag provided but not defined"));
    }

    [Test, CancelAfter(60_000)]
    public void Exec_without_a_program_is_refused() => Refused(["exec", "x"], "program");

    [TestCase("/")]
    [TestCase("//")]
    [TestCase("/../.")]
    [CancelAfter(60_000)]
    public void The_root_of_the_file_system_is_no_state_root(string root)
    {
        Result result = RuntimeCommand.Once("--root", root, "list");

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("--root"));
    }

    [TestCase("--parent-path", "/absolute")]
    [TestCase("--page-server", "nowhere")]
    [TestCase("--page-server", "host:0")]
    [TestCase("--manage-cgroups-mode", "none")]
    [TestCase("--empty-ns", "pid")]
    [TestCase("--status-fd", "x")]
    [CancelAfter(60_000)]
    public void A_bad_value_for_a_checkpoint_is_refused(string option, string value)
    {
        Result result = RuntimeCommand.Once("checkpoint", option, value, "x");

        Assert.That(result.ExitCode, Is.EqualTo(1));
    }

    [Test, CancelAfter(60_000)]
    public void A_log_that_cannot_be_written_is_refused()
    {
        using var folder = new TemporaryFolder();
        var runtime = new RuntimeCommand(folder);

        Result result = runtime.Run("--log", folder.File("no/such/log"), "list");

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("no/such/log"));
    }

    [Test, CancelAfter(60_000)]
    public void Console_sockets_are_asked_for_and_refused_by_what_the_process_has()
    {
        using var container = TestContainer.From();
        using var terminal = TestContainer.From(bundle => bundle.Process.Terminal());
        using var socket = new ConsoleSocket(container.Folder.File("console.sock"));

        Refusal.Check(container, container.Runtime, ["create", "--console-socket", socket.Path, "--bundle", container.Bundle.Path, container.Id], "console socket");
        Refusal.Check(terminal, terminal.Runtime, ["create", "--bundle", terminal.Bundle.Path, terminal.Id], "console socket");
        Refusal.Check(terminal, terminal.Runtime, ["run", "--detach", "--bundle", terminal.Bundle.Path, terminal.Id], "console socket");
        Refusal.Check(terminal, terminal.Runtime, ["run", "--console-socket", socket.Path, "--bundle", terminal.Bundle.Path, terminal.Id], "console socket");
    }

    private static void Refused(string[] command, params string[] causes)
    {
        using var folder = new TemporaryFolder();
        var runtime = new RuntimeCommand(folder);

        Refusal.Check(null, runtime, command, causes);

        Assert.That(Directory.Exists(runtime.Root), Is.False);
    }
}
