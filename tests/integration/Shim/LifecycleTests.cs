using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Tests.Support;
using Bulkhead.Tests.Support.Shims;
using Bulkhead.Ttrpc;
using Bulkhead.Ttrpc.Containerd;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Shim;

/// <summary>The life of a container and of its execs, by either name of the service and with every runtime.</summary>
[TestFixture("", TaskClient.Version2)]
[TestFixture("", TaskClient.Version3)]
[TestFixture("/usr/sbin/runc", TaskClient.Version2)]
[TestFixture("/usr/bin/crun", TaskClient.Version2)]
internal sealed class LifecycleTests(string runtime, string service)
{
    [OneTimeSetUp]
    public void NeedsTheRuntime()
    {
        if (runtime.Length > 0 && !File.Exists(runtime))
        {
            Assert.Ignore($"needs {runtime}");
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_container_is_created_started_and_deleted_and_its_shim_ends()
    {
        using ShimCaller caller = NewCaller();
        ShimContainer container = Serve(caller, bundle => bundle.Process.Shell("test \"$(hostname)\" = bulkhead && exit 7"));

        int pid = (int)(await container.CreateAsync()).Pid;
        StateResponse created = await container.StateAsync();
        int started = await container.StartAsync();
        WaitResponse exit = await container.WaitAsync();
        StateResponse stopped = await container.StateAsync();
        DeleteResponse deleted = await container.DeleteAsync();
        await Failure.Of(container.StateAsync(), TtrpcCode.NotFound, container.Id);
        await container.ShutdownAsync();

        Assert.That(((int)created.Pid, created.Status, created.Bundle), Is.EqualTo((pid, Status.Created, container.Bundle.Path)));
        Assert.That(started, Is.EqualTo(pid));
        Assert.That(exit.ExitStatus, Is.EqualTo(7));
        Assert.That(exit.ExitedAt.ToDateTimeOffset(), Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(1)));
        Assert.That((stopped.Status, stopped.ExitStatus, stopped.ExitedAt), Is.EqualTo((Status.Stopped, 7, exit.ExitedAt)));
        Assert.That(((int)deleted.Pid, deleted.ExitStatus, deleted.ExitedAt), Is.EqualTo((pid, 7, exit.ExitedAt)));
        container.WaitUntilShimEnded();
        Assert.That(File.Exists(container.Socket), Is.False);
        Assert.That(LeakCheck.Of(container.Id), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public async Task A_created_container_can_be_deleted()
    {
        using ShimCaller caller = NewCaller();
        ShimContainer container = Serve(caller, bundle => bundle.Process.Args("sleep", "300"));
        int pid = (int)(await container.CreateAsync()).Pid;

        DeleteResponse deleted = await container.DeleteAsync();

        Assert.That(((int)deleted.Pid, deleted.ExitStatus), Is.EqualTo((pid, 137)));
        Assert.That(new HostProcess(pid).IsAlive, Is.False);
    }

    [Test, CancelAfter(60_000)]
    public async Task A_signal_ends_a_container_and_the_status_tells_which()
    {
        using ShimCaller caller = NewCaller();
        ShimContainer container = await StartAsync(caller, "trap 'exit 3' USR1; touch /tmp/ready; while :; do sleep 0.1; done");
        await WaitForTrapAsync(container);

        await container.KillAsync(10);

        Assert.That((await container.WaitAsync()).ExitStatus, Is.EqualTo(3));
    }

    [TestCase(9u, 137u, false), TestCase(9u, 137u, true)]
    [CancelAfter(60_000)]
    public async Task A_container_is_killed(uint signal, uint status, bool all)
    {
        using ShimCaller caller = NewCaller();
        ShimContainer container = await StartAsync(caller, "exec sleep 300");

        await container.KillAsync(signal, all: all);

        Assert.That((await container.WaitAsync()).ExitStatus, Is.EqualTo(status));
        Assert.That((await container.DeleteAsync()).ExitStatus, Is.EqualTo(status));
    }

    [Test, CancelAfter(60_000)]
    public async Task An_exec_is_added_started_and_deleted()
    {
        using ShimCaller caller = NewCaller();
        ShimContainer container = await StartAsync(caller, "exec sleep 300");

        await container.ExecAsync("one", ["sh", "-c", "exit 5"]);
        StateResponse added = await container.StateAsync("one");
        int pid = await container.StartAsync("one");
        WaitResponse exit = await container.WaitAsync("one");
        StateResponse stopped = await container.StateAsync("one");
        DeleteResponse deleted = await container.DeleteAsync("one");

        Assert.That((added.Status, added.Pid, added.ExecId), Is.EqualTo((Status.Created, 0u, "one")));
        Assert.That((stopped.Status, (int)stopped.Pid, stopped.ExitStatus), Is.EqualTo((Status.Stopped, pid, 5u)));
        Assert.That(exit.ExitStatus, Is.EqualTo(5));
        Assert.That(((int)deleted.Pid, deleted.ExitStatus, deleted.ExitedAt), Is.EqualTo((pid, 5, exit.ExitedAt)));
        await Failure.Of(container.StateAsync("one"), TtrpcCode.NotFound, "one", container.Id);
        Assert.That((await container.StateAsync()).Status, Is.EqualTo(Status.Running));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_signal_to_an_exec_leaves_the_container_alone()
    {
        using ShimCaller caller = NewCaller();
        ShimContainer container = await StartAsync(caller, "exec sleep 300");
        await container.ExecAsync("one", ["sleep", "300"]);
        await container.StartAsync("one");

        await container.KillAsync(15, "one");

        Assert.That((await container.WaitAsync("one")).ExitStatus, Is.EqualTo(143));
        Assert.That((await container.StateAsync()).Status, Is.EqualTo(Status.Running));
    }

    [Test, CancelAfter(60_000)]
    public async Task Output_and_exit_status_of_both_kinds_arrive()
    {
        using ShimCaller caller = NewCaller();
        ShimContainer container = Serve(caller, bundle => bundle.Process.Shell("echo out; echo err >&2; exec sleep 300"));
        string output = caller.Folder.File("out");
        string error = caller.Folder.File("err");
        await container.CreateAsync(request => (request.Stdout, request.Stderr) = ($"file://{output}", $"file://{error}"));
        await container.StartAsync();
        Wait.Until(() => File.Exists(error) && File.ReadAllText(error) == "err\n", "the container's output");

        await container.ExecAsync("one", ["echo", "of the exec"], request => request.Stdout = $"file://{output}");
        await container.StartAsync("one");
        await container.WaitAsync("one");
        await container.DeleteAsync("one");

        Assert.That(File.ReadAllText(output), Is.EqualTo("out\nof the exec\n"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Wait_answers_every_caller_also_after_the_end_and_on_another_connection()
    {
        using ShimCaller caller = NewCaller();
        ShimContainer container = await StartAsync(caller, "while ! test -e /tmp/end; do sleep 0.05; done; exit 9");
        TaskClient[] clients = [.. Enumerable.Range(0, 20).Select(_ => container.Connect())];
        Task<WaitResponse>[] waits = [.. clients.Select(client => client.WaitAsync(new WaitRequest { Id = container.Id }))];

        int status = await container.RunExecAsync("end", "touch", "/tmp/end");
        WaitResponse[] exits = await Task.WhenAll(waits).WaitAsync(TimeSpan.FromSeconds(30));
        container.Disconnect();
        WaitResponse late = await container.WaitAsync();

        Assert.That(status, Is.Zero);
        Assert.That(exits.Append(late).Distinct().Count(), Is.EqualTo(1));
        Assert.That(late.ExitStatus, Is.EqualTo(9));
    }

    private ShimCaller NewCaller() => new(runtime.Length > 0 ? runtime : null);

    private ShimContainer Serve(ShimCaller caller, Action<TestBundle> change)
    {
        ShimContainer container = caller.Served(bundle =>
        {
            bundle.Mount("/tmp", "tmpfs", "tmpfs");
            change(bundle);
        });
        container.Service = service;
        return container;
    }

    private async Task<ShimContainer> StartAsync(ShimCaller caller, string script)
    {
        ShimContainer container = Serve(caller, bundle => bundle.Process.Shell(script));
        await container.CreateAsync();
        await container.StartAsync();
        return container;
    }

    private static async Task WaitForTrapAsync(ShimContainer container)
    {
        var init = new HostProcess((int)(await container.StateAsync()).Pid);
        Wait.Until(() => File.Exists(init.InRoot("/tmp/ready")), "the container's trap");
    }
}
