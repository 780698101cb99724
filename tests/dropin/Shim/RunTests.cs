using Bulkhead.Tests.DropIn.Containerd;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Shim;

/// <summary>How containerd finds the shim, and what it is told of the runtime that it calls.</summary>
[TestFixture(ShimKind.Named)]
[TestFixture(ShimKind.Path)]
[TestFixture(ShimKind.InPlace)]
internal sealed class RunTests(ShimKind shim)
{
    private ContainerdHost _host = null!;

    [OneTimeSetUp]
    public void Start() => _host = new ContainerdHost(shim);

    [OneTimeTearDown]
    public void Stop() => _host?.Dispose();

    [TearDown]
    public void Clear() => _host.MustBeEmpty();

    [Test, CancelAfter(30_000)]
    public void A_container_has_a_shim_of_its_own_that_goes_with_it()
    {
        string first = _host.StartBox([], "sleep", "60"), second = _host.StartBox([], "sleep", "60");

        Assert.That(_host.Shims.Select(process => process.Pid), Is.EquivalentTo(new[] { first, second }.Select(id => int.Parse(_host.Init(id).Status("PPid"), System.Globalization.CultureInfo.InvariantCulture))));
        Assert.That(_host.Sockets(), Has.Length.EqualTo(2));

        Assert.That(_host.DeleteTask(first, "--force"), Is.EqualTo(137));
        Wait.Until(() => _host.Shims.Length == 1 && _host.Sockets().Length == 1, "the end of the first shim");
    }

    [Test, CancelAfter(30_000)]
    public void The_runtime_beside_the_shim_is_called_when_none_is_named()
    {
        string runtime = shim switch
        {
            ShimKind.Named => ContainerdHost.BulkheadRuntime,
            ShimKind.Path => Path.Combine(_host.ShimPath, "shim"),
            _ => ContainerdHost.RuncRuntime,
        };

        Result result = _host.Run("run", "--rm", "--runtime", runtime, "--env", "PATH=/bin", "--rootfs", _host.Rootfs, _host.NewId(), "sh", "-c", "echo out; exit 7");

        Assert.That(result.ExitCode, Is.EqualTo(7), result.ToString());
        Assert.That(result.Output, Is.EqualTo("out"));
    }

    [TestCase("runc")]
    [TestCase("crun")]
    [CancelAfter(30_000)]
    public void Any_runtime_can_be_called(string name)
    {
        if (name == "crun")
        {
            Machine.NeedsCgroups(CgroupKind.Unified, CgroupKind.V1); // it takes no mixture
        }

        string binary = Programs.Find(name);
        string id = _host.StartBox(_host.RuntimeOptions(binary), "sleep", "60");

        Result exec = _host.Exec(id, [], "sh", "-c", "echo out; exit 9");
        _host.Run("tasks", "pause", id).MustSucceed();
        string? paused = _host.Status(id);
        _host.Run("tasks", "resume", id).MustSucceed();
        Result unknown = _host.Exec(id, [], "nosuch");

        Assert.That(exec.ExitCode, Is.EqualTo(9), exec.ToString());
        Assert.That(exec.Output, Is.EqualTo("out"));
        Assert.That(paused, Is.EqualTo("PAUSED"));
        Assert.That(unknown.Error, Does.Contain("OCI runtime exec failed").And.Contain("nosuch"));
        Assert.That(_host.DeleteTask(id, "--force"), Is.EqualTo(137));
    }

    [Test, CancelAfter(30_000)]
    public void A_runtime_that_is_not_there_is_named()
    {
        Result result = _host.RunBox(_host.RuntimeOptions("/nosuch/runtime"), "true");

        Assert.That(result.ExitCode, Is.EqualTo(1), result.ToString());
        Assert.That(result.Error, Does.Contain("/nosuch/runtime").And.Contain("No such file or directory"));
        Assert.That(_host.Run("containers", "list", "--quiet").Output, Is.Empty);
    }

    [TestCase("TERM", 143)]
    [TestCase("INT", 130)]
    [TestCase("HUP", 129)]
    [TestCase("USR2", 140)]
    [TestCase("KILL", 137)]
    [CancelAfter(30_000)]
    public void A_process_that_a_signal_ends_says_which(string signal, int exitCode)
    {
        string id = _host.StartBox([], "sh", "-c", "sleep 60");
        using RunningCommand exec = _host.Ctr.Start("tasks", "exec", "--exec-id", "victim", id, "sleep", "61");
        Wait.Until(() => _host.Run("tasks", "ps", id).Output.Contains("victim", StringComparison.Ordinal), "the exec");

        _host.Run("tasks", "kill", "--signal", signal, "--exec-id", "victim", id).MustSucceed();

        Assert.That(exec.Wait().ExitCode, Is.EqualTo(exitCode));
        Assert.That(_host.Status(id), Is.EqualTo("RUNNING"));
    }
}
