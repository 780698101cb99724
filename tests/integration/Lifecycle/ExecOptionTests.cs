using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary>Each option of <c>exec</c>, seen from inside the process.</summary>
[TestFixture]
internal sealed class ExecOptionTests
{
    private static TestContainer Sleeping => TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

    [Test, CancelAfter(30_000)]
    public void Env_adds_to_the_containers_environment_and_replaces_what_has_the_same_name()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Env("ONE=1").Env("TWO=2").Args("sleep", "60"));

        Result result = container.ExecWith(["--env", "TWO=zwei", "-e", "THREE=a=b c"], "env");

        Assert.That(result.Lines, Does.Contain("ONE=1").And.Contain("TWO=zwei").And.Contain("THREE=a=b c").And.Contain("TERM=xterm"));
        Assert.That(result.Lines, Does.Not.Contain("TWO=2"));
    }

    [Test, CancelAfter(30_000)]
    public void Path_in_the_environment_is_where_the_program_is_looked_for()
    {
        using var container = TestContainer.Started(bundle => bundle.Write("opt/tools/mine", "#!/bin/sh\necho found", (UnixFileMode)0b111_101_101).Process.Args("sleep", "60"));

        Result result = container.ExecWith(["--env", "PATH=/nowhere:/opt/tools:/bin"], "mine");

        Assert.That(result.Output, Is.EqualTo("found"), $"{result}");
    }

    [Test, CancelAfter(30_000)]
    public void Cwd_is_the_working_directory()
    {
        using var container = Sleeping;

        Result there = container.ExecWith(["--cwd", "/usr/bin"], "pwd");
        Result missing = container.ExecWith(["--cwd", "/no/such"], "pwd");
        Result relative = container.ExecWith(["--cwd", "usr"], "pwd");

        Assert.That(there.Output, Is.EqualTo("/usr/bin"));
        Assert.That((missing.ExitCode, relative.ExitCode), Is.EqualTo((255, 255)));
        Assert.That(missing.Error, Does.Contain("/no/such").And.Contain("no such file or directory").IgnoreCase);
        Assert.That(relative.Error, Does.Contain("cwd"));
    }

    [TestCase(new[] { "--user", "1000" }, "1000 0 ", TestName = "{m}(uid)")]
    [TestCase(new[] { "--user", "1000:2000" }, "1000 2000 ", TestName = "{m}(uid and gid)")]
    [TestCase(new[] { "-u", "1000:1000", "-g", "7", "--additional-gids", "8" }, "1000 1000 7 8", TestName = "{m}(further groups)")]
    [CancelAfter(30_000)]
    public void The_process_runs_as(string[] options, string expected)
    {
        using var container = Sleeping;

        Result result = container.ExecWith(options, "sh", "-c", "sed -n 's/^[UG]id:\t*\\([0-9]*\\).*/\\1/p; s/^Groups:\t*//p' /proc/self/status");

        Assert.That(string.Join(' ', result.Lines).Trim(), Is.EqualTo(expected.Trim()), $"{result}");
    }

    [Test, CancelAfter(30_000)]
    public void Cap_adds_a_capability()
    {
        using var container = Sleeping;
        const ulong rawSockets = 1UL << 13;

        Result with = container.ExecWith(["--cap", "CAP_NET_RAW"], "grep", "-E", "Cap(Eff|Prm|Bnd)", "/proc/self/status");
        Result without = container.Exec("grep", "CapEff", "/proc/self/status");

        Assert.That(with.Lines.Select(line => Convert.ToUInt64(line.Split('\t')[1], 16) & rawSockets), Is.All.EqualTo(rawSockets));
        Assert.That(Convert.ToUInt64(without.Output.Split('\t')[1], 16) & rawSockets, Is.Zero);
    }

    [Test, CancelAfter(30_000)]
    public void An_unknown_capability_is_refused()
    {
        using var container = Sleeping;

        Result result = container.ExecWith(["--cap", "CAP_FLY"], "true");

        Assert.That(result.ExitCode, Is.EqualTo(255));
        Assert.That(result.Error, Does.Contain("CAP_FLY"));
    }

    [Test, CancelAfter(30_000)]
    public void No_new_privs_holds_for_the_process_alone()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.NoNewPrivileges(false).Args("sleep", "60"));

        Result with = container.ExecWith(["--no-new-privs"], "grep", "NoNewPrivs", "/proc/self/status");
        Result without = container.Exec("grep", "NoNewPrivs", "/proc/self/status");

        Assert.That(with.Output, Does.EndWith("1"));
        Assert.That(without.Output, Does.EndWith("0"));
    }

    [Test, CancelAfter(30_000)]
    public void Process_takes_everything_from_a_document()
    {
        using var container = Sleeping;
        string document = container.Folder.Write("process.json", """
            {"args": ["sh", "-c", "echo $A $(pwd) $(id -u):$(id -g)"], "env": ["A=b", "PATH=/bin:/usr/bin"], "cwd": "/etc", "user": {"uid": 1000, "gid": 2000}}
            """);

        Result result = container.ExecWith(["--process", document]);

        Assert.That(result.Output, Is.EqualTo("b /etc 1000:2000"), $"{result}");
    }

    [TestCase("{", TestName = "{m}(broken)")]
    [TestCase("""{"cwd": "/"}""", TestName = "{m}(without arguments)")]
    [TestCase("""{"args": ["true"]}""", TestName = "{m}(without a working directory)")]
    [TestCase("""{"args": "true", "cwd": "/"}""", TestName = "{m}(of the wrong types)")]
    [CancelAfter(30_000)]
    public void A_document_is_refused_that_is(string document)
    {
        using var container = Sleeping;

        Result result = container.ExecWith(["--process", container.Folder.Write("process.json", document)]);

        Assert.That(result.ExitCode, Is.EqualTo(255));
        Assert.That(result.Error.Split('\n'), Has.Length.EqualTo(1));
    }

    [Test, CancelAfter(30_000)]
    public void Preserve_fds_hands_descriptors_over()
    {
        using var container = Sleeping;
        container.Runtime.Descriptors[3] = container.Folder.Write("three", "third\n");

        Result with = container.ExecWith(["--preserve-fds", "1"], "sh", "-c", "cat <&3");
        Result without = container.Exec("ls", "/proc/self/fd");
        container.Runtime.Descriptors.Clear();
        Result missing = container.ExecWith(["--preserve-fds", "1"], "true");

        Assert.That(with.Output, Is.EqualTo("third"));
        Assert.That(without.Lines, Is.EqualTo(new[] { "0", "1", "2", "3" }));
        Assert.That(missing.Error, Does.Contain("descriptor 3 is not open"));
    }

    [Test, CancelAfter(30_000)]
    public void Detach_returns_while_the_process_runs_and_its_output_goes_on()
    {
        using var container = Sleeping;
        string file = container.Folder.File("pid");
        using RunningCommand exec = container.ExecInBackground(["--detach", "--pid-file", file], "sh", "-c", "read line </dev/null; sleep 0.2; echo later; exec sleep 61");

        Result result = exec.Wait();
        int pid = int.Parse(File.ReadAllText(file), System.Globalization.CultureInfo.InvariantCulture);

        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(new HostProcess(pid).IsAlive, Is.True);
        Wait.Until(() => exec.Output == "later", "the output of the detached process");
    }

    [Test, CancelAfter(30_000)]
    public void The_arguments_of_the_program_are_its_own()
    {
        using var container = Sleeping;

        Result result = container.ExecWith(["--"], "echo", "-e", "--env", "--", "-u");

        Assert.That(result.Output, Is.EqualTo("--env -- -u"));
    }
}
