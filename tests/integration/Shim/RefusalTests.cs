using System.Net.Sockets;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Tests.Support;
using Bulkhead.Tests.Support.Shims;
using Bulkhead.Ttrpc;
using Bulkhead.Ttrpc.Containerd;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Shim;

/// <summary>What can't be done is refused with the right code and one clear line; nothing of it stays, and the shim lives on.</summary>
internal sealed class RefusalTests
{
    [Test, CancelAfter(60_000)]
    public async Task Every_method_refuses_an_unknown_container()
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.Served();

        foreach (Task call in (Task[])[
            container.StateAsync(), container.StartAsync(), container.DeleteAsync(), container.PidsAsync(), container.PauseAsync(), container.ResumeAsync(),
            container.CheckpointAsync(caller.Folder.Path), container.KillAsync(), container.ExecAsync("e", ["true"]), container.ResizeAsync(80, 25),
            container.CloseInputAsync(), container.UpdateAsync("{}"), container.WaitAsync(), container.StatsAsync()])
        {
            await Failure.Of(call, TtrpcCode.NotFound, $"container \"{container.Id}\"");
        }

        Assert.That((await container.ConnectAsync()).TaskPid, Is.Zero);
    }

    [Test, CancelAfter(60_000)]
    public async Task Every_method_refuses_an_unknown_exec()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));

        foreach (Task call in (Task[])[
            container.StateAsync("none"), container.StartAsync("none"), container.DeleteAsync("none"), container.KillAsync(9, "none"),
            container.ResizeAsync(80, 25, "none"), container.CloseInputAsync("none"), container.WaitAsync("none")])
        {
            await Failure.Of(call, TtrpcCode.NotFound, "exec \"none\"", $"container \"{container.Id}\"");
        }

        Assert.That((await container.StateAsync()).Status, Is.EqualTo(Status.Running));
    }

    [Test, CancelAfter(60_000)]
    public async Task What_is_there_is_not_made_a_second_time()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));
        await container.ExecAsync("one", ["sleep", "300"]);
        await container.StartAsync("one");

        await Failure.Of(container.CreateAsync(), TtrpcCode.AlreadyExists, container.Id);
        await Failure.Of(container.StartAsync(), TtrpcCode.FailedPrecondition, container.Id, "running");
        await Failure.Of(container.ExecAsync("one", ["true"]), TtrpcCode.AlreadyExists, "one");
        await Failure.Of(container.StartAsync("one"), TtrpcCode.FailedPrecondition, "one", "running");

        Assert.That((await container.StateAsync()).Status, Is.EqualTo(Status.Running));
        Assert.That((await container.StateAsync("one")).Status, Is.EqualTo(Status.Running));
    }

    [Test, CancelAfter(60_000)]
    public async Task Of_many_creates_at_once_one_succeeds()
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.Served(bundle => bundle.Process.Args("sleep", "300"));

        Task<CreateTaskResponse>[] calls = [.. Enumerable.Range(0, 10).Select(_ => container.CreateAsync())];
        await Task.WhenAll(calls).ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.That(calls.Count(call => call.IsCompletedSuccessfully), Is.EqualTo(1));
        foreach (Task<CreateTaskResponse> call in calls.Where(call => call.IsFaulted))
        {
            await Failure.Of(call, TtrpcCode.AlreadyExists, container.Id);
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Of_many_starts_and_of_many_deletes_at_once_one_succeeds()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.CreatedAsync(bundle => bundle.Process.Args("true"));

        Task<int>[] starts = [.. Enumerable.Range(0, 10).Select(_ => container.StartAsync())];
        await Task.WhenAll(starts).ContinueWith(_ => { }, TaskScheduler.Default);
        await container.WaitAsync();
        Task<DeleteResponse>[] deletes = [.. Enumerable.Range(0, 10).Select(_ => container.DeleteAsync())];
        await Task.WhenAll(deletes).ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.That(starts.Count(call => call.IsCompletedSuccessfully), Is.EqualTo(1));
        Assert.That(deletes.Count(call => call.IsCompletedSuccessfully), Is.EqualTo(1));
        foreach (Task<DeleteResponse> call in deletes.Where(call => call.IsFaulted))
        {
            await Failure.Of(call, TtrpcCode.NotFound, container.Id);
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task What_runs_is_not_deleted()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));
        await container.ExecAsync("one", ["sleep", "300"]);
        int exec = await container.StartAsync("one");

        await Failure.Of(container.DeleteAsync(), TtrpcCode.FailedPrecondition, container.Id, "running");
        await Failure.Of(container.DeleteAsync("one"), TtrpcCode.FailedPrecondition, "one", "running");

        Assert.That(new HostProcess(exec).IsAlive, Is.True);
        Assert.That((await container.StateAsync()).Status, Is.EqualTo(Status.Running));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_stopped_container_takes_no_exec_no_start_no_pause_and_no_signal()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));
        await container.ExecAsync("before", ["true"]);
        await container.KillAsync();
        await container.WaitAsync();

        await Failure.Of(container.ExecAsync("after", ["true"]), TtrpcCode.FailedPrecondition, container.Id, "stopped");
        await Failure.Of(container.StartAsync("before"), TtrpcCode.FailedPrecondition, "before", "stopped");
        await Failure.Of(container.StartAsync(), TtrpcCode.FailedPrecondition, container.Id, "stopped");
        await Failure.Of(container.PauseAsync(), TtrpcCode.FailedPrecondition, container.Id, "stopped");
        await Failure.Of(container.ResumeAsync(), TtrpcCode.FailedPrecondition, container.Id, "stopped");
        await Failure.Of(container.StatsAsync(), TtrpcCode.FailedPrecondition, container.Id);
        await Failure.Of(container.KillAsync(15), TtrpcCode.NotFound, "process already finished");
        await container.KillAsync(9, all: true);

        Assert.That((await container.DeleteAsync()).ExitStatus, Is.EqualTo(137));
    }

    [Test, CancelAfter(60_000)]
    public async Task An_exec_that_has_not_begun_or_has_ended_takes_no_signal()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));
        await container.ExecAsync("one", ["true"]);

        await Failure.Of(container.KillAsync(9, "one"), TtrpcCode.FailedPrecondition, "one");
        await container.StartAsync("one");
        await container.WaitAsync("one");
        await Failure.Of(container.KillAsync(9, "one"), TtrpcCode.NotFound, "process already finished");
        await Failure.Of(container.StartAsync("one"), TtrpcCode.FailedPrecondition, "one", "stopped");
    }

    [Test, CancelAfter(60_000)]
    public async Task An_exec_that_was_not_started_can_be_deleted()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));
        string[] before = container.Files;
        await container.ExecAsync("one", ["true"]);

        await container.DeleteAsync("one");

        Assert.That(container.Files, Is.EqualTo(before));
        Assert.That(await container.RunExecAsync("one", "true"), Is.Zero, "the id is free again");
    }

    [TestCase("one"), TestCase("")]
    [CancelAfter(60_000)]
    public async Task Who_waits_for_what_is_deleted_before_it_ran_is_told_so(string execId)
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.Served(bundle => bundle.Process.Args("sleep", "300"));

        // With a checkpoint the init process begins with Start.
        await container.CreateAsync(request => request.Checkpoint = execId.Length == 0 ? caller.Folder.Path : "");
        if (execId.Length > 0)
        {
            await container.StartAsync();
            await container.ExecAsync(execId, ["true"]);
        }

        Task<WaitResponse> waiting = container.WaitAsync(execId);
        await container.DeleteAsync(execId);

        await Failure.Of(waiting, TtrpcCode.NotFound, "deleted before it ran", container.Id);
    }

    [Test, CancelAfter(60_000)]
    public async Task A_start_that_fails_is_told_of_with_its_reason_and_the_container_can_be_deleted()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.CreatedAsync(bundle => bundle.Hook("poststart", "/bin/false", "false").Process.Args("sleep", "300"));
        Task<WaitResponse> waiting = container.WaitAsync();

        await Failure.Of(container.StartAsync(), TtrpcCode.Unknown, "OCI runtime start failed: ", container.Id);

        Assert.That((await waiting).ExitStatus, Is.EqualTo(137), "what has begun nevertheless is ended");
        await container.DeleteAsync();
        Assert.That(LeakCheck.PlacesOf(container.Id), Is.Empty);
    }

    [TestCase("../escape"), TestCase("a/b"), TestCase(""), TestCase("."), TestCase("with space"), TestCase("line\nfeed")]
    [CancelAfter(60_000)]
    public async Task An_id_that_is_no_files_name_is_refused(string id)
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));

        await Failure.Of(container.CreateAsync(request => request.Id = id), TtrpcCode.InvalidArgument);
        await Failure.Of(container.ExecAsync(id, ["true"]), TtrpcCode.InvalidArgument);
    }

    [Test, CancelAfter(60_000)]
    public async Task An_exec_id_as_long_as_containerds_works_and_a_longer_one_is_refused()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));

        Assert.That(await container.RunExecAsync(new string('e', 128), "true"), Is.Zero);
        await Failure.Of(container.ExecAsync(new string('e', 5000), ["true"]), TtrpcCode.InvalidArgument);
    }

    [TestCase("no bundle", TtrpcCode.NotFound, "no-such-bundle")]
    [TestCase("no config.json", TtrpcCode.NotFound, "config.json")]
    [TestCase("a broken config.json", TtrpcCode.InvalidArgument, "")]
    [TestCase("a config.json of another kind", TtrpcCode.InvalidArgument, "")]
    [TestCase("no rootfs", TtrpcCode.Unknown, "rootfs")]
    [TestCase("no program", TtrpcCode.Unknown, "no-such-program")]
    [TestCase("a missing fifo", TtrpcCode.NotFound, "no-such-fifo")]
    [TestCase("a file in a fifo's place", TtrpcCode.InvalidArgument, "config.json")]
    [TestCase("a scheme that nobody knows", TtrpcCode.InvalidArgument, "carrier-pigeon")]
    [TestCase("a missing runtime", TtrpcCode.NotFound, "no-such-runtime")]
    [TestCase("options of another type", TtrpcCode.InvalidArgument, "example.v1.Options")]
    [TestCase("a mount of a missing source", TtrpcCode.NotFound, "no-such-source")]
    [TestCase("a mount of an unknown type", TtrpcCode.Unknown, "no-such-type")]
    [TestCase("a mount that leaves the rootfs", null, "")]
    [CancelAfter(60_000)]
    public async Task A_create_that_fails_leaves_nothing_and_can_be_made_good(string fault, TtrpcCode? code, string word)
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.Served(bundle => bundle.Process.Args("true"));
        string config = File.ReadAllText(container.Bundle.ConfigPath);
        string rootfs = container.Bundle.Rootfs;

        Task<CreateTaskResponse> create = container.CreateAsync(request => Spoil(fault, request, container));
        if (code is { } expected)
        {
            await Failure.Of(create, expected, word);
            Assert.That(Directory.Exists(Path.Combine(caller.Folder.Path, "state", caller.Namespace, container.Id)), Is.False, "the runtime's state");
        }
        else
        {
            // It stays below the rootfs, whatever its name says.
            await create;
            Assert.That(MountEntry.Read("self").Where(mount => mount.MountPoint.StartsWith(caller.Folder.Path, StringComparison.Ordinal)).Select(mount => mount.MountPoint), Has.All.StartsWith(rootfs));
            await container.DeleteAsync();
        }

        Assert.That(LeakCheck.PlacesOf(container.Id), Is.Empty);
        Wait.Until(() => container.Shim.Children.Length == 0, "the shim to have no child");
        await Failure.Of(container.StateAsync(), TtrpcCode.NotFound);

        File.WriteAllText(container.Bundle.ConfigPath, config);
        if (Directory.Exists(rootfs + ".away"))
        {
            Directory.Move(rootfs + ".away", rootfs);
        }

        await container.CreateAsync();
        await container.StartAsync();
        Assert.That((await container.WaitAsync()).ExitStatus, Is.Zero);
        await container.DeleteAsync();
        Wait.Until(() => Open(container).Length == 0, $"no descriptor to be left: {string.Join(", ", Open(container))}");
    }

    [TestCase("no program", TtrpcCode.Unknown, "no-such-program")]
    [TestCase("a missing fifo", TtrpcCode.NotFound, "no-such-fifo")]
    [TestCase("no spec", TtrpcCode.Unknown, "")]
    [TestCase("a broken spec", TtrpcCode.Unknown, "")]
    [TestCase("a working directory that is not there", TtrpcCode.Unknown, "no-such-folder")]
    [CancelAfter(60_000)]
    public async Task An_exec_that_fails_leaves_nothing_and_can_be_deleted(string fault, TtrpcCode code, string word)
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));
        string[] before = container.Files;
        await container.ExecAsync("one", ["true"], request =>
        {
            switch (fault)
            {
                case "no program": request.Spec = container.ProcessOf(["/no-such-program"], terminal: false); break;
                case "a missing fifo": request.Stdout = caller.Folder.File("no-such-fifo"); break;
                case "no spec": request.Spec = null; break;
                case "a broken spec": request.Spec.Value = ByteString.CopyFromUtf8("{"); break;
                default: request.Spec.Value = ByteString.CopyFromUtf8(request.Spec.Value.ToStringUtf8().Replace("\"cwd\":\"/\"", "\"cwd\":\"/no-such-folder\"", StringComparison.Ordinal)); break;
            }
        });

        await Failure.Of(container.StartAsync("one"), code, word);

        await container.DeleteAsync("one");
        Assert.That(container.Files.Except(["log.json"]), Is.EqualTo(before.Except(["log.json"])));
        Wait.Until(() => container.Shim.Children.Length == 1, "the init process to be the shim's only child");
        Assert.That(await container.RunExecAsync("one", "true"), Is.Zero);
    }

    [Test, CancelAfter(60_000)]
    public async Task Arguments_that_make_no_sense_are_refused()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));

        await Failure.Of(container.KillAsync(65), TtrpcCode.InvalidArgument, "65");
        await Failure.Of(container.ResizeAsync(70_000, 25), TtrpcCode.InvalidArgument, "70000");
        await Failure.Of(container.UpdateAsync(""), TtrpcCode.InvalidArgument, "resources");
        await Failure.Of(container.UpdateAsync("{"), TtrpcCode.Unknown);
        await Failure.Of(container.CheckpointAsync("relative"), TtrpcCode.InvalidArgument, "relative");

        Assert.That((await container.StateAsync()).Status, Is.EqualTo(Status.Running));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_shutdown_with_a_container_is_without_effect()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));

        await container.ShutdownAsync();

        Assert.That((await container.StateAsync()).Status, Is.EqualTo(Status.Running));
    }

    [Test, CancelAfter(60_000)]
    public async Task An_unknown_service_or_method_is_refused()
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.Served();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(container.Socket));
        using var client = new TtrpcClient(new NetworkStream(socket, ownsSocket: false), TimeProvider.System);

        await Failure.Of(client.CallAsync(TaskClient.Version2, "Fly", new Empty(), Empty.Parser), TtrpcCode.Unimplemented, "Fly");
        await Failure.Of(client.CallAsync("containerd.task.v9.Task", "State", new Empty(), Empty.Parser), TtrpcCode.Unimplemented, "containerd.task.v9.Task");
        Assert.That((await container.ConnectAsync()).ShimPid, Is.Not.Zero);
    }

    private static void Spoil(string fault, CreateTaskRequest request, ShimContainer container)
    {
        switch (fault)
        {
            case "no bundle": request.Bundle = "/no-such-bundle"; break;
            case "no config.json": File.Delete(container.Bundle.ConfigPath); break;
            case "a broken config.json": File.WriteAllText(container.Bundle.ConfigPath, "{\"ociVersion\":"); break;
            case "a config.json of another kind": File.WriteAllText(container.Bundle.ConfigPath, "[1, 2]"); break;
            case "no rootfs": Directory.Move(container.Bundle.Rootfs, container.Bundle.Rootfs + ".away"); break;
            case "no program": container.Bundle.Process.Args("/no-such-program"); container.Bundle.Save(); break;
            case "a missing fifo": request.Stdout = container.PathOfFile("no-such-fifo"); break;
            case "a file in a fifo's place": request.Stdin = container.Bundle.ConfigPath; break;
            case "a scheme that nobody knows": request.Stdout = "carrier-pigeon:///roof"; break;
            case "a missing runtime": request.Options = With(request.Options, options => options.BinaryName = "/no-such-runtime"); break;
            case "options of another type": request.Options = new Any { TypeUrl = "example.v1.Options" }; break;
            case "a mount of a missing source": request.Rootfs.Add([Good(container), new Mount { Type = "bind", Source = "/no-such-source", Options = { "rbind" } }]); break;
            case "a mount of an unknown type": request.Rootfs.Add([Good(container), new Mount { Type = "no-such-type", Source = "none" }]); break;
            default: request.Rootfs.Add([Good(container), new Mount { Type = "tmpfs", Source = "tmpfs", Target = "../../../../escape" }]); break;
        }
    }

    // Besides what the shim always has: its three streams, its loop and signals, its socket and connections, the seed of hashes.
    private static string[] Open(ShimContainer container) => [.. container.Shim.Descriptors.Values.Where(target =>
        target is not ("/dev/null" or "/dev/urandom" or "anon_inode:[eventpoll]" or "anon_inode:[signalfd]") && !target.StartsWith("socket:", StringComparison.Ordinal))];

    private static Mount Good(ShimContainer container) => new() { Type = "bind", Source = container.Bundle.Rootfs, Options = { "rbind", "rw" } };

    private static Any With(Any packed, Action<Proto.Containerd.Runc.Options> change)
    {
        Proto.Containerd.Runc.Options options = Proto.Containerd.Runc.Options.Parser.ParseFrom(packed.Value);
        change(options);
        return new Any { TypeUrl = packed.TypeUrl, Value = options.ToByteString() };
    }
}
