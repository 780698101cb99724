using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary>The commands that only look: <c>state</c>, <c>list</c> and <c>ps</c>.</summary>
[TestFixture]
internal sealed class StateTests
{
    [Test, CancelAfter(30_000)]
    public void State_prints_the_state_document()
    {
        using var container = TestContainer.Started(bundle =>
        {
            bundle.Process.Args("sleep", "60");
            bundle.Object("annotations")["org.example.\"key\""] = "ü \\ value";
        });

        JsonObject state = container.State;

        Assert.That(state.Select(property => property.Key), Is.EquivalentTo(new[] { "ociVersion", "id", "pid", "status", "bundle", "rootfs", "created", "annotations", "owner" }));
        Assert.That((string?)state["ociVersion"], Is.EqualTo("1.0.2-dev"));
        Assert.That((string?)state["id"], Is.EqualTo(container.Id));
        Assert.That((string?)state["status"], Is.EqualTo("running"));
        Assert.That((string?)state["bundle"], Is.EqualTo(container.Bundle.Path));
        Assert.That((string?)state["rootfs"], Is.EqualTo(container.Bundle.Rootfs));
        Assert.That((string?)state["annotations"]!["org.example.\"key\""], Is.EqualTo("ü \\ value"));
        Assert.That(DateTimeOffset.Parse((string)state["created"]!, System.Globalization.CultureInfo.InvariantCulture), Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(1)));
        Assert.That(new HostProcess((int)state["pid"]!).CommandLine, Is.EqualTo(new[] { "sleep", "60" }));
    }

    [Test, CancelAfter(30_000)]
    public void A_stopped_container_has_no_pid()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("true"));
        container.WaitUntilStopped();

        JsonObject state = container.State;

        Assert.That((int)state["pid"]!, Is.Zero);
        Assert.That((string?)state["status"], Is.EqualTo("stopped"));
    }

    [Test, CancelAfter(30_000)]
    public void List_shows_the_containers_of_its_state_root_alone()
    {
        using var running = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        using var elsewhere = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        string second = running.Id + "-2";
        running.Runtime.Run("create", "--bundle", running.Bundle.Path, second).MustSucceed();

        Result table = running.Runtime.Run("list");
        Result ids = running.Runtime.Run("list", "-q");
        JsonArray json = JsonNode.Parse(running.Runtime.Run("list", "--format", "json").Output)!.AsArray();
        running.Runtime.Run("delete", "--force", second).MustSucceed();

        Assert.That(table.Lines[0], Does.Match("^ID +PID +STATUS +BUNDLE +CREATED +OWNER$"));
        Assert.That(table.Lines[1], Does.Match($"^{running.Id} +{running.Init.Pid} +running +{running.Bundle.Path} +[0-9TZ:.-]+ +root$"));
        Assert.That(table.Lines[2], Does.Match($"^{second} +[0-9]+ +created "));
        Assert.That(table.Lines, Has.Length.EqualTo(3));
        Assert.That(ids.Lines, Is.EqualTo(new[] { running.Id, second }));
        Assert.That(json.Select(entry => (string?)entry!["id"]), Is.EqualTo(ids.Lines));
        Assert.That(json.Select(entry => (string?)entry!["status"]), Is.EqualTo(new[] { "running", "created" }));
    }

    [Test, CancelAfter(30_000)]
    public void List_of_a_state_root_that_does_not_exist_is_empty()
    {
        using var folder = new TemporaryFolder();
        var runtime = new RuntimeCommand(folder);

        Result table = runtime.Run("list");
        Result ids = runtime.Run("list", "--quiet");
        Result json = runtime.Run("list", "-f", "json");

        Assert.That(table.Lines, Has.Length.EqualTo(1));
        Assert.That(ids.Output, Is.Empty);
        Assert.That(json.Output, Is.EqualTo("null"));
        Assert.That(new[] { table.ExitCode, ids.ExitCode, json.ExitCode }, Is.All.Zero);
        Assert.That(Directory.Exists(runtime.Root), Is.False);
    }

    [Test, CancelAfter(30_000)]
    public void Ps_shows_the_processes_of_the_container_by_their_numbers_on_the_host()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Shell("sleep 61 & sleep 62 & wait"));
        Wait.Until(() => Running(container).Count(line => !line.Contains("sh -c", StringComparison.Ordinal)) == 3, "both sleeps");

        Result table = container.Runtime.Run("ps", container.Id);
        int[] numbers = JsonNode.Parse(container.Runtime.Run("ps", "--format", "json", container.Id).Output)!.AsArray().Select(pid => (int)pid!).ToArray();
        Result own = container.Runtime.Run("ps", container.Id, "-o", "pid,args");

        Assert.That(table.Lines[0], Does.Contain("PID").And.Contain("CMD"));
        Assert.That(table.Lines, Has.Length.EqualTo(4));
        Assert.That(numbers, Has.Length.EqualTo(3).And.Contain(container.Init.Pid));
        Assert.That(own.Lines, Has.Length.EqualTo(4).And.Some.Match($"^ *{container.Init.Pid} sh -c"));
    }

    [Test, CancelAfter(30_000)]
    public void Ps_of_a_stopped_container_shows_nobody()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("true"));
        container.WaitUntilStopped();

        Result json = container.Runtime.Run("ps", "-f", "json", container.Id);
        Result table = container.Runtime.Run("ps", container.Id);

        Assert.That(json.Output, Is.EqualTo("null").Or.EqualTo("[]"));
        Assert.That(table.Lines, Has.Length.EqualTo(1));
    }

    private static string[] Running(TestContainer container) => container.Runtime.Run("ps", container.Id).Lines;
}
