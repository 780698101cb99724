using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>Containers that are to have no cgroup: crun's <c>--cgroup-manager disabled</c>.</summary>
[TestFixture]
internal sealed class NoCgroupTests
{
    [Test, CancelAfter(60_000)]
    public void The_processes_stay_in_the_callers_cgroup()
    {
        using var container = TestContainer.From(bundle => bundle.WithoutNamespace("cgroup").Process.Args("sleep", "60"));
        container.Runtime.GlobalOptions.AddRange(["--cgroup-manager", "disabled"]);
        container.Create().MustSucceed();
        container.Runtime.GlobalOptions.Clear();
        container.Start().MustSucceed();

        string own = File.ReadAllText("/proc/self/cgroup");

        Assert.That(File.ReadAllText($"/proc/{container.Init.Pid}/cgroup"), Is.EqualTo(own));
        Assert.That(container.Exec("cat", "/proc/self/cgroup").MustSucceed().Output, Is.EqualTo(own.TrimEnd()));
        Assert.That(LeakCheck.Of(container.Id), Has.None.StartsWith("cgroup"));
        Assert.That(container.Delete("--force").ExitCode, Is.Zero);
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void A_limit_is_refused_by_name()
    {
        using var container = TestContainer.From(bundle => bundle.Set("linux.resources.pids.limit", 20).Process.Args("true"));
        container.Runtime.GlobalOptions.AddRange(["--cgroup-manager", "disabled"]);

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1), $"{result}");
        Assert.That(result.Error, Does.Contain("pids").And.Contain("no cgroup"));
        Assert.That(container.Left(), Is.Empty);
    }
}
