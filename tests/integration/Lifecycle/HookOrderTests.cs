using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary>What holds at the moment a hook runs, whatever the document's mounts are and however short the program lives.</summary>
internal sealed class HookOrderTests
{
    [Test, CancelAfter(30_000)]
    public void A_runtime_hook_finds_the_process_in_its_cgroup_even_if_no_cgroup_is_mounted()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.Array("mounts").RemoveAll(mount => (string?)mount!["type"] == "cgroup");
            bundle.Process.Args("true");
        });
        string seen = container.Folder.File("seen");
        container.Bundle.Hook("createRuntime", "/bin/sh", "sh", "-c", $"pid=$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'); cat /proc/$pid/cgroup >{seen}").Save();

        container.Run().MustSucceed();

        Assert.That(File.ReadAllText(seen), Does.Contain(container.Id));
    }

    [Test, CancelAfter(30_000)]
    public void A_poststart_hook_runs_when_the_program_does_and_is_told_so()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        string seen = container.Folder.File("seen");
        container.Bundle.Hook("startContainer", "/bin/sleep", "sleep", "0.3");
        container.Bundle.Hook("poststart", "/bin/sh", "sh", "-c", $"cat >{seen}; cat /proc/$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/' {seen})/comm >>{seen}").Save();
        container.Create().MustSucceed();

        container.Start().MustSucceed();

        Assert.That(File.ReadAllText(seen), Does.Contain("\"status\":\"running\"").And.Match(@"""pid"":[1-9]").And.Not.Contain("\nruntime\n"));
    }

    [TestCase("prestart"), TestCase("createRuntime"), TestCase("poststart"), TestCase("poststop")]
    [CancelAfter(30_000)]
    public void A_runtime_hook_of_a_run_works_in_the_bundle(string kind)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("true"));
        string seen = container.Folder.File("seen");
        container.Bundle.Hook(kind, "/bin/sh", "sh", "-c", $"pwd >{seen}").Save();

        container.Run().MustSucceed();

        Assert.That(File.ReadAllText(seen).TrimEnd(), Is.EqualTo(container.Bundle.Path));
    }
}
