using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>Namespaces that a process is in from its birth or not at all: those of time, and of process numbers in users that are joined.</summary>
[TestFixture]
internal sealed class SecondBirthTests
{
    private const int Offset = 1_000_000;

    [Test, CancelAfter(30_000)]
    public void A_new_time_namespace_has_its_offsets_and_init_is_in_it()
    {
        using var container = TestContainer.Started(bundle => bundle.Namespace("time")
            .Set("linux.timeOffsets", new JsonObject
            {
                ["boottime"] = new JsonObject { ["secs"] = Offset },
                ["monotonic"] = new JsonObject { ["secs"] = -1, ["nanosecs"] = 7 },
            })
            .Process.Args("sleep", "60"));

        string uptime = container.Exec("cat", "/proc/uptime").MustSucceed().Output;
        string offsets = container.Exec("cat", "/proc/self/timens_offsets").MustSucceed().Output;

        Assert.Multiple(() =>
        {
            Assert.That(double.Parse(uptime.Split('.')[0]), Is.GreaterThan(Offset));
            Assert.That(offsets, Does.Match(@"monotonic +-1 +7\nboottime +1000000 +0"));
            Assert.That(container.Init.Namespace("time"), Is.Not.EqualTo(HostProcess.Self.Namespace("time")));
            Assert.That(container.Init.Status("NSpid").Split('\t')[^1], Is.EqualTo("1"));
        });
    }

    [Test, CancelAfter(30_000)]
    public void A_run_in_a_new_time_namespace_passes_its_exit_code_and_leaves_nothing()
    {
        using var container = TestContainer.From(bundle => bundle.Namespace("time").Process.Shell("exit 7"));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(7), $"{result}");
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void New_process_numbers_belong_to_the_user_namespace_that_is_joined()
    {
        using var first = TestContainer.Started(bundle => bundle.UserNamespace().Process.Args("sleep", "60"));

        using var second = TestContainer.Started(bundle => bundle
            .Namespace("user", $"/proc/{first.Init.Pid}/ns/user").Process.Args("sleep", "60"));

        Assert.Multiple(() =>
        {
            Assert.That(second.Init.Namespace("user"), Is.EqualTo(first.Init.Namespace("user")));
            Assert.That(second.Init.Namespace("pid"), Is.Not.EqualTo(first.Init.Namespace("pid")).And.Not.EqualTo(HostProcess.Self.Namespace("pid")));
            Assert.That(second.Init.Status("NSpid").Split('\t')[^1], Is.EqualTo("1"));
            Assert.That(second.Exec("ps").MustSucceed().Lines.Count(line => line.Contains("sleep 60", StringComparison.Ordinal)), Is.EqualTo(1));
        });
    }

    [TestCase("realtime", 0, "linux.timeOffsets: unknown clock")]
    [TestCase("boottime", 1_000_000_000, "linux.timeOffsets.boottime.nanosecs: 1000000000 is not below a second")]
    [CancelAfter(30_000)]
    public void Offsets_that_cannot_be_are_refused(string clock, int nanoseconds, string cause)
    {
        using var container = TestContainer.From(bundle => bundle.Namespace("time")
            .Set("linux.timeOffsets", new JsonObject { [clock] = new JsonObject { ["secs"] = 1, ["nanosecs"] = nanoseconds } }));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain(cause));
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Offsets_without_a_new_time_namespace_are_refused()
    {
        using var container = TestContainer.From(bundle => bundle.Set("linux.timeOffsets", new JsonObject { ["boottime"] = new JsonObject { ["secs"] = 1 } }));

        Result result = container.Run();

        Assert.That(result.Error, Does.Contain("linux.timeOffsets: there is no new time namespace to set them in"));
    }
}
