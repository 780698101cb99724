using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Tests.Support;
using Bulkhead.Tests.Support.Shims;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Shim;

/// <summary>A shim that is killed while it calls the runtime: what it has begun does not come to life after <c>delete</c>.</summary>
internal sealed class KilledShimTests
{
    [TestCase("create", false), TestCase("create", true), TestCase("start", false), TestCase("exec", false), TestCase("exec", true)]
    [CancelAfter(60_000)]
    public async Task Nothing_is_left_of_a_shim_that_is_killed_during(string command, bool terminal)
    {
        using var caller = new ShimCaller();
        HeldRuntime runtime = new(caller, command);
        ShimContainer container = caller.Served(bundle => bundle.Process.Terminal(terminal && command == "create").Shell("sleep 300 & sleep 300; true"));
        Task calls = CallAsync(container, command, terminal);
        runtime.WaitUntilHeld();

        container.KillShim();
        DeleteResponse deleted = DeleteResponse.Parser.ParseFrom(container.DeleteShim().MustSucceed().Bytes);
        runtime.Release();

        Assert.That(deleted.ExitStatus, Is.EqualTo(137));
        Assert.That(LeakCheck.Of(container.Id), Is.Empty);
        Assert.That(Directory.GetFiles(ShimCaller.SocketFolder, Path.GetFileName(container.Socket) + "*"), Is.Empty);
        Assert.That(async () => await calls, Throws.Exception);
    }

    [Test, CancelAfter(60_000)]
    public async Task A_new_shim_in_the_place_of_a_killed_one_removes_its_sockets()
    {
        using var caller = new ShimCaller();
        HeldRuntime runtime = new(caller, "create");
        ShimContainer container = caller.Served(bundle => bundle.Process.Terminal().Args("sh"));
        Task calls = CallAsync(container, "create", terminal: true);
        runtime.WaitUntilHeld();
        container.KillShim();
        Assert.That(Directory.GetFiles(ShimCaller.SocketFolder, Path.GetFileName(container.Socket) + "*"), Has.Length.EqualTo(2));

        container.StartShim().MustSucceed();

        Assert.That(Directory.GetFiles(ShimCaller.SocketFolder, Path.GetFileName(container.Socket) + "*"), Is.EqualTo([container.Socket]));
        Assert.That(async () => await calls, Throws.Exception);
    }

    private static async Task CallAsync(ShimContainer container, string command, bool terminal)
    {
        await container.CreateAsync(request => request.Terminal = terminal && command == "create");
        await container.StartAsync();
        if (command == "exec")
        {
            await container.ExecAsync("one", [], request =>
            {
                request.Terminal = terminal;
                request.Spec = container.ProcessOf(["sleep", "300"], terminal);
            });
            await container.StartAsync("one");
        }

        await container.KillAsync();
        await container.WaitAsync();
        await container.DeleteAsync();
    }
}
