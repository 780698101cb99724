using System.Globalization;
using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Tests.Support;
using Bulkhead.Tests.Support.Shims;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Shim;

/// <summary>Execs by the thousand leave nothing in the shim: no descriptor, thread, process, file or memory.</summary>
/// <remarks>Memory is counted as twenty shims have it, which share the program's own pages.</remarks>
[NonParallelizable]
internal sealed class ManyExecsTests
{
    private const int Companions = 19;
    private const int MostPssKilobytes = 1200;
    private const int MostPrivateKilobytes = 1000;

    [Test, CancelAfter(400_000)]
    public async Task A_thousand_execs_one_after_the_other()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await PrepareAsync(caller, Companions);
        Footprint before = Footprint.Of(container);

        for (int i = 0; i < 1000; i++)
        {
            Assert.That(await container.RunExecAsync($"exec-{i}", "true"), Is.Zero);
        }

        await AssertBackAsync(container, before);
        Wait.Until(
            () => Memory(container, "Pss") <= MostPssKilobytes && Private(container) <= MostPrivateKilobytes,
            TimeSpan.FromSeconds(20),
            $"memory to be given back:\n{container.Shim.Read("smaps_rollup")}");
    }

    [Test, CancelAfter(200_000)]
    public async Task Two_hundred_execs_fifty_at_a_time_with_output()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await PrepareAsync(caller);
        Footprint before = Footprint.Of(container);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(async lane =>
        {
            for (int i = 0; i < 4; i++)
            {
                await RunWithOutputAsync(caller, container, $"exec-{lane}-{i}");
            }
        }));

        await AssertBackAsync(container, before);
    }

    [Test, CancelAfter(200_000)]
    public async Task Fifty_execs_that_run_at_the_same_time_end_with_the_container()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await PrepareAsync(caller);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            await container.ExecAsync($"exec-{i}", ["sleep", "300"]);
            await container.StartAsync($"exec-{i}");
        }));
        int ownProcesses = (await container.PidsAsync()).Count(process => process.Info is not null);
        await container.KillAsync();
        await container.WaitAsync();
        await container.DeleteAsync();

        Assert.That(ownProcesses, Is.EqualTo(50));
        Wait.Until(() => container.Shim.Children.Length == 0, "the shim to have no child");
        Assert.That(container.Files.Where(file => file.StartsWith("exec-", StringComparison.Ordinal) || file.StartsWith("exit.exec", StringComparison.Ordinal)), Is.Empty);
    }

    private static async Task<ShimContainer> PrepareAsync(ShimCaller caller, int companions = 0)
    {
        for (int i = 0; i < companions; i++)
        {
            await RunWithOutputAsync(caller, await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "1000")), $"companion-{i}");
        }

        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "1000"));

        // What is made once, such as the connection for events, is made.
        await RunWithOutputAsync(caller, container, "first");
        return container;
    }

    private static async Task RunWithOutputAsync(ShimCaller caller, ShimContainer container, string id)
    {
        using var output = new FifoReader(caller.Folder.File(id));
        await container.ExecAsync(id, ["echo", id], request => request.Stdout = output.Path);
        await container.StartAsync(id);
        await container.WaitAsync(id);
        await container.DeleteAsync(id);
        Assert.That(output.WaitForEnd(), Is.EqualTo(id + "\n"));
    }

    private static async Task AssertBackAsync(ShimContainer container, Footprint before)
    {
        Footprint after = before;
        Wait.Try(() => (after = Footprint.Of(container)).ToString() == before.ToString(), TimeSpan.FromSeconds(10));
        Assert.That(after.ToString(), Is.EqualTo(before.ToString()));
        Assert.That((await container.StateAsync()).Status, Is.EqualTo(Status.Running));
    }

    private static int Private(ShimContainer container) => Memory(container, "Private_Clean") + Memory(container, "Private_Dirty");

    private static int Memory(ShimContainer container, string field) => int.Parse(
        container.Shim.Read("smaps_rollup").Split('\n').First(line => line.StartsWith(field + ":", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    /// <summary>What a shim holds.</summary>
    private sealed record Footprint(int Threads, string Children, string Descriptors, string Files)
    {
        public static Footprint Of(ShimContainer container) => new(
            Directory.GetDirectories($"/proc/{container.Shim.Pid}/task").Length,
            string.Join(' ', container.Shim.Children),
            string.Join(' ', container.Shim.Descriptors.Values.Order(StringComparer.Ordinal)),
            string.Join(' ', container.Files));
    }
}
