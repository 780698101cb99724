using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary>What <c>events</c> tells, and when it ends.</summary>
[TestFixture]
internal sealed class EventsTests
{
    private const string TooMuch = "a=x; while :; do a=$a$a; done";

    [Test, CancelAfter(30_000)]
    public void Stats_prints_one_line_and_returns()
    {
        using var container = TestContainer.Started(bundle => bundle.Set("linux.resources.pids.limit", 32).Process.Args("sleep", "60"));

        Result result = container.Runtime.Run("events", "--stats", container.Id);

        JsonObject line = JsonNode.Parse(result.Lines.Single())!.AsObject();
        Assert.That(line.Select(property => property.Key), Is.EqualTo(new[] { "type", "id", "data" }));
        Assert.That((string?)line["type"], Is.EqualTo("stats"));
        Assert.That((string?)line["id"], Is.EqualTo(container.Id));
        Assert.That((int?)line["data"]!["pids"]!["limit"], Is.EqualTo(32));
        Assert.That((int?)line["data"]!["pids"]!["current"], Is.EqualTo(1));
        Assert.That(
            line["data"]!.AsObject().Select(property => property.Key),
            Is.EqualTo(new[] { "cpu", "cpuset", "memory", "pids", "blkio", "hugetlb", "intel_rdt", "network_interfaces" }));
    }

    [Test, CancelAfter(30_000)]
    public void Lines_come_at_the_interval_until_the_container_ends()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        using RunningCommand events = container.Runtime.Start("events", "--interval", "20ms", container.Id);
        Wait.Until(() => Types(events.Output).Count(type => type == "stats") >= 3, "three lines of statistics");

        container.Kill("KILL").MustSucceed();

        Assert.That(events.Wait().ExitCode, Is.Zero);
        Assert.That(Types(events.Output), Is.All.EqualTo("stats"));
    }

    [Test, CancelAfter(30_000)]
    public void A_process_killed_for_want_of_memory_is_told_of_at_once()
    {
        using var container = TestContainer.Started(bundle => Limit(bundle).Process.Shell($"while [ ! -e /go ]; do sleep 0.01; done; sh -c '{TooMuch}'; exec sleep 60"));
        using RunningCommand events = container.Runtime.Start("events", "--interval", "1h", container.Id);
        WaitUntilWatching(events);

        File.WriteAllText(Path.Combine(container.Bundle.Rootfs, "go"), "");

        Wait.Until(() => events.Output.Length > 0, "a line of events");
        Assert.That(events.Output.Split('\n')[0], Is.EqualTo($$"""{"type":"oom","id":"{{container.Id}}"}"""));
    }

    [Test, CancelAfter(30_000)]
    public void The_line_comes_also_when_the_first_process_is_the_one_killed()
    {
        using var container = TestContainer.Created(bundle => Limit(bundle).Process.Shell(TooMuch));
        using RunningCommand events = container.Runtime.Start("events", "--interval", "1h", container.Id);
        WaitUntilWatching(events);

        container.Start().MustSucceed();

        Assert.That(events.Wait().Lines, Is.EqualTo(new[] { $$"""{"type":"oom","id":"{{container.Id}}"}""" }));
    }

    [Test, CancelAfter(30_000)]
    public void A_stopped_container_has_no_events()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("true"));
        container.WaitUntilStopped();

        Result result = container.Runtime.Run("events", "--stats", container.Id);

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("is not running"));
    }

    private static TestBundle Limit(TestBundle bundle) => bundle
        .Set("linux.resources.memory.limit", 16 << 20)
        .Set("linux.resources.memory.swap", 16 << 20);

    // The watch, an eventfd on cgroup v1 and an inotify on v2, is in place before the container's process is held.
    private static void WaitUntilWatching(RunningCommand events) => Wait.Until(
        () =>
        {
            string all = string.Join(' ', new HostProcess(events.Pid).Descriptors.Values);
            return all.Contains("pidfd", StringComparison.Ordinal) && (all.Contains("eventfd", StringComparison.Ordinal) || all.Contains("inotify", StringComparison.Ordinal));
        },
        "events to watch");

    private static IEnumerable<string> Types(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (string)JsonNode.Parse(line)!["type"]!);
}
