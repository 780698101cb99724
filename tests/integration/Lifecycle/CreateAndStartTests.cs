using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary><c>create</c>, <c>start</c> and what is between them.</summary>
[TestFixture]
internal sealed class CreateAndStartTests
{
    [Test, CancelAfter(30_000)]
    public void A_created_container_has_an_init_process_that_is_still_the_runtime()
    {
        using var container = TestContainer.Created(bundle => bundle.Process.Shell("echo the program has begun"));

        // The binary may be executed by another name than its own; it is the same file, and not one of the container's.
        Result files = HostShell.Run(container.Folder, $"stat -Lc '%D %i' /proc/{container.Init.Pid}/exe {HostShell.Quote(Repository.RuntimeBinary)}");

        Assert.That(container.Status, Is.EqualTo("created"));
        Assert.That(files.Lines[0], Is.EqualTo(files.Lines[1]));
        Assert.That(container.Init.IsAlive, Is.True);
        Assert.That(container.Output, Is.Empty);
        Assert.That(container.Cgroups.Directories.Values, Has.Some.Contains(container.Id));
    }

    [Test, CancelAfter(30_000)]
    public void A_created_container_is_called_init_on_the_host()
    {
        using var container = TestContainer.Created(bundle => bundle.Process.Args("sleep", "60"));

        string[] created = container.Init.CommandLine;
        container.Start().MustSucceed();
        Wait.Until(() => container.Init.Name == "sleep", "the program to begin");

        Assert.That(created[1..], Is.EqualTo((string[])["init"]));
        Assert.That(container.Init.CommandLine, Is.EqualTo((string[])["sleep", "60"]));
    }

    [Test, CancelAfter(30_000)]
    public void A_created_container_waits_without_using_the_processor()
    {
        using var container = TestContainer.Created(bundle => bundle.Process.Args("true"));
        string ticks = ProcessorTicks(container.Init);

        container.Runtime.Run("state", container.Id).MustSucceed();
        container.Runtime.Run("list").MustSucceed();

        Wait.Until(() => container.Init.Status("State").StartsWith('S'), "the init process to sleep");
        Assert.That(ProcessorTicks(container.Init), Is.EqualTo(ticks));
    }

    [Test, CancelAfter(30_000)]
    public void A_container_goes_from_created_to_running_to_stopped()
    {
        using var container = TestContainer.Created(bundle => bundle.Process.Args("sleep", "60"));
        int pid = container.Init.Pid;

        container.Start().MustSucceed();
        string running = container.Status;
        Wait.Until(() => container.Init.Name == "sleep", "the program to begin");
        int same = container.Init.Pid;
        HostProcess.Signal(pid, "KILL");
        container.WaitUntilStopped();

        Assert.That(running, Is.EqualTo("running"));
        Assert.That(same, Is.EqualTo(pid));
        Assert.That((int)container.State["pid"]!, Is.Zero);
        container.Delete().MustSucceed();
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void The_bundle_may_change_after_create_without_an_effect_on_the_container()
    {
        using var container = TestContainer.Created(bundle => bundle.Process.Shell("echo as it was"));

        File.WriteAllText(container.Bundle.ConfigPath, "{}");
        container.Start().MustSucceed();

        container.WaitForOutput("as it was");
        container.WaitUntilStopped();
    }

    [Test, CancelAfter(30_000)]
    public void The_pid_file_holds_the_number_of_the_init_process_when_create_returns()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        string file = container.Folder.File("pid");

        container.Create("--pid-file", file).MustSucceed();

        Assert.That(File.ReadAllText(file), Is.EqualTo($"{container.Init.Pid}"));
        Assert.That(Directory.EnumerateFiles(container.Folder.Path, ".*"), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void A_pid_file_by_a_relative_path_is_in_the_callers_working_directory()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));

        container.Create("--pid-file", "pid").MustSucceed();

        Assert.That(File.ReadAllText(container.Folder.File("pid")), Is.EqualTo($"{container.Init.Pid}"));
    }

    [Test, CancelAfter(30_000)]
    public void A_pid_file_that_exists_is_replaced()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        string file = container.Folder.Write("pid", "4294967295 and more");

        container.Create("--pid-file", file).MustSucceed();

        Assert.That(File.ReadAllText(file), Is.EqualTo($"{container.Init.Pid}"));
    }

    [Test, CancelAfter(30_000)]
    public void The_bundle_is_the_working_directory_unless_it_is_named()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("true"));
        container.Runtime.WorkingDirectory = container.Bundle.Path;

        container.Runtime.Run("create", container.Id).MustSucceed();

        Assert.That((string?)container.State["bundle"], Is.EqualTo(container.Bundle.Path));
    }

    [Test, CancelAfter(30_000)]
    public void An_id_can_be_used_again_after_delete()
    {
        using var container = TestContainer.Created(bundle => bundle.Process.Args("true"));
        container.Delete().MustSucceed();

        container.Create().MustSucceed();

        Assert.That(container.Status, Is.EqualTo("created"));
    }

    [Test, CancelAfter(30_000)]
    public void Descriptors_of_the_caller_reach_the_program_only_where_they_are_asked_for()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("cat <&3; ls /proc/self/fd"));
        container.Runtime.Descriptors[3] = container.Folder.Write("three", "third\n");
        container.Runtime.Descriptors[4] = container.Folder.Write("four", "fourth\n");

        Result with = container.Run("--preserve-fds", "1");
        container.Bundle.Process.Shell("ls /proc/self/fd");
        container.Bundle.Save();
        Result without = container.Run();

        // The folder that ls lists is its own next descriptor.
        Assert.That(with.Lines, Is.EqualTo(new[] { "third", "0", "1", "2", "3", "4" }));
        Assert.That(without.Lines, Is.EqualTo(new[] { "0", "1", "2", "3" }));
    }

    private static string ProcessorTicks(HostProcess process)
    {
        string[] fields = process.Read("stat").Split(' ');
        return $"{fields[13]} {fields[14]}";
    }
}
