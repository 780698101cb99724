using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.BadInput;

/// <summary>Commands on a container that is not in the state for them: an error that says in which, and no change.</summary>
[TestFixture]
internal sealed class WrongStateTests
{
    [TestCase("resume")]
    [CancelAfter(60_000)]
    public void A_created_container_refuses(string command)
    {
        using var container = TestContainer.Created(bundle => bundle.Process.Args("sleep", "60"));

        Refusal.Check(null, container.Runtime, [command, container.Id], container.Id, "created");

        Assert.That(container.Status, Is.EqualTo("created"));
    }

    [TestCase("start")]
    [TestCase("resume")]
    [TestCase("delete")]
    [CancelAfter(60_000)]
    public void A_running_container_refuses(string command)
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        Refusal.Check(null, container.Runtime, [command, container.Id], container.Id, "running");

        Assert.That(container.Status, Is.EqualTo("running"));
    }

    [TestCase("start")]
    [TestCase("pause")]
    [TestCase("delete")]
    [CancelAfter(60_000)]
    public void A_paused_container_refuses(string command)
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        container.Runtime.Run("pause", container.Id).MustSucceed();

        Refusal.Check(null, container.Runtime, [command, container.Id], container.Id, "paused");

        Assert.That(container.Status, Is.EqualTo("paused"));
    }

    [TestCase("start")]
    [TestCase("pause")]
    [TestCase("resume")]
    [TestCase("kill")]
    [TestCase("update")]
    [CancelAfter(60_000)]
    public void A_stopped_container_refuses(string command)
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("true"));
        container.WaitUntilStopped();

        Refusal.Check(null, container.Runtime, [command, container.Id], container.Id, "stopped");

        Assert.That(container.Status, Is.EqualTo("stopped"));
    }

    [Test, CancelAfter(60_000)]
    public void A_stopped_container_refuses_exec()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("true"));
        container.WaitUntilStopped();

        Refusal.Check(null, container.Runtime, ["exec", container.Id, "true"], container.Id, "stopped");
    }

    [Test, CancelAfter(60_000)]
    public void A_damaged_state_document_is_named_and_delete_by_force_gets_rid_of_it()
    {
        using var container = TestContainer.From();
        string folder = Directory.CreateDirectory(Path.Combine(container.Runtime.Root, container.Id)).FullName;
        File.WriteAllText(Path.Combine(folder, "state.json"), "{ \"version\": 1, ");

        Refusal.Check(null, container.Runtime, ["state", container.Id], "state.json");
        Result deleted = container.Delete("--force");

        Assert.That(deleted.ExitCode, Is.Zero, $"{deleted}");
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void A_damaged_container_does_not_hide_the_others_from_list()
    {
        using var container = TestContainer.Created(bundle => bundle.Process.Args("sleep", "60"));
        string folder = Directory.CreateDirectory(Path.Combine(container.Runtime.Root, "damaged")).FullName;
        File.WriteAllText(Path.Combine(folder, "state.json"), "{");

        Result result = container.Runtime.Run("list");
        container.Runtime.Run("delete", "--force", "damaged").MustSucceed();

        Assert.That(result.ExitCode, Is.Zero, $"{result}");
        Assert.That(result.Output, Does.Contain(container.Id));
    }
}
