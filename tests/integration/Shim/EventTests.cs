using Bulkhead.Proto.Containerd.Events;
using Bulkhead.Tests.Support;
using Bulkhead.Tests.Support.Shims;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Shim;

/// <summary>What the shim tells containerd of, in which order, and in which types.</summary>
internal sealed class EventTests
{
    [Test, CancelAfter(60_000)]
    public async Task The_events_of_a_container_come_in_their_order_and_say_what_the_calls_said()
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.Served(bundle => bundle.Process.Shell("exit 7"));

        uint pid = (await container.CreateAsync(request => request.Stdout = $"file://{caller.Folder.File("out")}")).Pid;
        await container.StartAsync();
        await container.WaitAsync();
        await container.DeleteAsync();
        caller.Events.WaitFor("delete");

        Assert.That(caller.Events.Topics, Is.EqualTo(["create", "start", "exit", "delete"]));
        ShimEvent[] events = caller.Events.All;
        TaskCreate create = events[0].Read(TaskCreate.Parser);
        Assert.That((create.ContainerId, create.Pid, create.Bundle, create.Io.Stdout), Is.EqualTo((container.Id, pid, container.Bundle.Path, $"file://{caller.Folder.File("out")}")));
        TaskStart start = events[1].Read(TaskStart.Parser);
        Assert.That((start.ContainerId, start.Pid), Is.EqualTo((container.Id, pid)));
        TaskExit exit = events[2].Read(TaskExit.Parser);
        Assert.That((exit.ContainerId, exit.Id, exit.Pid, exit.ExitStatus), Is.EqualTo((container.Id, container.Id, pid, 7)));
        TaskDelete delete = events[3].Read(TaskDelete.Parser);
        Assert.That((delete.ContainerId, delete.Pid, delete.ExitStatus, delete.ExitedAt), Is.EqualTo((container.Id, pid, 7, exit.ExitedAt)));
    }

    [Test, CancelAfter(60_000)]
    public async Task Each_event_names_its_type_as_go_does_and_its_namespace()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));
        await container.RunExecAsync("one", "true");
        await container.PauseAsync();
        await container.ResumeAsync();
        await container.KillAsync();
        await container.WaitAsync();
        await container.DeleteAsync();
        caller.Events.WaitFor("delete");

        // Go's typeurl finds a registered type by the full name alone, without the "type.googleapis.com/" of Any.Pack.
        Assert.That(caller.Events.All.Select(received => $"{received.Envelope.Topic} {received.Envelope.Event.TypeUrl}"), Is.EqualTo([
            "/tasks/create containerd.events.TaskCreate",
            "/tasks/start containerd.events.TaskStart",
            "/tasks/exec-added containerd.events.TaskExecAdded",
            "/tasks/exec-started containerd.events.TaskExecStarted",
            "/tasks/exit containerd.events.TaskExit",
            "/tasks/paused containerd.events.TaskPaused",
            "/tasks/resumed containerd.events.TaskResumed",
            "/tasks/exit containerd.events.TaskExit",
            "/tasks/delete containerd.events.TaskDelete",
        ]));
        Assert.That(caller.Events.All.Select(received => received.Envelope.Namespace), Has.All.EqualTo(caller.Namespace));
        Assert.That(caller.Events.All.Select(received => received.MetadataNamespace), Has.All.EqualTo(caller.Namespace));
        Assert.That(caller.Events.All.Select(received => received.Envelope.Timestamp.ToDateTimeOffset()), Is.Ordered);
    }

    [Test, CancelAfter(60_000)]
    public async Task The_exit_of_a_container_that_is_deleted_before_its_start_is_told_of_before_its_delete()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.CreatedAsync(bundle => bundle.Process.Args("sleep", "300"));

        await container.DeleteAsync();

        caller.Events.WaitFor("delete");
        caller.Events.WaitFor("exit");
        Assert.That(caller.Events.Topics, Is.EqualTo(["create", "exit", "delete"]));
    }

    [Test, CancelAfter(90_000)]
    public async Task A_start_is_told_of_before_the_exit_also_of_what_ends_at_once()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));
        for (int i = 0; i < 50; i++)
        {
            string id = $"e{i}";
            await container.ExecAsync(id, ["true"]);
            _ = container.StartAsync(id);
        }

        Wait.Until(() => caller.Events.Topics.Count(topic => topic == "exit") == 50, TimeSpan.FromSeconds(60), "fifty exits");

        ShimEvent[] events = caller.Events.All;
        for (int i = 0; i < 50; i++)
        {
            string id = $"e{i}";
            int started = Array.FindIndex(events, received => received.Topic == "exec-started" && received.Read(TaskExecStarted.Parser).ExecId == id);
            int exited = Array.FindIndex(events, received => received.Topic == "exit" && received.Read(TaskExit.Parser).Id == id);
            Assert.That(started, Is.InRange(0, exited), id);
            Assert.That(events[started].Read(TaskExecStarted.Parser).Pid, Is.EqualTo(events[exited].Read(TaskExit.Parser).Pid));
        }
    }

    [TestCase(true), TestCase(false)]
    [CancelAfter(60_000)]
    public async Task The_exits_of_execs_are_told_of_before_the_containers(bool ownPids)
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle =>
        {
            bundle.Process.Args("sleep", "300");
            if (!ownPids)
            {
                bundle.WithoutNamespace("pid");
            }
        });
        foreach (string id in (string[])["a", "b", "c"])
        {
            await container.ExecAsync(id, ["sleep", "300"]);
            await container.StartAsync(id);
        }

        await container.KillAsync();
        await container.WaitAsync();

        caller.Events.WaitFor("exit", received => received.Read(TaskExit.Parser).Id == container.Id);
        TaskExit[] exits = [.. caller.Events.All.Where(received => received.Topic == "exit").Select(received => received.Read(TaskExit.Parser))];
        Assert.That(exits[..3].Select(exit => exit.Id), Is.EquivalentTo(["a", "b", "c"]));
        Assert.That(exits.Select(exit => exit.ExitStatus), Has.All.EqualTo(137u));
    }

    [Test, CancelAfter(90_000)]
    public async Task Events_of_the_time_without_a_receiver_come_when_it_is_back_in_their_order()
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.Served(bundle => bundle.Process.Args("sleep", "300"));
        await container.CreateAsync();
        caller.Events.WaitFor("create");
        caller.Events.Close();

        await container.StartAsync();
        await container.RunExecAsync("one", "true");
        await container.KillAsync();
        await container.WaitAsync();
        await container.DeleteAsync();
        Assert.That(caller.Events.Topics, Is.EqualTo(["create"]));
        caller.Events.Open();

        caller.Events.WaitFor("delete");
        Assert.That(caller.Events.Topics, Is.EqualTo(["create", "start", "exec-added", "exec-started", "exit", "exit", "delete"]));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_shim_without_a_receiver_serves_all_the_same()
    {
        using var caller = new ShimCaller();
        caller.Environment["TTRPC_ADDRESS"] = "";

        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Shell("exit 2"));

        Assert.That((await container.WaitAsync()).ExitStatus, Is.EqualTo(2));
        await container.DeleteAsync();
        await container.ShutdownAsync();
        container.WaitUntilShimEnded();
    }

    [Test, CancelAfter(60_000)]
    public async Task Want_of_memory_is_told_of_before_the_exit()
    {
        using var caller = new ShimCaller();

        ShimContainer container = await caller.StartedAsync(bundle =>
        {
            bundle.Process.Shell("x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done");
            bundle.Set("linux.resources.memory.limit", 16 << 20);
        });

        Assert.That((await container.WaitAsync()).ExitStatus, Is.EqualTo(137));
        caller.Events.WaitFor("exit");
        Assert.That(caller.Events.Topics.Distinct(), Is.EqualTo(["create", "start", "oom", "exit"]));
        Assert.That(caller.Events.WaitFor("oom").Read(TaskOOM.Parser).ContainerId, Is.EqualTo(container.Id));
        Assert.That(File.ReadAllText(container.PathOfFile("exit.json")), Does.Contain("\"oomKilled\":true"));
    }
}
