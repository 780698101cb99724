using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.BadInput;

/// <summary>Hooks that fail: until the program has begun they end the container, and what the others made is taken back.</summary>
/// <remarks>runtime-spec 1.3, runtime.md, "Lifecycle", steps 3 to 13.</remarks>
[TestFixture]
internal sealed class HookFailureTests
{
    private static IEnumerable<TestCaseData> Failures()
    {
        foreach (string kind in (string[])["prestart", "createRuntime", "createContainer", "startContainer", "poststart"])
        {
            yield return new TestCaseData(kind, "exit", "echo the reason >&2; exit 3", "the reason").SetArgDisplayNames(kind, "exits with a code");
            yield return new TestCaseData(kind, "signal", "kill -KILL $$", "signal 9").SetArgDisplayNames(kind, "is killed");
            yield return new TestCaseData(kind, "timeout", "sleep 30", "time limit").SetArgDisplayNames(kind, "takes too long");
            yield return new TestCaseData(kind, "missing", "", "no such file or directory").SetArgDisplayNames(kind, "is missing");
        }
    }

    [TestCaseSource(nameof(Failures))]
    [CancelAfter(60_000)]
    public void Run_fails_and_leaves_nothing_when_a_hook(string kind, string how, string script, string why)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        AddFailing(container, kind, how, script);

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1), $"{result}");
        Assert.That(result.Error, Does.Contain($"hooks.{kind}[1]").And.Contain(why).IgnoreCase);
        Assert.That(result.Error.Split('\n'), Has.Length.EqualTo(1));
        Assert.That(container.Left(), Is.Empty);
        Assert.That(File.ReadAllLines(container.Folder.File("shared/order")), Is.EqualTo(new[] { "before", "stopped" }));
    }

    [TestCase("prestart")]
    [TestCase("createRuntime")]
    [TestCase("createContainer")]
    [CancelAfter(60_000)]
    public void Create_fails_and_leaves_nothing_when_a_hook_fails_of(string kind)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        AddFailing(container, kind, "exit", "exit 3");

        Result result = container.Create();

        Assert.That(result.ExitCode, Is.EqualTo(1), $"{result}");
        Assert.That(result.Error, Does.Contain($"hooks.{kind}[1]").And.Contain("/bin/sh"));
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void What_a_hook_has_started_ends_with_it_when_it_takes_too_long()
    {
        using var container = TestContainer.From();
        string file = container.Folder.File("pid");
        container.Bundle.Hook("createRuntime", "/bin/sh", "sh", "-c", $"sleep 300 & echo $! > {file}; wait").Array("hooks.createRuntime")[0]!["timeout"] = 1;
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Error, Does.Contain("time limit"), $"{result}");
        var left = new HostProcess(int.Parse(File.ReadAllText(file), System.Globalization.CultureInfo.InvariantCulture));
        Wait.Until(() => !left.IsAlive, "the hook's child to end");
    }

    [Test, CancelAfter(60_000)]
    public void A_startContainer_hook_that_fails_ends_the_container()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("echo begun"));
        AddFailing(container, "startContainer", "exit", "exit 3");
        container.Create().MustSucceed();

        container.Start();
        container.WaitUntilStopped();

        Assert.That(container.Output, Is.Empty);
        Assert.That(container.Error, Does.Contain("hooks.startContainer[1]").And.Contain("exit code 3"));
        container.Delete().MustSucceed();
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void A_poststart_hook_that_fails_fails_start_and_destroys_the_container()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        AddFailing(container, "poststart", "exit", "exit 3");
        container.Create().MustSucceed();

        Result result = container.Start();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("hooks.poststart[1]"));
        Assert.That(container.Left(), Is.Empty);
        Assert.That(File.ReadAllLines(container.Folder.File("shared/order")), Is.EqualTo(new[] { "before", "stopped" }));
    }

    [TestCase("exit", "exit 3")]
    [TestCase("missing", "")]
    [TestCase("timeout", "sleep 30")]
    [CancelAfter(60_000)]
    public void A_poststop_hook_that_fails_is_warned_of_and_the_others_run(string how, string script)
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("true"));
        container.WaitUntilStopped();
        container.Delete().MustSucceed();
        AddFailing(container, "poststop", how, script);
        container.Create().MustSucceed();

        Result result = container.Delete("--force");

        Assert.That(result.ExitCode, Is.Zero, $"{result}");
        Assert.That(result.Error, Does.Contain("level=warning").And.Contain("hooks.poststop").And.Contain("/"));
        Assert.That(result.Error.Split('\n'), Has.Length.EqualTo(1));
        Assert.That(container.Left(), Is.Empty);
        Assert.That(File.ReadAllLines(container.Folder.File("shared/order")), Is.EqualTo(new[] { "before", "stopped" }));
    }

    [Test, CancelAfter(60_000)]
    public void Poststop_hooks_run_when_a_create_fails_after_its_hooks()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("no-such-program"));
        AddFailing(container, "createRuntime", "exit", "exit 0");

        Result result = container.Create();

        Assert.That(result.Error, Does.Contain("no-such-program"));
        Assert.That(File.ReadAllLines(container.Folder.File("shared/order")), Is.EqualTo(new[] { "before", "stopped" }));
    }

    // A hook that notes that it ran, the one that fails, and at the end a poststop hook that notes that it ran.
    private static void AddFailing(TestContainer container, string kind, string how, string script)
    {
        string shared = container.Folder.Folder("shared");
        container.Bundle.Mount("/shared", "bind", shared, "rbind");
        string inside = kind == "startContainer" ? "/shared" : shared;
        container.Bundle.Hook(kind, "/bin/sh", "sh", "-c", "echo before >> $0/order", inside);
        var failing = new JsonObject { ["path"] = how == "missing" ? "/no/such/hook" : "/bin/sh", ["args"] = new JsonArray("sh", "-c", script) };
        if (how == "timeout")
        {
            failing["timeout"] = 1;
        }

        container.Bundle.Array($"hooks.{kind}").Add(failing);
        container.Bundle.Hook("poststop", "/bin/sh", "sh", "-c", "echo stopped >> $0/order", shared);
        container.Bundle.Save();
    }
}
