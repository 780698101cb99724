using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary>Containers that are written to disk and go on from there.</summary>
[TestFixture]
internal sealed class CheckpointTests
{
    // Of its own streams, for the test's are files, which have to be at a restore what they were.
    private const string Counting = "exec </dev/null >/dev/null 2>&1; i=0; while :; do i=$((i+1)); echo $i >>/count; sleep 0.02; done";

    private static TestContainer Counter(Action<TestBundle>? change = null) => TestContainer.Started(bundle =>
    {
        bundle.Writable().Process.Shell(Counting);
        change?.Invoke(bundle);
    });

    [SetUp]
    public void NeedCriu() => Criu.Needed();

    [Test, CancelAfter(60_000)]
    public void A_container_goes_on_where_it_was()
    {
        using var container = Counter(bundle => bundle.Set("linux.resources.pids.limit", 33));
        WaitForCount(container, 10);

        int before = Checkpoint(container);
        string whenAbsent = container.Status;
        Restore(container, "--detach").MustSucceed();

        Assert.That(whenAbsent, Is.EqualTo("absent"));
        Assert.That(Count(container), Is.GreaterThanOrEqualTo(before).And.LessThan(before + 50));
        WaitForCount(container, before + 10);
        int[] counted = [.. File.ReadAllLines(Path.Combine(container.Bundle.Rootfs, "count"))[..(before + 10)].Select(int.Parse)];
        Assert.That(counted, Is.EqualTo(Enumerable.Range(1, before + 10)));
        Assert.That(container.Status, Is.EqualTo("running"));
        Assert.That(container.Cgroups.Read("pids", "pids.max", "pids.max"), Is.EqualTo("33"));
        Assert.That(container.Exec("sh", "-c", "kill -0 1 && hostname").MustSucceed().Output, Is.EqualTo("bulkhead"));
    }

    [Test, CancelAfter(60_000)]
    public void It_can_be_done_again()
    {
        using var container = Counter();
        for (int round = 0; round < 3; round++)
        {
            WaitForCount(container, Count(container) + 5);
            Checkpoint(container);
            Restore(container, "--detach").MustSucceed();
        }

        WaitForCount(container, Count(container) + 5);
        Assert.That(container.Status, Is.EqualTo("running"));
    }

    [Test, CancelAfter(60_000)]
    public void A_paused_container_can_be_checkpointed_too()
    {
        using var container = Counter();
        WaitForCount(container, 5);
        container.Runtime.Run("pause", container.Id).MustSucceed();

        int before = Checkpoint(container);
        Restore(container, "--detach").MustSucceed();

        WaitForCount(container, before + 5);
    }

    [Test, CancelAfter(60_000)]
    public void The_output_goes_to_the_streams_of_the_restore()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done"));
        using Process create = Piped(container, "create");
        create.WaitForExit();
        container.Start().MustSucceed();
        int before = ReadNumbers(create, 5);
        Checkpoint(container);

        using Process restore = Piped(container, "restore", Folders(container));

