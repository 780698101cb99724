using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary><c>delete</c>.</summary>
[TestFixture]
internal sealed class DeleteTests
{
    [Test, CancelAfter(30_000)]
    public void Delete_of_a_running_container_is_refused_and_leaves_it_running()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        int pid = container.Init.Pid;

        Result result = container.Delete();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain(container.Id).And.Contain("running"));
        Assert.That(container.Status, Is.EqualTo("running"));
        Assert.That(container.Init.Pid, Is.EqualTo(pid));
    }

    [Test, CancelAfter(30_000)]
    public void Delete_of_a_stopped_container_leaves_nothing()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("true"));
        container.WaitUntilStopped();

        container.Delete().MustSucceed();

        Assert.That(container.Left(), Is.Empty);
        Assert.That(container.Status, Is.EqualTo("absent"));
    }

    [Test, CancelAfter(90_000)]
    public void Delete_right_after_a_kill_finds_it_ended()
    {
        // The first process of a PID namespace ends when all others have.
        using var container = TestContainer.Started(bundle => bundle.Mount("/tmp", "tmpfs", "tmpfs").Process.Shell("for i in $(seq 200); do sleep 60 & done; touch /tmp/up; wait"));
        Wait.Until(() => File.Exists(container.Init.InRoot("/tmp/up")), TimeSpan.FromSeconds(60), "the processes");
        string command = $"{Repository.RuntimeBinary} --root {container.Runtime.Root}";

        Result result = HostShell.Run(container.Folder, $"{command} kill {container.Id} KILL && {command} delete {container.Id}");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(container.Status, Is.EqualTo("absent"));
    }

    [Test, CancelAfter(30_000)]
    public void Delete_of_a_created_container_ends_its_process()
    {
        using var container = TestContainer.Created(bundle => bundle.Process.Shell("echo begun"));
        HostProcess init = container.Init;

        container.Delete().MustSucceed();

        Assert.That(init.IsAlive, Is.False);
        Assert.That(container.Output, Is.Empty);
        Assert.That(container.Left(), Is.Empty);
    }

    [TestCase(true, TestName = "{m}(with a PID namespace)")]
    [TestCase(false, TestName = "{m}(without a PID namespace)")]
    [CancelAfter(30_000)]
    public void Delete_by_force_ends_every_process_of_a_running_container(bool own)
    {
        using var container = TestContainer.Started(bundle =>
        {
            _ = own ? bundle : bundle.WithoutNamespace("pid");
            bundle.Process.Shell("trap '' TERM INT HUP; setsid sleep 61 & setsid sleep 62 & echo ready; wait; sleep 63");
        });
        container.WaitForOutput("ready");

        container.Delete("--force").MustSucceed();

        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Delete_removes_the_cgroups_that_the_container_has_made_for_itself()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        foreach (string directory in container.Cgroups.Directories.Values.Where(path => path.Contains(container.Id, StringComparison.Ordinal)).Distinct())
        {
            Directory.CreateDirectory(Path.Combine(directory, "inner", "innermost"));
        }

        container.Delete("-f").MustSucceed();

        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Delete_removes_cgroups_whose_names_are_no_text()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        string directory = container.Cgroups.Directories.Values.First(path => path.Contains(container.Id, StringComparison.Ordinal));
        HostShell.Run(container.Folder, $"name=$(printf '\\377\\376'); mkdir -p {directory}/$name/$name {directory}/beside").MustSucceed();

        container.Delete("--force").MustSucceed();

        Assert.That(Directory.Exists(directory), Is.False);
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Delete_by_force_of_an_id_that_is_not_there_is_silent()
    {
        using var container = TestContainer.From();

        Result result = container.Delete("--force");

        Assert.That((result.ExitCode, result.Output, result.Error), Is.EqualTo((0, "", "")));
    }

    [TestCase("delete")]
    [TestCase("state")]
    [TestCase("kill")]
    [TestCase("start")]
    [TestCase("ps")]
    [TestCase("pause")]
    [TestCase("resume")]
    [TestCase("update")]
    [CancelAfter(30_000)]
    public void A_container_that_is_not_there_is_an_error_for(string command)
    {
        using var container = TestContainer.From();

        Result result = container.Runtime.Run(command, container.Id);

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("does not exist").And.Contain(container.Id));
        Assert.That(result.Error.Split('\n'), Has.Length.EqualTo(1));
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Delete_works_when_the_bundle_is_gone()
    {
        using var container = TestContainer.Created(bundle => bundle.Process.Args("sleep", "60"));
        Directory.Move(container.Bundle.Path, container.Bundle.Path + "-gone");

        container.Delete("--force").MustSucceed();

        Assert.That(container.Left(), Is.Empty);
    }
}
