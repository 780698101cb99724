using System.Text.Json;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Tests.Support;
using Bulkhead.Tests.Support.Shims;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Shim;

/// <summary>An exit is on the disk before anybody is told of it, and what a killed shim leaves is cleaned up by <c>delete</c>.</summary>
internal sealed class ExitRecordTests
{
    [TestCase(""), TestCase("one")]
    [CancelAfter(60_000)]
    public async Task The_record_is_there_when_the_event_arrives_and_when_wait_answers(string execId)
    {
        using var caller = new ShimCaller();
        string? recorded = null;
        ShimContainer container = caller.Served(bundle => bundle.Process.Shell(execId.Length == 0 ? "exit 7" : "sleep 300"));
        string file = container.PathOfFile(execId.Length == 0 ? "exit.json" : $"exit.{execId}.json");
        caller.Events.Arriving = received =>
        {
            if (received.Topic == "exit")
            {
                recorded = File.Exists(file) ? File.ReadAllText(file) : "nothing";
            }
        };
        await container.CreateAsync();
        await container.StartAsync();
        if (execId.Length > 0)
        {
            await container.ExecAsync(execId, ["sh", "-c", "exit 7"]);
            await container.StartAsync(execId);
        }

        await container.WaitAsync(execId);
        Assert.That(File.Exists(file), Is.True);

        caller.Events.WaitFor("exit");
        JsonElement record = JsonDocument.Parse(recorded!).RootElement;
        Assert.That(record.GetProperty("exitStatus").GetInt32(), Is.EqualTo(7));
        Assert.That(record.GetProperty("pid").GetUInt32(), Is.EqualTo((await container.StateAsync(execId)).Pid));
        Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test, CancelAfter(60_000)]
    public async Task Delete_after_the_end_of_container_and_shim_reports_the_recorded_exit()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Shell("exit 7"));
        WaitResponse exit = await container.WaitAsync();
        uint pid = (await container.StateAsync()).Pid;
        container.KillShim();

        DeleteResponse deleted = DeleteResponse.Parser.ParseFrom(container.DeleteShim().MustSucceed().Bytes);

        Assert.That((deleted.Pid, deleted.ExitStatus, deleted.ExitedAt), Is.EqualTo((pid, 7, exit.ExitedAt)));
        AssertGone(container);
    }

    [TestCase(true), TestCase(false)]
    [CancelAfter(60_000)]
    public async Task Delete_of_a_running_container_without_its_shim_ends_it_and_reports_137(bool ownPids)
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.Served(bundle =>
        {
            bundle.Process.Shell("sleep 300 & sleep 300");
            if (!ownPids)
            {
                bundle.WithoutNamespace("pid");
            }
        });
        string source = caller.Folder.Folder("source");
        TestRootfs.Create(source);
        uint pid = (await container.CreateAsync(request => request.Rootfs.Add(new Mount { Type = "bind", Source = source, Options = { "rbind", "ro" } }))).Pid;
        await container.StartAsync();
        await container.ExecAsync("one", ["sleep", "300"]);
        await container.StartAsync("one");
        container.KillShim();

        DeleteResponse deleted = DeleteResponse.Parser.ParseFrom(container.DeleteShim().MustSucceed().Bytes);

        Assert.That((deleted.Pid, deleted.ExitStatus), Is.EqualTo((pid, 137)));
        Assert.That(deleted.ExitedAt.ToDateTimeOffset(), Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(1)));
        AssertGone(container);
    }

    [TestCase(false), TestCase(true)]
    [CancelAfter(60_000)]
    public async Task Delete_cleans_up_after_a_shim_that_was_killed_before_or_after_create(bool created)
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.Served(bundle => bundle.Process.Args("sleep", "300"));
        if (created)
        {
            await container.CreateAsync();
        }

        container.KillShim();
        DeleteResponse deleted = DeleteResponse.Parser.ParseFrom(container.DeleteShim().MustSucceed().Bytes);

        Assert.That(deleted.ExitStatus, Is.EqualTo(137));
        AssertGone(container);
    }

    [Test, CancelAfter(60_000)]
    public async Task Delete_can_be_called_again_and_with_a_shim_that_goes_on()
    {
        using var caller = new ShimCaller();
        ShimContainer first = await caller.StartedAsync(InPod);
        ShimContainer second = await caller.StartedAsync(InPod);
        await first.KillAsync();
        await first.WaitAsync();
        await first.DeleteAsync();

        // As containerd does after every Delete, while the pod's other container runs.
        first.DeleteShim().MustSucceed();
        first.DeleteShim().MustSucceed();

        Assert.That(File.Exists(second.Socket), Is.True);
        Assert.That((await second.StateAsync()).Status, Is.EqualTo(Status.Running));

        static void InPod(TestBundle bundle)
        {
            bundle.Process.Args("sleep", "300");
            bundle.Object("annotations")["io.kubernetes.cri.sandbox-id"] = "the-pod";
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_record_of_a_container_before_is_not_taken_for_this_ones()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Shell("exit 7"));
        await container.WaitAsync();
        await container.DeleteAsync();
        container.Bundle.Process.Args("sleep", "300");
        container.Bundle.Save();
        await container.CreateAsync();
        await container.StartAsync();
        container.KillShim();

        DeleteResponse deleted = DeleteResponse.Parser.ParseFrom(container.DeleteShim().MustSucceed().Bytes);

        Assert.That(deleted.ExitStatus, Is.EqualTo(137));
    }

    [TestCase("{\"pid\":"), TestCase("[]"), TestCase("")]
    [CancelAfter(60_000)]
    public async Task A_record_that_cannot_be_read_is_none(string content)
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Shell("exit 7"));
        await container.WaitAsync();
        container.KillShim();
        File.WriteAllText(container.PathOfFile("exit.json"), content);

        DeleteResponse deleted = DeleteResponse.Parser.ParseFrom(container.DeleteShim().MustSucceed().Bytes);

        Assert.That(deleted.ExitStatus, Is.EqualTo(137));
        AssertGone(container);
    }

    [Test, CancelAfter(60_000)]
    public void Delete_without_a_bundle_says_so()
    {
        using var caller = new ShimCaller();

        ShimAnswer answer = caller.Run("/", [], "-namespace", caller.Namespace, "-id", "none", "-bundle", "/no-such-bundle", "delete");

        Assert.That(answer.ExitCode, Is.EqualTo(1));
        Assert.That(answer.Error, Does.Contain("/no-such-bundle"));
        Assert.That(answer.Bytes, Is.Empty);
    }

    private static void AssertGone(ShimContainer container)
    {
        Assert.That(LeakCheck.Of(container.Id), Is.Empty);
        Assert.That(File.Exists(container.Socket), Is.False);
    }
}
