using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>Which descriptors the container's program has.</summary>
[TestFixture]
internal sealed class DescriptorTests
{
    [Test, CancelAfter(30_000)]
    public void Only_the_standard_streams_are_open_whatever_the_caller_has_open()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        foreach (int number in (int[])[3, 4, 7, 9])
        {
            container.Runtime.Descriptors[number] = container.Folder.Write($"leak-{number}", "");
        }

        container.Create().MustSucceed();
        container.Start().MustSucceed();
        using RunningCommand exec = container.ExecInBackground([], "sleep", "61");
        HostProcess[] processes = [];
        Wait.Until(() => (processes = container.Processes()).Any(process => process.CommandLine is ["sleep", "61"]), "the exec");

        Assert.That(processes, Has.Length.EqualTo(2));
        Assert.That(processes.Select(process => process.Descriptors.Keys), Is.All.EqualTo(new[] { 0, 1, 2 }));
    }

    [Test, CancelAfter(30_000)]
    public void Exactly_the_preserved_descriptors_are_passed_on()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("cat <&3; cat <&4; exec sleep 60"));
        foreach (int number in (int[])[3, 4, 5])
        {
            container.Runtime.Descriptors[number] = container.Folder.Write($"file-{number}", $"content {number}\n");
        }

        container.Create("--preserve-fds", "2").MustSucceed();
        container.Start().MustSucceed();
        container.WaitForOutput("content 4");

        Assert.That(container.Output, Is.EqualTo("content 3\ncontent 4"));
        Wait.Until(() => container.Init.Name == "sleep", "the shell to become sleep");
        Assert.That(container.Init.Descriptors.Keys, Is.EqualTo(new[] { 0, 1, 2, 3, 4 }));
    }

    [Test, CancelAfter(30_000)]
    public void A_preserved_descriptor_that_is_not_open_is_refused()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("true"));
        container.Runtime.Descriptors[3] = container.Folder.Write("file", "");

        Result result = container.Run("--preserve-fds", "2");

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("preserve-fds").And.Contain("4"));
    }

    [Test, CancelAfter(30_000)]
    public void Sockets_of_systemd_are_passed_on()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("env | grep LISTEN | sort; cat <&3; ls /proc/$$/fd; true"));
        string file = container.Folder.Write("socket", "of systemd\n");

        string output = Host.Shell($"LISTEN_FDS=1 LISTEN_FDNAMES=web sh -c 'LISTEN_PID=$$ exec {Repository.RuntimeBinary} --root {container.Runtime.Root} run --bundle {container.Bundle.Path} {container.Id}' 3<{file} 4<{file}");

        Assert.That(output.Split('\n'), Is.EqualTo(new[] { "LISTEN_FDNAMES=web", "LISTEN_FDS=1", "LISTEN_PID=1", "of systemd", "0", "1", "2", "3" }));
    }

    [Test, CancelAfter(30_000)]
    public void Sockets_that_systemd_gave_to_another_process_are_not_passed_on()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("env | grep LISTEN; ls /proc/$$/fd; true"));
        string file = container.Folder.Write("socket", "of systemd\n");
        container.Runtime.Environment["LISTEN_FDS"] = "1";
        container.Runtime.Environment["LISTEN_PID"] = "1";
        container.Runtime.Descriptors[3] = file;

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "0", "1", "2" }), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void The_streams_belong_to_the_user_so_that_they_can_be_opened_again()
    {
        using var container = TestContainer.From(bundle => bundle.Process.User(1000, 1000).Shell("stat -Lc %u /proc/self/fd/1 /proc/self/fd/2; echo again >/dev/stderr"));

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "1000", "1000" }), result.ToString());
        Assert.That(result.Error, Is.EqualTo("again"));
    }

    [Test, CancelAfter(30_000)]
    public void The_hosts_null_device_stays_roots()
    {
        using var container = TestContainer.From(bundle => bundle.Process.User(1000, 1000).Args("stat", "-Lc", "%u", "/proc/self/fd/0"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("0"));
        Assert.That(Host.Shell("stat -c '%u %a' /dev/null"), Is.EqualTo("0 666"));
    }

    [Test, CancelAfter(30_000)]
    public void The_waiting_init_is_closed_to_the_container()
    {
        using var container = TestContainer.Created(bundle => bundle.Process.User(1000, 1000).Args("sleep", "60"));

        Result asUser = container.ExecWith(["--user", "1000:1000"], "sh", "-c", "stat -c %u:%g /proc/1/stat; readlink /proc/1/exe; ls /proc/1/fd; cat /proc/1/environ; readlink /proc/1/cwd");
        Result asRoot = container.ExecWith(["--user", "0:0"], "sh", "-c", "readlink /proc/1/exe /proc/1/cwd /proc/1/fd/*; head -c1 /proc/1/mem");

        Assert.That(asUser.Output, Is.EqualTo("0:0"), asUser.ToString());
        Assert.That(asRoot.Output, Is.Empty, asRoot.ToString());
    }
}
