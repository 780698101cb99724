using System.Globalization;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Podman;

/// <summary><c>podman container checkpoint</c> and <c>restore</c>.</summary>
internal sealed class CheckpointTests
{
    private const string Counting = "i=0; while :; do i=$((i + 1)); echo $i; usleep 20000; done";

    [SetUp]
    public void NeedCriu() => Criu.Needed();

    [TestCase, TestCase("--tty"), TestCase("--interactive", "--read-only")]
    [CancelAfter(60_000)]
    public void A_container_goes_on_where_it_was_and_its_output_too(params string[] options)
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox(options, "sh", "-c", Counting);
        WaitForCount(podman, id, 5);

        podman.Run("container", "checkpoint", id).MustSucceed();
        int before = Count(podman, id);
        string status = podman.Inspect(id, ".State.Status");
        podman.Run("container", "restore", id).MustSucceed();
        WaitForCount(podman, id, before + 5);
        int[] counted = Counted(podman, id);

        Assert.That(status, Is.EqualTo("exited"));
        Assert.That(counted, Is.EqualTo(Enumerable.Range(1, counted.Length)));
        Assert.That(podman.Inspect(id, ".State.Restored"), Is.EqualTo("true"));
    }

    [Test, CancelAfter(60_000)]
    public void Limits_and_mounts_are_there_again()
    {
        using var podman = new PodmanHost();
        string given = podman.Folder.Folder("given");
        string id = podman.StartBox(["--memory", "64m", "--tmpfs", "/scratch", "--volume", given + ":/given"], "sleep", "60");
        podman.Run("exec", id, "sh", "-c", "echo kept >/scratch/file").MustSucceed();

        podman.Run("container", "checkpoint", id).MustSucceed();
        podman.Run("container", "restore", id).MustSucceed();
        File.WriteAllText(Path.Combine(given, "file"), "from outside\n");

        Assert.That(podman.Run("exec", id, "cat", "/scratch/file", "/given/file").MustSucceed().Lines, Is.EqualTo((string[])["kept", "from outside"]));
        Assert.That(CgroupLayout.Here.Of(podman.Init(id).Pid).Read("memory", "memory.limit_in_bytes", "memory.max"), Is.EqualTo("67108864"));
    }

    [Test, CancelAfter(60_000)]
    public void A_container_that_is_left_running_runs_and_ends_later()
    {
        using var podman = new PodmanHost();
        string id = podman.StartBox([], "sh", "-c", Counting);
        int pid = podman.Init(id).Pid;

        podman.Run("container", "checkpoint", "--leave-running", "--print-stats", id).MustSucceed();
        int after = Count(podman, id);

        WaitForCount(podman, id, after + 5);
        Assert.That(podman.Init(id).Pid, Is.EqualTo(pid));
        podman.Run("stop", "--time", "0", id).MustSucceed();
        Assert.That(podman.Inspect(id, "json .State.ExitCode"), Is.EqualTo("137"));
    }

    [Test, CancelAfter(60_000)]
    public void An_exported_container_goes_on_under_another_name()
    {
        using var podman = new PodmanHost();
        podman.ImportImage();
        string id = podman.RunImage(["--detach", "--name", "first"], "sh", "-c", "echo kept >/file; " + Counting).MustSucceed().Output;
        string archive = podman.Folder.File("checkpoint.tar.gz");
        WaitForCount(podman, id, 5);

        podman.Run("container", "checkpoint", "--export", archive, id).MustSucceed();
        int before = Count(podman, id);
        podman.Run("rm", id).MustSucceed();
        podman.Run("container", "restore", "--import", archive, "--name", "second").MustSucceed();

        // The log is in the archive.
        WaitForCount(podman, "second", before + 5);
        int[] counted = Counted(podman, "second");
        Assert.That(counted, Is.EqualTo(Enumerable.Range(1, counted.Length)));
        Assert.That(podman.Run("exec", "second", "cat", "/file").MustSucceed().Output, Is.EqualTo("kept"));
    }

    private static void WaitForCount(PodmanHost podman, string container, int count) =>
        Wait.Until(() => Count(podman, container) >= count, $"container {container} to count to {count}");

    private static int Count(PodmanHost podman, string container) => Counted(podman, container).LastOrDefault();

    private static int[] Counted(PodmanHost podman, string container) =>
        [.. podman.Run("logs", container).MustSucceed().Lines.Where(line => line.Length > 0).Select(line => int.Parse(line.Trim(), CultureInfo.InvariantCulture))];
}
