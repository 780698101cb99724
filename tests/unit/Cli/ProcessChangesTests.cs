using Bulkhead.Runtime.Cli.Commands;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cli;

/// <summary>What the options of <c>exec</c> make of the container's own process.</summary>
internal sealed class ProcessChangesTests
{
    private static readonly Process Own = new()
    {
        Terminal = true,
        User = new User { Uid = 1, Gid = 2, AdditionalGids = [3] },
        Args = ["init"],
        Env = ["A=b"],
        Cwd = "/own",
        NoNewPrivileges = true,
        ApparmorProfile = "own",
        Capabilities = new LinuxCapabilities { Bounding = ["CAP_KILL"], Effective = ["CAP_KILL"], Permitted = ["CAP_KILL"] },
        OomScoreAdj = 5,
    };

    [Test]
    public void Without_options_only_program_and_terminal_differ() =>
        Assert.That(Apply("ls -l"), Is.EqualTo(Own with { Args = null, Terminal = false }).Using<Process>(SameButArguments));

    [Test]
    public void Arguments_are_the_programs() => Assert.That(Apply("ls -l").Args, Is.EqualTo(new[] { "ls", "-l" }));

    [Test]
    public void Tty_gives_a_terminal() => Assert.That(Apply("-t ls").Terminal, Is.True);

    [Test]
    public void Cwd_replaces() => Assert.That(Apply("--cwd /x ls").Cwd, Is.EqualTo("/x"));

    [Test]
    public void Env_is_appended() => Assert.That(Apply("-e C=d --env E=f=g ls").Env, Is.EqualTo(new[] { "A=b", "C=d", "E=f=g" }));

    [TestCase("-u 10 ls", 10u, 2u)]
    [TestCase("--user 10:20 ls", 10u, 20u)]
    [TestCase("--user=0:0 ls", 0u, 0u)]
    [TestCase("-u 4294967294 ls", 4294967294u, 2u)]
    public void User_replaces(string line, uint uid, uint gid) =>
        Assert.That((Apply(line).User.Uid, Apply(line).User.Gid), Is.EqualTo((uid, gid)));

    [Test]
    public void Additional_gids_are_appended() => Assert.That(Apply("-g 4 --additional-gids 5 ls").User.AdditionalGids, Is.EqualTo(new uint[] { 3, 4, 5 }));

    [TestCase("--no-new-privs=false ls", false)]
    [TestCase("--no-new-privs ls", true)]
    [TestCase("ls", true)]
    public void No_new_privs_replaces(string line, bool expected) => Assert.That(Apply(line).NoNewPrivileges, Is.EqualTo(expected));

    [Test]
    public void Labels_replace()
    {
        Process process = Apply("--apparmor a --process-label l ls");

        Assert.That((process.ApparmorProfile, process.SelinuxLabel), Is.EqualTo(("a", "l")));
    }

    [Test]
    public void Caps_are_added_to_what_the_kernel_checks_and_never_become_inheritable()
    {
        LinuxCapabilities sets = Apply("-c CAP_CHOWN ls").Capabilities!;

        Assert.That(sets.Bounding, Is.EqualTo(new[] { "CAP_KILL", "CAP_CHOWN" }));
        Assert.That(sets.Effective, Is.EqualTo(new[] { "CAP_KILL", "CAP_CHOWN" }));
        Assert.That(sets.Permitted, Is.EqualTo(new[] { "CAP_KILL", "CAP_CHOWN" }));
        Assert.That(sets.Inheritable, Is.Null);
        Assert.That(sets.Ambient, Is.Null);
    }

    [Test]
    public void Caps_become_ambient_where_they_are_inheritable()
    {
        ProcessChanges changes = ExecCommand.Parse("-c CAP_CHOWN -c CAP_FOWNER ID ls".Split(' ')).Changes;

        LinuxCapabilities sets = changes.ApplyTo(Own with { Capabilities = new LinuxCapabilities { Inheritable = ["CAP_CHOWN"] } }).Capabilities!;

        Assert.That(sets.Ambient, Is.EqualTo(new[] { "CAP_CHOWN" }));
    }

    [Test]
    public void A_document_is_taken_as_it_is()
    {
        ProcessChanges changes = ExecCommand.Parse("--process /F ID".Split(' ')).Changes;

        Assert.That(changes.ApplyToDocument(Own, Own with { Cwd = "/elsewhere" }), Is.EqualTo(Own));
    }

    [Test]
    public void A_document_is_as_confined_as_the_container_where_it_is_silent()
    {
        Process own = Own with
        {
            Rlimits = [new PosixRlimit { Type = "RLIMIT_CORE", Soft = 0, Hard = 0 }],
            SelinuxLabel = "label",
            Scheduler = new Scheduler { Policy = LinuxSchedulerPolicy.Batch },
            IoPriority = new LinuxIoPriority { Class = IoPriorityClass.Idle, Priority = 0 },
            ExecCpuAffinity = new CpuAffinity { Final = "0" },
        };
        ProcessChanges changes = ExecCommand.Parse("--process /F ID".Split(' ')).Changes;

        Process silent = changes.ApplyToDocument(new Process { User = Own.User, Args = ["a"], Cwd = "/" }, own);

        Assert.That(silent, Is.EqualTo(own with { Terminal = null, Args = silent.Args, Env = null, Cwd = "/", NoNewPrivileges = null, OomScoreAdj = null }));
    }

    [Test]
    public void A_document_with_tty_beside_it_gets_a_terminal()
    {
        ProcessChanges changes = ExecCommand.Parse("--process /F --tty ID".Split(' ')).Changes;

        Assert.That(changes.ApplyToDocument(Own with { Terminal = null }, Own).Terminal, Is.True);
    }

    private static Process Apply(string line)
    {
        List<string> arguments = [.. line.Split(' ')];
        int program = arguments.IndexOf("ls");
        arguments.Insert(program, "ID");
        return ExecCommand.Parse([.. arguments]).Changes.ApplyTo(Own);
    }

    private static bool SameButArguments(Process one, Process other) =>
        (one with { Args = null, User = Own.User }) == (other with { Args = null, User = Own.User })
        && one.User.Uid == other.User.Uid && one.User.Gid == other.User.Gid;
}
