using System.Globalization;
using Bulkhead.Proto.Containerd.Runc;
using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Tests.Support;
using Bulkhead.Tests.Support.Shims;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Shim;

/// <summary>Checkpoint, and Create from one.</summary>
internal sealed class CheckpointTests
{
    // Of its own streams: a restored container has other pipes.
    private const string Counting = "exec </dev/null >/dev/null 2>&1; i=0; while :; do i=$((i+1)); echo $i >>/count; usleep 20000; done";

    [OneTimeSetUp]
    public void NeedsCriu() => Criu.Needed();

    [TestCase(false), TestCase(true)]
    [CancelAfter(90_000)]
    public async Task A_container_goes_on_after_a_checkpoint_or_ends_with_it(bool exits)
    {
        using var caller = new ShimCaller();
        ShimContainer container = await StartCountingAsync(caller);
        string images = caller.Folder.Folder("images");

        await container.CheckpointAsync(images, new Any { TypeUrl = "containerd.runc.v1.CheckpointOptions", Value = new CheckpointOptions { Exit = exits }.ToByteString() });

        Assert.That(File.Exists(Path.Combine(images, "inventory.img")), Is.True);
        Assert.That(caller.Events.WaitFor("checkpointed").Read(Proto.Containerd.Events.TaskCheckpointed.Parser).Checkpoint, Is.EqualTo(images));
        if (exits)
        {
            Assert.That((await container.WaitAsync()).ExitStatus, Is.EqualTo(137));
        }
        else
        {
            int after = Counted(container);
            Wait.Until(() => Counted(container) > after, "the container to count on");
        }
    }

    [Test, CancelAfter(90_000)]
    public async Task A_container_is_made_from_a_checkpoint_and_goes_on_where_it_was()
    {
        using var caller = new ShimCaller();
        ShimContainer first = await StartCountingAsync(caller);
        string images = caller.Folder.Folder("images");
        await first.CheckpointAsync(images, new Any { TypeUrl = "containerd.runc.v1.CheckpointOptions", Value = new CheckpointOptions { Exit = true }.ToByteString() });
        await first.WaitAsync();
        await first.DeleteAsync();
        int last = Counted(first);
        ShimContainer second = caller.Served(Describe);
        File.Copy(Path.Combine(first.Bundle.Rootfs, "count"), Path.Combine(second.Bundle.Rootfs, "count"));

        await second.CreateAsync(request => request.Checkpoint = images);
        int pid = await second.StartAsync();

        Wait.Until(() => Counted(second) > last, "the restored container to count on");
        Assert.That(File.ReadAllLines(Path.Combine(second.Bundle.Rootfs, "count"))[last..][0], Is.EqualTo((last + 1).ToString(CultureInfo.InvariantCulture)));
        Assert.That(((await second.StateAsync()).Status, (int)(await second.StateAsync()).Pid), Is.EqualTo((Status.Running, pid)));
        await second.KillAsync();
        Assert.That((await second.WaitAsync()).ExitStatus, Is.EqualTo(137));
        await second.DeleteAsync();
    }

    [Test, CancelAfter(60_000)]
    public async Task A_checkpoint_that_is_not_there_is_told_of_at_the_start_and_can_be_deleted()
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.Served(Describe);
        await container.CreateAsync(request => request.Checkpoint = caller.Folder.File("none"));

        Assert.That(async () => await container.StartAsync(), Throws.Exception.With.Message.Contains("restore"));

        await container.DeleteAsync();
        Assert.That(LeakCheck.PlacesOf(container.Id), Is.Empty);
    }

    private static async Task<ShimContainer> StartCountingAsync(ShimCaller caller)
    {
        ShimContainer container = await caller.StartedAsync(Describe);
        Wait.Until(() => Counted(container) > 3, "the container to count");
        return container;
    }

    private static void Describe(TestBundle bundle) => bundle.Writable().Process.Shell(Counting);

    private static int Counted(ShimContainer container)
    {
        string file = Path.Combine(container.Bundle.Rootfs, "count");
        return File.Exists(file) ? File.ReadLines(file).Count() : 0;
    }
}
