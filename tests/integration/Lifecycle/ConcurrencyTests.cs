using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary>Two commands on one container at once, and many containers at once.</summary>
[TestFixture]
internal sealed class ConcurrencyTests
{
    private const int Rounds = 50;

    [Test, CancelAfter(120_000)]
    public void Twenty_containers_run_at_the_same_time()
    {
        TestContainer[] containers = Enumerable.Range(0, 20).Select(i => TestContainer.From(bundle => bundle.Process.Shell($"hostname; cat /proc/self/cgroup; exit {i}"))).ToArray();

        RunningCommand[] runs = containers.Select(container => container.RunInBackground()).ToArray();
        Result[] results = runs.Select(run => run.Wait(TimeSpan.FromSeconds(60))).ToArray();

        Assert.Multiple(() =>
        {
            for (int i = 0; i < containers.Length; i++)
            {
                Assert.That(results[i].ExitCode, Is.EqualTo(i), $"{results[i]}");
                Assert.That(results[i].Error, Is.Empty);
                Assert.That(containers[i].Left(), Is.Empty);
            }
        });
        Array.ForEach(containers, container => container.Dispose());
    }

    [Test, CancelAfter(180_000)]
    public void Of_two_starts_exactly_one_wins()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        for (int round = 0; round < Rounds; round++)
        {
            container.Create().MustSucceed();

            Result[] results = Together(container, ["start", container.Id], ["start", container.Id]);

            Assert.That(results.Count(result => result.ExitCode == 0), Is.EqualTo(1), $"round {round}\n{results[0]}\n{results[1]}");
            Assert.That(results.Single(result => result.ExitCode != 0).Error, Does.Contain("running"));
            Assert.That(container.Status, Is.EqualTo("running"));
            container.Delete("--force").MustSucceed();
        }
    }

    [Test, CancelAfter(180_000)]
    public void Of_two_creates_of_one_id_exactly_one_wins()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        string[] create = ["create", "--bundle", container.Bundle.Path, container.Id];
        for (int round = 0; round < Rounds; round++)
        {
            Result[] results = Together(container, create, create);

            Assert.That(results.Count(result => result.ExitCode == 0), Is.EqualTo(1), $"round {round}\n{results[0]}\n{results[1]}");
            Assert.That(results.Single(result => result.ExitCode != 0).Error, Does.Contain("already exists"));
            Assert.That(container.Status, Is.EqualTo("created"));
            container.Start().MustSucceed();
            container.Delete("--force").MustSucceed();
            Assert.That(container.Left(), Is.Empty);
        }
    }

    [TestCase("start", true, TestName = "{m}(start)")]
    [TestCase("kill", true, TestName = "{m}(kill)")]
    [TestCase("exec", true, TestName = "{m}(exec)")]
    [TestCase("exec", false, TestName = "{m}(exec without a PID namespace)")]
    [TestCase("pause", true, TestName = "{m}(pause)")]
    [TestCase("update", true, TestName = "{m}(update)")]
    [TestCase("delete", true, TestName = "{m}(delete)")]
    [CancelAfter(240_000)]
    public void Delete_by_force_leaves_nothing_whatever_it_races_with(string command, bool pidNamespace)
    {
        using var container = TestContainer.From(bundle =>
        {
            _ = pidNamespace ? bundle : bundle.WithoutNamespace("pid");
            bundle.Process.Args("sleep", "60");
        });
        string[] other = command switch
        {
            "kill" => ["kill", container.Id, "KILL"],
            "exec" => ["exec", "--detach", container.Id, "sleep", "61"],
            "update" => ["update", "--pids-limit", "20", container.Id],
            "delete" => ["delete", "--force", container.Id],
            _ => [command, container.Id],
        };
        for (int round = 0; round < Rounds; round++)
        {
            container.Create().MustSucceed();
            _ = command == "start" ? null : container.Start().MustSucceed();

            Result[] results = Together(container, ["delete", "--force", container.Id], other);

            Assert.That(results[0].ExitCode, Is.Zero, $"round {round}\n{results[0]}\n{results[1]}");
            Assert.That(results[1].Error.Split('\n'), Has.Length.EqualTo(1), $"round {round}\n{results[1]}");
            Assert.That(results[1].ExitCode == 0 || results[1].Error.Contains(container.Id, StringComparison.Ordinal), Is.True, $"round {round}\n{results[1]}");
            Assert.That(container.Left(), Is.Empty, $"round {round}\n{results[0]}\n{results[1]}");
        }
    }

    [Test, CancelAfter(180_000)]
    public void Create_and_delete_by_force_of_one_id_leave_a_whole_container_or_none()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        for (int round = 0; round < Rounds; round++)
        {
            Result[] results = Together(container, ["delete", "--force", container.Id], ["create", "--bundle", container.Bundle.Path, container.Id]);

            Assert.That(results[0].ExitCode, Is.Zero, $"round {round}\n{results[0]}");
            if (container.Status != "absent")
            {
                container.Start().MustSucceed();
                container.Delete("--force").MustSucceed();
            }

            Assert.That(container.Left(), Is.Empty, $"round {round}\n{results[0]}\n{results[1]}");
        }
    }

    [Test, CancelAfter(180_000)]
    public void Execs_at_the_same_time_keep_to_themselves()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        RunningCommand[] execs = Enumerable.Range(0, 20).Select(i => container.ExecInBackground([], "sh", "-c", $"echo {i}; exit {i}")).ToArray();
        Result[] results = execs.Select(exec => exec.Wait(TimeSpan.FromSeconds(60))).ToArray();

        Assert.That(results.Select(result => result.ExitCode), Is.EqualTo(Enumerable.Range(0, 20)));
        Assert.That(results.Select(result => result.Output), Is.EqualTo(Enumerable.Range(0, 20).Select(i => $"{i}")));
    }

    private static Result[] Together(TestContainer container, params string[][] commands)
    {
        RunningCommand[] running = commands.Select(container.Runtime.Start).ToArray();
        Result[] results = running.Select(command => command.Wait(TimeSpan.FromSeconds(45))).ToArray();
        Array.ForEach(running, command => command.Dispose());
        return results;
    }
}
