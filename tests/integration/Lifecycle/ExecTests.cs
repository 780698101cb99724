using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary>What a process of <c>exec</c> is and what remains of it.</summary>
[TestFixture]
internal sealed class ExecTests
{
    private static readonly string[] s_namespaces = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"];

    [TestCase(false, TestName = "{m}(of the container's)")]
    [TestCase(true, TestName = "{m}(of a container with a user namespace)")]
    [CancelAfter(30_000)]
    public void Exec_joins_every_namespace_and_cgroup(bool users)
    {
        using var container = TestContainer.Started(bundle =>
        {
            bundle.Process.Args("sleep", "60");
            bundle.Namespace("cgroup");
            _ = users ? bundle.UserNamespace() : bundle;
        });
        string file = container.Folder.File("pid");

        container.ExecWith(["--detach", "--pid-file", file], "sleep", "61").MustSucceed();
        var process = new HostProcess(int.Parse(File.ReadAllText(file), System.Globalization.CultureInfo.InvariantCulture));

        foreach (string type in s_namespaces)
        {
            Assert.That(process.Namespace(type), Is.EqualTo(container.Init.Namespace(type)), type);
        }

        Assert.That(process.Namespace("user") == HostProcess.Self.Namespace("user"), Is.EqualTo(!users));
        Assert.That(CgroupLayout.Here.Of(process.Pid).Directories, Is.EqualTo(container.Cgroups.Directories));
        Assert.That(new FileInfo($"/proc/{process.Pid}/root").LinkTarget, Is.EqualTo(new FileInfo($"/proc/{container.Init.Pid}/root").LinkTarget));
        Assert.That(process.CommandLine, Is.EqualTo(new[] { "sleep", "61" }));
    }

    [Test, CancelAfter(30_000)]
    public void A_process_of_exec_is_as_confined_as_init()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        string file = container.Folder.File("pid");

        container.ExecWith(["--detach", "--pid-file", file], "sleep", "61").MustSucceed();
        var process = new HostProcess(int.Parse(File.ReadAllText(file), System.Globalization.CultureInfo.InvariantCulture));

        foreach (string field in (string[])["CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Uid", "Gid", "Groups", "Umask", "SigIgn", "SigBlk"])
        {
            Assert.That(process.Status(field), Is.EqualTo(container.Init.Status(field)), field);
        }

        Assert.That(process.Limit("Max open files"), Is.EqualTo(container.Init.Limit("Max open files")));
        Assert.That(process.EnvironmentVariables, Is.EquivalentTo(container.Init.EnvironmentVariables));
        Assert.That(process.Descriptors.Keys, Is.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(process.OomScoreAdjustment, Is.EqualTo(container.Init.OomScoreAdjustment));
    }

    [TestCase(0)]
    [TestCase(7)]
    [TestCase(255)]
    [CancelAfter(30_000)]
    public void Exec_passes_on_the_exit_code(int code)
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        Result result = container.Exec("sh", "-c", $"exit {code}");

        Assert.That((result.ExitCode, result.Error), Is.EqualTo((code, "")));
    }

    [Test, CancelAfter(30_000)]
    public void Exec_turns_a_signal_into_128_and_its_number()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        Assert.That(container.Exec("sh", "-c", "kill -KILL $$").ExitCode, Is.EqualTo(137));
    }

    [TestCase("no-such-program", "executable file not found in $PATH")]
    [TestCase("/no/such/program", "no such file or directory")]
    [TestCase("/etc", "is a directory")]
    [TestCase("/etc/passwd", "permission denied")]
    [TestCase("/script", "exec format error")]
    [CancelAfter(30_000)]
    public void Exec_of_what_cannot_be_executed_gives_255_and_says_why(string program, string why)
    {
        using var container = TestContainer.Started(bundle =>
        {
            bundle.Write("script", "echo never\n", (UnixFileMode)0b111_101_101);
            bundle.Process.Args("sleep", "60");
        });

        Result result = container.Exec(program);

        Assert.That(result.ExitCode, Is.EqualTo(255));
        Assert.That(result.Error, Does.Contain(why).IgnoreCase.And.Contain(program));
        Assert.That(result.Error.Split('\n'), Has.Length.EqualTo(1));
        Assert.That(Processes(container), Is.EqualTo(new[] { container.Init.Pid }));
    }

    [Test, CancelAfter(30_000)]
    public void Exec_works_in_a_created_container_that_was_not_started()
    {
        using var container = TestContainer.Created(bundle => bundle.Process.Args("sleep", "60"));

        Result result = container.Exec("hostname");

        Assert.That(result.Output, Is.EqualTo("bulkhead"), $"{result}");
        Assert.That(container.Status, Is.EqualTo("created"));
    }

    [Test, CancelAfter(30_000)]
    public void Exec_in_a_stopped_container_is_refused()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("true"));
        container.WaitUntilStopped();

        Result result = container.Exec("true");

        Assert.That(result.ExitCode, Is.EqualTo(255));
        Assert.That(result.Error, Does.Contain("container not running").Or.Contain("stopped"));
        Assert.That(result.Error, Does.Contain(container.Id));
    }

    [Test, CancelAfter(30_000)]
    public void Exec_in_a_container_that_does_not_exist_is_refused()
    {
        using var container = TestContainer.From();

        Result result = container.Exec("true");

        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Error, Does.Contain("does not exist"));
    }

    [Test, CancelAfter(60_000)]
    public void Fifty_execs_in_a_row_leave_nothing_in_the_container()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        for (int i = 0; i < 50; i++)
        {
            Assert.That(container.Exec("sh", "-c", $"exit {i}").ExitCode, Is.EqualTo(i));
        }

        Assert.That(Processes(container), Is.EqualTo(new[] { container.Init.Pid }));
        Assert.That(container.Exec("sh", "-c", "ls -d /proc/[0-9]*").Lines, Has.Length.LessThanOrEqualTo(3));
        Assert.That(Directory.EnumerateFileSystemEntries(Path.Combine(container.Runtime.Root, container.Id)).Count(), Is.EqualTo(1));
    }

    [Test, CancelAfter(30_000)]
    public void A_process_that_exec_leaves_behind_ends_with_the_container()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        string file = container.Folder.File("pid");
        container.ExecWith(["-d", "--pid-file", file], "sleep", "61").MustSucceed();
        var process = new HostProcess(int.Parse(File.ReadAllText(file), System.Globalization.CultureInfo.InvariantCulture));

        container.Kill("KILL").MustSucceed();

        Wait.Until(() => !process.IsAlive, "the detached process to end");
    }

    private static int[] Processes(TestContainer container) =>
        JsonNode.Parse(container.Runtime.Run("ps", "--format", "json", container.Id).Output)!.AsArray().Select(pid => (int)pid!).ToArray();
}
