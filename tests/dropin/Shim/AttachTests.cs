using System.Globalization;
using Bulkhead.Tests.DropIn.Containerd;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Shim;

/// <summary>Clients that attach to a container, and go away.</summary>
internal sealed class AttachTests
{
    // More than the pipes on the way hold: two of 64 KiB, at the least.
    private const int Lines = 20_000;

    // Each line is on its way before it is counted.
    private const string Writing = "i=0; while :; do i=$((i+1)); echo \"line $i of many\"; [ $((i % 1000)) = 0 ] && echo $i >/tmp/count; done";

    private ContainerdHost _host = null!;

    [OneTimeSetUp]
    public void Start() => _host = new ContainerdHost(ShimKind.Named);

    [OneTimeTearDown]
    public void Stop() => _host?.Dispose();

    [SetUp]
    public void Forget() => File.Delete(Path.Combine(_host.Rootfs, "tmp/count"));

    [TearDown]
    public void Clear() => _host.MustBeEmpty();

    [Test, CancelAfter(30_000)]
    public void Attach_types_and_sees_what_is_written_from_then_on()
    {
        string id = _host.StartBox([], "sh", "-c", "read line; echo got $line; exit 6");
        using RunningCommand attach = _host.Ctr.StartInteractive("tasks", "attach", id);

        attach.Input.Write("words\n");
        attach.Input.Flush();

        Result result = attach.Wait();
        Assert.That(result.ExitCode, Is.EqualTo(6), result.ToString());
        Assert.That(result.Output, Is.EqualTo("got words"));
    }

    [TestCase(false, TestName = "A client that is killed does not hold the container up")]
    [TestCase(true, TestName = "A client that has stopped and is killed does not hold the container up")]
    [CancelAfter(60_000)]
    public void A_client_is_killed(bool hasStopped)
    {
        string id = _host.StartBox([], "sh", "-c", Writing);
        using RunningCommand attach = _host.Ctr.Start("tasks", "attach", id);
        Wait.Until(() => attach.Output.Contains("of many", StringComparison.Ordinal), "output");

        if (hasStopped)
        {
            HostProcess.Signal(new HostProcess(attach.Pid).Children.Single(), "STOP");
        }

        attach.Kill();
        int then = Counted();
        Wait.Until(() => Counted() > then + Lines, TimeSpan.FromSeconds(20), "the container to write on");

        // Another sees whole lines, one after the other, from some point on.
        using RunningCommand second = _host.Ctr.Start("tasks", "attach", id);
        Wait.Until(() => second.Output.Contains("of many", StringComparison.Ordinal), "output");
        _host.Run("tasks", "kill", "--signal", "KILL", id).MustSucceed();
        Assert.That(second.Wait().ExitCode, Is.EqualTo(137));
    }

    [Test, CancelAfter(60_000)]
    public void A_foreground_client_that_is_killed_leaves_the_container()
    {
        string id = _host.NewId();
        using RunningCommand run = _host.Ctr.Start(_host.BoxArguments([], id, "sh", "-c", Writing));
        Wait.Until(() => run.Output.Contains("of many", StringComparison.Ordinal), "output");

        run.Kill();
        int then = Counted();

        Wait.Until(() => Counted() > then + Lines, TimeSpan.FromSeconds(20), "the container to write on");
        Assert.That(_host.Status(id), Is.EqualTo("RUNNING"));
        Assert.That(_host.Exec(id, [], "echo", "there").MustSucceed().Output, Is.EqualTo("there"));
    }

    private int Counted()
    {
        string file = Path.Combine(_host.Rootfs, "tmp/count");
        return File.Exists(file) && int.TryParse(File.ReadAllText(file), NumberStyles.None | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int count) ? count : 0;
    }
}
