using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>What the container's program finds itself to be: user, limits, environment, folder, signals.</summary>
[TestFixture]
internal sealed class ProcessTests
{
    [Test, CancelAfter(30_000)]
    public void User_group_and_additional_groups_are_the_documents_and_no_others()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.User(1000, 1234, 5, 2000).Args("sleep", "60"));

        HostProcess init = container.Init;

        Assert.That(init.Status("Uid").Split('\t'), Is.All.EqualTo("1000"));
        Assert.That(init.Status("Gid").Split('\t'), Is.All.EqualTo("1234"));
        Assert.That(init.Status("Groups"), Is.EqualTo("5 2000"));
    }

    [Test, CancelAfter(30_000)]
    public void Root_has_no_additional_groups_of_the_callers()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        string groups = container.Init.Status("Groups");

        Assert.That(groups, Is.Empty);
        Assert.That(container.Exec("grep", "Groups", "/proc/self/status").Output.Trim(), Is.EqualTo("Groups:"));
    }

    [TestCase(null, "0022"), TestCase(63, "0077"), TestCase(0, "0000"), TestCase(511, "0777")]
    [CancelAfter(30_000)]
    public void The_umask_is_the_documents_or_022(int? mask, string shown)
    {
        using var container = TestContainer.Started(bundle =>
        {
            bundle.Process.Args("sleep", "60");
            if (mask is not null)
            {
                bundle.Set("process.user.umask", mask);
            }
        });

        string actual = container.Init.Status("Umask");

        Assert.That(actual, Is.EqualTo(shown));
    }

    [Test, CancelAfter(30_000)]
    public void Resource_limits_are_the_documents()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Rlimit("RLIMIT_NOFILE", 64, 128).Rlimit("RLIMIT_CORE", 0, 4096).Rlimit("RLIMIT_FSIZE", 1 << 20, 1 << 21)
            .Rlimit("RLIMIT_STACK", 1 << 22, 1 << 23).Rlimit("RLIMIT_NPROC", 100, 200).Rlimit("RLIMIT_MEMLOCK", 4096, 8192).Rlimit("RLIMIT_CPU", 100, ulong.MaxValue).Args("sleep", "60"));

        HostProcess init = container.Init;

        Assert.That(init.Limit("Max open files"), Is.EqualTo(("64", "128")));
        Assert.That(init.Limit("Max core file size"), Is.EqualTo(("0", "4096")));
        Assert.That(init.Limit("Max file size"), Is.EqualTo(("1048576", "2097152")));
        Assert.That(init.Limit("Max stack size"), Is.EqualTo(("4194304", "8388608")));
        Assert.That(init.Limit("Max processes"), Is.EqualTo(("100", "200")));
        Assert.That(init.Limit("Max locked memory"), Is.EqualTo(("4096", "8192")));
        Assert.That(init.Limit("Max cpu time"), Is.EqualTo(("100", "unlimited")));
    }

    [Test, CancelAfter(30_000)]
    public void A_resource_limit_has_its_effect()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Rlimit("RLIMIT_FSIZE", 1024, 1024).Shell("trap '' XFSZ; head -c 4096 /dev/zero >/dev/shm/file; stat -c %s /dev/shm/file"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("1024"), result.ToString());
    }

    [TestCase(0), TestCase(17), TestCase(1000)]
    [CancelAfter(30_000)]
    public void The_out_of_memory_score_is_the_documents(int score)
    {
        using var container = TestContainer.Started(bundle => bundle.Set("process.oomScoreAdj", score).Process.Args("sleep", "60"));

        int actual = container.Init.OomScoreAdjustment;

        Assert.That(actual, Is.EqualTo(score));
    }

    [Test, CancelAfter(30_000)]
    public void An_out_of_memory_score_below_the_callers_can_be_had()
    {
        Machine.NeedsCapability("CAP_SYS_RESOURCE", 24);
        using var container = TestContainer.Started(bundle => bundle.Set("process.oomScoreAdj", -500).UserNamespace().Process.Args("sleep", "60"));

        int actual = container.Init.OomScoreAdjustment;

        Assert.That(actual, Is.EqualTo(-500));
    }

    [Test, CancelAfter(30_000)]
    public void A_hard_limit_above_the_callers_can_be_had_in_a_user_namespace()
    {
        Machine.NeedsCapability("CAP_SYS_RESOURCE", 24);
        using var container = TestContainer.Started(bundle => bundle.UserNamespace().Process.Rlimit("RLIMIT_MSGQUEUE", 1 << 30, 1 << 30).Args("sleep", "60"));

        (string soft, string hard) = container.Init.Limit("Max msgqueue size");

        Assert.That((soft, hard), Is.EqualTo(("1073741824", "1073741824")));
    }

    [Test, CancelAfter(30_000)]
    public void The_environment_is_the_documents_and_a_home()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.Set("process.env", new JsonArray("PATH=/usr/bin", "ONE=1", "EMPTY=", "TWO=a=b", "ONE=2"));
            bundle.Process.Args("env");
        });
        container.Runtime.Environment["OF_THE_CALLER"] = "leaked";

        Result result = container.Run();

        Assert.That(result.Lines, Is.EquivalentTo(new[] { "PATH=/usr/bin", "ONE=2", "EMPTY=", "TWO=a=b", "HOME=/root" }), result.ToString());
    }

    [TestCase(0, "/root"), TestCase(1000, "/home"), TestCase(4711, "/")]
    [CancelAfter(30_000)]
    public void Home_is_that_of_the_containers_own_passwd_file(int user, string home)
    {
        using var container = TestContainer.From(bundle => bundle.Process.User(user, 0).Shell("echo $HOME"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo(home));
    }

    [Test, CancelAfter(30_000)]
    public void A_home_in_the_document_stays()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Env("HOME=/elsewhere").Shell("echo $HOME"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("/elsewhere"));
    }

    [TestCase(true), TestCase(false)]
    [CancelAfter(30_000)]
    public void A_missing_working_directory_is_made_even_when_the_root_is_read_only(bool readOnly)
    {
        using var container = TestContainer.From(bundle => bundle.Set("root.readonly", readOnly).Process.Cwd("/made/for/me").Shell("pwd; stat -c '%a %u' ."));

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "/made/for/me", "755 0" }), result.ToString());
    }

    [TestCase(1000), TestCase(0)]
    [CancelAfter(30_000)]
    public void A_working_directory_that_only_its_owner_may_enter_is_entered(int owner)
    {
        using var container = TestContainer.From(bundle => bundle.Process.User(1000, 1000).Cwd("/private").Args("sh", "-c", "pwd"));
        string folder = Path.Combine(container.Bundle.Rootfs, "private");
        Directory.CreateDirectory(folder);
        Host.Shell($"chown {owner} {folder}; chmod 700 {folder}");

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("/private"), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_working_directory_that_is_a_file_is_an_error()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Cwd("/etc/passwd"));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("/etc/passwd").And.Contain("Not a directory"));
    }

    [Test, CancelAfter(30_000)]
    public void No_signal_is_ignored_blocked_or_caught()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        HostProcess init = container.Init;

        foreach (string set in (string[])["SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd"])
        {
            Assert.That(init.Status(set), Is.EqualTo("0000000000000000"), set);
        }

        Assert.That(container.Exec("grep", "^Sig[BIC]", "/proc/self/status").Lines.Select(line => line.Split('\t')[1]), Is.All.EqualTo("0000000000000000"));
    }

    [Test, CancelAfter(30_000)]
    public void Signals_that_the_caller_ignores_are_not_ignored_inside()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("grep", "SigIgn", "/proc/self/status"));

        string output = Host.Shell($"trap '' INT QUIT USR1 PIPE; {Repository.RuntimeBinary} --root {container.Runtime.Root} run --bundle {container.Bundle.Path} {container.Id}");

        Assert.That(output, Is.EqualTo("SigIgn:\t0000000000000000"));
    }

    [Test, CancelAfter(30_000)]
    public void Init_leads_a_session_of_its_own()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("cut", "-d ", "-f1,5,6,7", "/proc/self/stat"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("1 1 1 0"), "process, group, session, no terminal");
    }

    [Test, CancelAfter(30_000)]
    public void Everything_that_the_kernel_tells_of_the_process_is_as_with_runc()
    {
        const string Fields = "^(Umask|State|PPid|TracerPid|Uid|Gid|FDSize|Groups|Kthread|CoreDumping|THP|Threads|Sig|Shd|Cap|NoNew|Seccomp|Speculation|SpeculationInd|Cpus|Mems):?";
        using var container = TestContainer.From(bundle => bundle.Process.Shell(
            $"grep -E '{Fields}' /proc/self/status; cat /proc/self/limits /proc/self/oom_score_adj /proc/self/personality /proc/self/coredump_filter /proc/self/timerslack_ns /proc/self/cmdline; env; umask; ulimit -a; pwd; nice; cat /proc/self/autogroup | cut -d' ' -f3"));

        Result expected = Host.RunWithRunc(container);
        Result result = container.Run();

        Assert.That(Comparable(result), Is.EqualTo(Comparable(expected)));
    }

    // A shell exports its variables in an order of its own.
    private static string[] Comparable(Result result) => result.Lines.Order(StringComparer.Ordinal).ToArray();
}
