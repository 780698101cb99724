using System.Net.Sockets;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Tests.Support;
using Bulkhead.Tests.Support.Shims;
using Bulkhead.Ttrpc;
using Bulkhead.Ttrpc.Containerd;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Shim;

/// <summary>Clients that come, go and misbehave: each costs its own connection and nothing else.</summary>
internal sealed class ConnectionTests
{
    [TestCase("create"), TestCase("start")]
    [CancelAfter(60_000)]
    public async Task A_call_is_carried_out_when_its_client_has_gone(string command)
    {
        using var caller = new ShimCaller();
        HeldRuntime runtime = new(caller, command);
        ShimContainer container = caller.Served(bundle => bundle.Process.Shell("exit 4"));
        Task calls = CreateAndStartAsync(container);
        runtime.WaitUntilHeld();

        container.Disconnect();
        await Failure.Of(calls, TtrpcCode.Unavailable);
        runtime.Release();

        caller.Events.WaitFor(command);
        if (command == "create")
        {
            await container.StartAsync();
        }

        Assert.That((await container.WaitAsync()).ExitStatus, Is.EqualTo(4));
    }

    [Test, CancelAfter(60_000)]
    public async Task Bytes_that_are_no_frames_end_their_connection_alone()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));
        Task<WaitResponse> waiting = container.WaitAsync();
        var random = new Random(1);

        for (int i = 0; i < 50; i++)
        {
            using Socket socket = Connect(container);
            byte[] bytes = new byte[1 + random.Next(4096)];
            random.NextBytes(bytes);

            await socket.SendAsync(bytes);
        }

        Assert.That((await container.StateAsync()).Status, Is.EqualTo(Status.Running));
        Assert.That(waiting.IsCompleted, Is.False);
        await container.KillAsync();
        Assert.That((await waiting).ExitStatus, Is.EqualTo(137));
    }

    [Test, CancelAfter(60_000)]
    public async Task Connections_that_end_leave_no_descriptor()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));
        caller.Events.WaitFor("start");
        container.Disconnect();
        int before = container.Shim.Descriptors.Count;

        for (int i = 0; i < 100; i++)
        {
            TaskClient client = container.Connect();
            _ = client.WaitAsync(new WaitRequest { Id = container.Id });
            await client.ConnectAsync(new ConnectRequest { Id = container.Id });
        }

        int during = container.Shim.Descriptors.Count;
        container.Disconnect();

        Assert.That(during, Is.GreaterThanOrEqualTo(100));
        Wait.Until(() => container.Shim.Descriptors.Count <= before, $"the descriptors of a hundred connections to be closed; {container.Shim.Descriptors.Count} are open, {before} were");
        Assert.That((await container.StateAsync()).Status, Is.EqualTo(Status.Running));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_call_that_waits_does_not_hold_up_others()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));
        Task<WaitResponse>[] waits = [.. Enumerable.Range(0, 500).Select(_ => container.WaitAsync())];

        Assert.That(await container.RunExecAsync("one", "true"), Is.Zero);
        Assert.That(waits.Any(wait => wait.IsCompleted), Is.False);
        await container.KillAsync();

        Assert.That((await Task.WhenAll(waits)).Select(exit => exit.ExitStatus), Has.All.EqualTo(137u));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_timeout_ends_the_call_and_not_what_it_waits_for()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));

        await Failure.Of(
            container.Tasks.WaitAsync(new WaitRequest { Id = container.Id }, new TtrpcCallOptions(TimeSpan.FromMilliseconds(100))),
            TtrpcCode.DeadlineExceeded);

        Assert.That((await container.StateAsync()).Status, Is.EqualTo(Status.Running));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_log_that_nobody_reads_holds_nothing_up_and_one_that_is_read_gets_whole_lines()
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.From(bundle => bundle.Process.Args("true"));
        FifoReader.Make(container.PathOfFile("log"));
        caller.Environment["TTRPC_ADDRESS"] = caller.Folder.File("nobody");
        container.StartShim().MustSucceed();

        await container.CreateAsync();
        await container.StartAsync();
        await container.WaitAsync();
        using var log = new FifoReader(container.PathOfFile("log"));

        log.WaitFor("level=warning msg=\"publish /tasks/create: ");
        Assert.That(log.Text, Does.StartWith("time=\"").And.EndsWith("\"\n"));
    }

    private static Socket Connect(ShimContainer container)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(container.Socket));
        return socket;
    }

    private static async Task CreateAndStartAsync(ShimContainer container)
    {
        await container.CreateAsync();
        await container.StartAsync();
    }
}
