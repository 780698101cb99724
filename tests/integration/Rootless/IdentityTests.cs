using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Rootless;

/// <summary>The ids that a user may map, and what can't be had with them.</summary>
[TestFixture]
internal sealed class IdentityTests
{
    [Test, CancelAfter(60_000)]
    public void A_range_is_mapped_by_the_tools_for_it()
    {
        NeedTools();
        using TestContainer container = User.Container(bundle =>
        {
            User.MapRange(bundle);
            bundle.Process.User(5, 6, 7, 8).Shell("id -u; id -g; id -G; tr -s ' ' </proc/self/uid_map; cat /proc/self/setgroups");
        });
        User.GrantIds(container);

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo((string[])["5", "6", "6 7 8", $" 0 {User.Id} 1", " 1 300000 1000", "allow"]), result.ToString());
    }

    [Test, CancelAfter(60_000)]
    public void A_range_that_was_not_granted_is_refused_in_the_tools_words()
    {
        NeedTools();
        using TestContainer container = User.Container(bundle => bundle.Set("linux.uidMappings.0.size", 10));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("linux.uidMappings: newuidmap: "));
        Assert.That(result.Error.Split('\n'), Has.Length.EqualTo(1));
    }

    [Test, CancelAfter(60_000)]
    public void Without_the_tools_the_error_names_them()
    {
        using TestContainer container = User.Container(User.MapRange);
        container.Runtime.Launcher.InsertRange(0, ["/usr/bin/env", "PATH=/nowhere"]);
        container.Runtime.Launcher[2] = "/usr/bin/setpriv";

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("linux.uidMappings: a user may map the own id alone without newuidmap (package uidmap), which is not in PATH"));
    }

    [Test, CancelAfter(60_000)]
    public void Groups_are_refused_where_only_the_own_is_mapped()
    {
        using TestContainer container = User.Container(bundle => bundle.Process.User(0, 0, 5));

        Assert.That(container.Run().Error, Does.Contain("process.user.additionalGids: ").And.Contain("cannot set any additional groups in a rootless container"));
    }

    [Test, CancelAfter(60_000)]
    public void Groups_of_an_exec_are_refused_where_only_the_own_is_mapped()
    {
        using TestContainer container = User.Started(bundle => bundle.Process.Args("sleep", "60"));

        Result result = container.ExecWith(["--additional-gids", "5"], "true");

        Assert.That(result.ExitCode, Is.EqualTo(255));
        Assert.That(result.Error, Does.Contain("cannot set any additional groups in a rootless container"));
    }

    [Test, CancelAfter(60_000)]
    public void A_document_without_a_user_namespace_is_refused()
    {
        using TestContainer container = User.Container(bundle =>
            bundle.WithoutNamespace("user").Remove("linux.uidMappings").Remove("linux.gidMappings"));

        Assert.That(container.Run().Error, Does.Contain("linux.namespaces: ").And.Contain("rootless container requires user namespaces"));
    }

    [Test, CancelAfter(60_000)]
    public void A_mount_that_names_an_unmapped_id_is_refused_by_name()
    {
        using TestContainer container = User.Container(bundle => bundle.Mount("/mnt", "tmpfs", "tmpfs", "gid=5"));

        Assert.That(container.Run().Error, Does.Contain("gid=5 is not in linux.gidMappings"));
    }

    [TestCase(500, true), TestCase(-500, false)]
    [CancelAfter(60_000)]
    public void An_out_of_memory_score_can_be_raised_and_not_lowered(int score, bool works)
    {
        using TestContainer container = User.Container(bundle => bundle.Set("process.oomScoreAdj", score).Process.Args("cat", "/proc/self/oom_score_adj"));

        Result result = container.Run();

        Assert.That(works ? result.Output : result.Error, works ? Is.EqualTo("500") : Does.Contain("process.oomScoreAdj: write"));
    }

    [Test, CancelAfter(60_000)]
    public void A_hard_limit_above_the_users_is_refused()
    {
        using TestContainer container = User.Container(bundle => bundle.Process.Rlimit("RLIMIT_NOFILE", 1024, 100_000_000));

        Assert.That(container.Run().Error, Does.Contain("process.rlimits: prlimit RLIMIT_NOFILE"));
    }

    private static void NeedTools()
    {
        if (!File.Exists("/usr/bin/newuidmap"))
        {
            Assert.Ignore("needs newuidmap and newgidmap (Debian: uidmap)");
        }
    }
}
