using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Conformance.CommandLine;

/// <summary>What the "OCI Runtime Command Line Interface", version 1.0.1, demands and the validation programs do not ask.</summary>
/// <remarks>runtime-tools, docs/command-line-interface.md; runtime-spec, runtime.md, "State".</remarks>
internal sealed class CommandLineTests
{
    [Test, CancelAfter(30_000)]
    public void The_state_names_the_container_its_bundle_and_its_annotations()
    {
        using var container = TestContainer.Created(bundle => bundle.Object("annotations")["com.example.key"] = "value");

        JsonObject state = container.State;

        Assert.That((string?)state["ociVersion"], Does.Match(@"^1\.\d+\.\d+"));
        Assert.That((string?)state["id"], Is.EqualTo(container.Id));
        Assert.That((string?)state["status"], Is.EqualTo("created"));
        Assert.That((int?)state["pid"], Is.GreaterThan(1));
        Assert.That((string?)state["bundle"], Is.EqualTo(container.Bundle.Path));
        Assert.That((string?)state["annotations"]!["com.example.key"], Is.EqualTo("value"));
    }

    [Test, CancelAfter(30_000)]
    public void The_status_follows_the_life_of_the_container()
    {
        using var container = TestContainer.Created(bundle => bundle.Process.Args("sleep", "60"));
        List<string> seen = [container.Status];

        container.Start().MustSucceed();
        seen.Add(container.Status);
        container.Kill("KILL").MustSucceed();
        container.WaitUntilStopped();
        seen.Add(container.Status);
        container.Delete().MustSucceed();
        seen.Add(container.Status);

        Assert.That(seen, Is.EqualTo(new[] { "created", "running", "stopped", "absent" }));
    }

    [Test, CancelAfter(30_000)]
    public void Create_takes_the_bundle_from_the_working_directory()
    {
        using var container = TestContainer.From();
        container.Runtime.WorkingDirectory = container.Bundle.Path;

        container.Runtime.Run("create", container.Id).MustSucceed();

        Assert.That((string?)container.State["bundle"], Is.EqualTo(container.Bundle.Path));
    }

    [Test, CancelAfter(30_000)]
    public void Create_writes_the_pid_and_nothing_else_into_the_pid_file()
    {
        using var container = TestContainer.From();
        string pidFile = container.Folder.File("pid");

        container.Create("--pid-file", pidFile).MustSucceed();

        Assert.That(File.ReadAllText(pidFile), Is.EqualTo($"{container.Init.Pid}"));
    }

    [Test, CancelAfter(30_000)]
    public void Create_hands_its_streams_over_and_leaves_its_input_to_the_program()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("cat; echo to stderr >&2"));
        container.Runtime.Input = "from stdin";

        container.Create().MustSucceed();
        string before = container.Output;
        container.Start().MustSucceed();
        container.WaitUntilStopped();

        Assert.That(before, Is.Empty);
        Assert.That(container.Output, Is.EqualTo("from stdin"));
        Assert.That(container.Error, Is.EqualTo("to stderr"));
    }

    [TestCase("TERM", TestName = "Kill takes a signal's short name")]
    [TestCase("SIGTERM", TestName = "Kill takes a signal's whole name")]
    [TestCase("15", TestName = "Kill takes a signal's number")]
    [CancelAfter(30_000)]
    public void Kill_sends_the_signal(string signal)
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Shell("trap 'echo caught; exit' TERM; echo ready; while :; do sleep 0.01; done"));
        container.WaitForOutput("ready");

        container.Kill(signal).MustSucceed();

        container.WaitForOutput("caught");
    }

    [TestCase("create")]
    [TestCase("start")]
    [TestCase("state")]
    [TestCase("kill")]
    [TestCase("delete")]
    [TestCase("no-such-command", "web")]
    [CancelAfter(30_000)]
    public void A_command_that_is_unknown_or_without_an_id_fails(params string[] arguments)
    {
        Result result = RuntimeCommand.Once(arguments);

        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Output, Is.Empty);
    }
}
