using System.Globalization;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Containerd;

/// <summary>Checkpoints of containerd's tasks, and what is restored from them.</summary>
/// <remarks>ctr has options for a checkpoint with runc's shim alone.</remarks>
[TestFixture(ShimKind.Runc, ContainerdRelease.Here)]
[TestFixture(ShimKind.InPlace, ContainerdRelease.Here)]
[TestFixture(ShimKind.InPlace, ContainerdRelease.Sid)]
internal sealed class CheckpointTests(ShimKind shim, string release)
{
    // Of its own streams: a restored task has other pipes.
    private const string Counting = "exec </dev/null >/dev/null 2>&1; i=0; while :; do i=$((i+1)); echo $i >>/count; usleep 20000; done";

    private ContainerdHost _host = null!;

    [OneTimeSetUp]
    public void Start()
    {
        Criu.Needed();
        _host = new ContainerdHost(shim, release: release);
        _host.ImportImage();
    }

    [OneTimeTearDown]
    public void Stop() => _host?.Dispose();

    [TearDown]
    public void Clear() => _host.MustBeEmpty();

    [TestCase(false), TestCase(true)]
    [CancelAfter(30_000)]
    public void A_task_goes_on_after_a_checkpoint_or_ends_with_it(bool exits)
    {
        string id = _host.NewId();
        StartCounting(id);
        string images = _host.Folder.Folder(id);

        _host.Run(["tasks", "checkpoint", .. exits ? (string[])["--exit"] : [], "--image-path", images, id]).MustSucceed();

        Assert.That(File.Exists(Path.Combine(images, "inventory.img")), Is.True);
        Wait.Until(() => _host.Status(id) == (exits ? "STOPPED" : "RUNNING"), "the task's state");
        if (!exits)
        {
            int after = Counted(id)[^1];
            Wait.Until(() => Counted(id)[^1] > after, "the task to count on");
        }
    }

    [Test, CancelAfter(30_000)]
    public void A_container_is_restored_with_its_task()
    {
        string first = _host.NewId();
        StartCounting(first);

        _host.Run("containers", "checkpoint", "--task", first, "example.test/checkpoint:1").MustSucceed();
        _host.Run("tasks", "kill", "--signal", "KILL", first).MustSucceed();
        Wait.Until(() => _host.Status(first) == "STOPPED", "the end");
        string second = _host.NewId();
        _host.Run("containers", "restore", "--live", second, "example.test/checkpoint:1").MustSucceed();

        // It has the image's files alone, and what it remembers.
        Wait.Until(() => Counted(second).Length > 5, "the second container to count");
        int[] counted = Counted(second);
        Assert.That(counted[0], Is.GreaterThan(5));
        Assert.That(counted, Is.EqualTo(Enumerable.Range(counted[0], counted.Length)));
        Assert.That(_host.Status(second), Is.EqualTo("RUNNING"));
    }

    private void StartCounting(string id)
    {
        _host.Run(["run", "--detach", .. _host.RuntimeOptions(), "--snapshotter", "native", ContainerdHost.Image, id, "sh", "-c", Counting]).MustSucceed();
        Wait.Until(() => Counted(id).Length > 5, "the container to count");
    }

    private int[] Counted(string id)
    {
        Result result = _host.Exec(id, [], "cat", "/count");
        return result.ExitCode != 0 ? [] : [.. result.Lines.Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
    }
}