        Assert.That(ReadNumbers(restore, 1), Is.InRange(before, before + 50));
        container.Kill("KILL").MustSucceed();
        restore.StandardOutput.ReadToEnd();
        restore.WaitForExit();
        Assert.That(restore.ExitCode, Is.EqualTo(137));
        Assert.That(container.Status, Is.EqualTo("absent"));
    }

    [Test, CancelAfter(60_000)]
    public void The_exit_code_is_that_of_the_restored_process()
    {
        using var container = TestContainer.Started(bundle => bundle.Writable().Process.Shell("exec </dev/null >/dev/null 2>&1; while [ ! -e /end ]; do sleep 0.02; done; exit 7"));
        Checkpoint(container);
        File.WriteAllText(Path.Combine(container.Bundle.Rootfs, "end"), "");

        Assert.That(Restore(container).ExitCode, Is.EqualTo(7));
    }

    [Test, CancelAfter(60_000)]
    public void A_container_left_running_counts_on()
    {
        using var container = Counter();
        WaitForCount(container, 5);
        int pid = container.Init.Pid;

        int before = Checkpoint(container, "--leave-running");

        WaitForCount(container, before + 5);
        Assert.That(container.Init.Pid, Is.EqualTo(pid));
        Assert.That(File.Exists(container.Folder.File("images/inventory.img")), Is.True);
    }

    [Test, CancelAfter(60_000)]
    public void Memory_can_be_written_in_advance()
    {
        Criu.NeedsMemoryTracking();
        using var container = Counter();
        WaitForCount(container, 5);

        Result first = container.Runtime.Run("checkpoint", "--pre-dump", "--image-path", container.Folder.File("first"), container.Id).MustSucceed();
        WaitForCount(container, Count(container) + 5);
        container.Runtime.Run("checkpoint", "--pre-dump", "--image-path", container.Folder.File("second"), "--parent-path", "../first", container.Id).MustSucceed();
        WaitForCount(container, Count(container) + 5);
        int before = Checkpoint(container, "--parent-path", "../second");
        Restore(container, "--detach").MustSucceed();

        WaitForCount(container, before + 5);
        Assert.That(first.Output + first.Error, Is.Empty);
        Assert.That(new FileInfo(container.Folder.File("images/parent")).LinkTarget, Is.EqualTo("../second"));
        Assert.That(PagesBytes(container, "second"), Is.LessThan(PagesBytes(container, "first")), "the second has only what has changed");
    }

    [Test, CancelAfter(60_000)]
    public void Memory_can_be_sent_to_a_page_server()
    {
        using var container = Counter();
        WaitForCount(container, 5);
        string images = Directory.CreateDirectory(container.Folder.File("images")).FullName;
        string port = FreePort();
        using RunningCommand server = new HostCommand(container.Folder, "criu").Start("page-server", "--images-dir", images, "--port", port, "--log-file", container.Folder.File("server.log"));
        Wait.Until(() => IsListening(port), "the page server");

        int before = Checkpoint(container, "--page-server", $"127.0.0.1:{port}");
        Result served = server.Wait();
        Restore(container, "--detach").MustSucceed();

        Assert.That(served.ExitCode, Is.Zero, served.ToString());
        WaitForCount(container, before + 5);
    }

    [Test, CancelAfter(60_000)]
    public void Memory_can_be_fetched_when_it_is_first_touched()
    {
        Criu.NeedsLazyPages();
        using var container = Counter();
        WaitForCount(container, 5);
        string there = $"{container.Id}-there";
        string port = FreePort();
        string ready = container.Folder.Write("ready", "");

        // The container is there as long as its memory is asked for, and so are its cgroups.
        container.Runtime.Descriptors[5] = ready;
        using RunningCommand checkpoint = container.Runtime.Start(
            ["checkpoint", .. Folders(container), "--lazy-pages", "--page-server", $"127.0.0.1:{port}", "--status-fd", "5", "--manage-cgroups-mode", "ignore", container.Id]);
        container.Runtime.Descriptors.Clear();
        Wait.Until(() => new FileInfo(ready).Length > 0 || checkpoint.HasEnded, "the status");
        int before = Count(container);
        using RunningCommand fetching = new HostCommand(container.Folder, "criu").Start(
            "lazy-pages", "--page-server", "--address", "127.0.0.1", "--port", port, "--images-dir", container.Folder.File("images"), "--work-dir", container.Folder.File("work"));
        Wait.Until(() => File.Exists(container.Folder.File("work/lazy-pages.socket")), "criu to fetch pages");
        Result restored = container.Runtime.Run(
            ["restore", .. Folders(container), "--detach", "--lazy-pages", "--manage-cgroups-mode", "ignore", "--bundle", container.Bundle.Path, there]);
        try
        {
            Assert.That(restored.ExitCode, Is.Zero, restored.ToString());
            Assert.That((checkpoint.Wait().ExitCode, fetching.Wait().ExitCode), Is.EqualTo((0, 0)), checkpoint.Error + fetching.Error);
            Assert.That(File.ReadAllBytes(ready), Is.EqualTo(new byte[] { 0 }));
            WaitForCount(container, before + 5);
            Assert.That(container.Status, Is.EqualTo("absent"));
        }
        finally
        {
            container.Runtime.Run("delete", "--force", there).MustSucceed();
        }
    }

    [Test, CancelAfter(60_000)]
    public void The_terminal_is_handed_over_again()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Shell("while read -r line; do echo \"got $line\"; done"));
        using var first = new ConsoleSocket(container.Folder.File("console.sock"));
        container.Create("--console-socket", first.Path).MustSucceed();
        using (Terminal terminal = first.Accept())
        {
            container.Start().MustSucceed();
            terminal.Write("one\n");
            terminal.ReadUntil("got one");
            Checkpoint(container);
        }

        using var second = new ConsoleSocket(container.Folder.File("again.sock"));
        Restore(container, "--detach", "--console-socket", second.Path).MustSucceed();

        using Terminal restored = second.Accept();
        restored.Write("two\n");
        restored.ReadUntil("got two");
    }

    [Test, CancelAfter(60_000)]
    public void What_is_mounted_is_there_again()
    {
        using var container = Counter(bundle =>
        {
            string shared = Directory.CreateDirectory(Path.Combine(bundle.Path, "shared")).FullName;
            File.WriteAllText(Path.Combine(shared, "file"), "host");
            bundle.Mount("/data", "bind", shared, "rbind", "rw").Mount("/data/deeper", "tmpfs", "tmpfs").Mount("/memory", "tmpfs", "tmpfs");
        });
        container.Exec("sh", "-c", "echo kept >/memory/file").MustSucceed();

        Checkpoint(container);
        Restore(container, "--detach").MustSucceed();

        Assert.That(container.Exec("cat", "/data/file", "/memory/file").MustSucceed().Output, Is.EqualTo("hostkept"));
        Assert.That(container.Exec("sh", "-c", "cat /proc/keys; ip link show lo").MustSucceed().Output, Does.Contain("UP"));
    }

    [Test, CancelAfter(60_000)]
    public void The_pid_file_has_the_number_of_the_restored_process()
    {
        using var container = Counter();
        WaitForCount(container, 2);
        Checkpoint(container);
        string file = container.Folder.File("pid");

        Restore(container, "--detach", "--pid-file", file).MustSucceed();

        Assert.That(File.ReadAllText(file), Is.EqualTo($"{container.Init.Pid}"));
        Assert.That(container.Init.CommandLine, Does.Contain(Counting));
    }

    [Test, CancelAfter(60_000)]
    public void Hooks_that_make_a_network_run_again()
    {
        using var container = Counter(bundle => bundle.Hook("createRuntime", "/bin/sh", "sh", "-c", $"cat >>{bundle.Path}/hooked; echo >>{bundle.Path}/hooked"));
        Checkpoint(container);

        Restore(container, "--detach").MustSucceed();

        string[] states = File.ReadAllLines(Path.Combine(container.Bundle.Path, "hooked"));
        Assert.That(states, Has.Length.EqualTo(2));
        Assert.That(states[1], Does.Contain($"\"pid\":{container.Init.Pid}"));
    }

    [Test, CancelAfter(60_000)]
    public void A_checkpoint_that_fails_leaves_the_container_running()
    {
        using var container = Counter();
        WaitForCount(container, 2);
        string file = container.Folder.Write("file", "");

        Result result = container.Runtime.Run("checkpoint", "--image-path", Path.Combine(file, "images"), container.Id);

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("checkpoint container"));
        WaitForCount(container, Count(container) + 2);
    }

    [Test, CancelAfter(60_000)]
    public void A_restore_without_its_images_leaves_nothing()
    {
        using var container = TestContainer.From();
        Directory.CreateDirectory(container.Folder.File("images"));

        Result result = Restore(container, "--detach");

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("restore container").And.Contain("criu"));
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void A_restore_that_is_killed_is_cleared_away_by_a_delete()
    {
        using var container = Counter();
        WaitForCount(container, 2);
        Checkpoint(container);
        container.Bundle.Hook("createRuntime", "/bin/sh", "sh", "-c", $"echo >{container.Bundle.Path}/hooked; exec sleep 60");
        container.Bundle.Save();
        using RunningCommand restore = container.Runtime.Start(["restore", "--detach", .. Folders(container), "--bundle", container.Bundle.Path, container.Id]);
        Wait.Until(() => File.Exists(Path.Combine(container.Bundle.Path, "hooked")), "the hook");

        restore.Kill();
        container.Delete("--force").MustSucceed();

        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void A_created_container_is_not_checkpointed()
    {
        using var container = TestContainer.Created();

        Result result = container.Runtime.Run("checkpoint", container.Id);

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("it is created, not running or paused"));
    }

    /// <summary>Writes the container to disk; gives the count that it had reached.</summary>
    private static int Checkpoint(TestContainer container, params string[] options)
    {
        container.Runtime.Run(["checkpoint", .. Folders(container), .. options, container.Id]).MustSucceed();
        return Count(container);
    }

    /// <summary>A command of the runtime's whose output, and so the container's, is a pipe.</summary>
    private static Process Piped(TestContainer container, string command, params string[] options)
    {
        string[] arguments = ["--root", container.Runtime.Root, command, .. options, "--bundle", container.Bundle.Path, container.Id];
        return Process.Start(new ProcessStartInfo(Repository.RuntimeBinary, arguments) { RedirectStandardOutput = true })!;
    }

    /// <summary>Reads lines; gives the number in the last.</summary>
    private static int ReadNumbers(Process process, int count)
    {
        int number = 0;
        for (; count > 0; count--)
        {
            number = int.Parse(process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        }

        return number;
    }

    private static long PagesBytes(TestContainer container, string images) =>
        new DirectoryInfo(container.Folder.File(images)).EnumerateFiles("pages-*.img").Sum(file => file.Length);

    private static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return string.Create(CultureInfo.InvariantCulture, $"{((IPEndPoint)listener.LocalEndpoint).Port}");
    }

    // To connect would be its one client.
    private static bool IsListening(string port) => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners()
        .Any(point => point.Port == int.Parse(port, CultureInfo.InvariantCulture));

    private static Result Restore(TestContainer container, params string[] options) =>
        container.Runtime.Run(["restore", .. Folders(container), .. options, "--bundle", container.Bundle.Path, container.Id]);

    private static string[] Folders(TestContainer container) =>
        ["--image-path", container.Folder.File("images"), "--work-path", container.Folder.File("work")];

    private static int Count(TestContainer container)
    {
        string file = Path.Combine(container.Bundle.Rootfs, "count");
        string[] lines = File.Exists(file) ? File.ReadAllText(file).Split('\n') : [];

        // Behind the last line feed there is nothing, or half a number.
        return lines.Length < 2 ? 0 : int.Parse(lines[^2], CultureInfo.InvariantCulture);
    }

    private static void WaitForCount(TestContainer container, int least) =>
        Wait.Until(() => Count(container) >= least, $"the count to reach {least}");
}
