using System.Net.Sockets;
using Bulkhead.Tests.Integration.Lifecycle;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Crashes;

/// <summary>Places on the host that can't take what the runtime has to put there: an error, and nothing is left.</summary>
[TestFixture]
internal sealed class BadPlaceTests
{
    [TestCase("size=4k", "head -c 100000 /dev/zero > {0}/full", "no space left on device", TestName = "{m}(full)")]
    [TestCase("nr_inodes=1", "true", "no space left on device", TestName = "{m}(without inodes)")]
    [TestCase("nr_inodes=2", "true", "no space left on device", TestName = "{m}(with one inode)")]
    [TestCase("nr_inodes=3", "true", "no space left on device", TestName = "{m}(with two inodes)")]
    [TestCase("size=4k", "mount -o remount,ro {0}", "read-only file system", TestName = "{m}(read-only)")]
    [CancelAfter(60_000)]
    public void Create_fails_and_leaves_nothing_when_the_state_root_is(string options, string script, string why)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        string root = Directory.CreateDirectory(container.Runtime.Root).FullName;
        HostShell.Run(container.Folder, $"mount -t tmpfs -o {options} bulkhead-test {root}").MustSucceed();
        try
        {
            HostShell.Run(container.Folder, string.Format(System.Globalization.CultureInfo.InvariantCulture, script, root));

            Result result = container.Create();
            string[] left = LeakCheck.Of(container.Id).Where(thing => thing != $"mount {root}").ToArray();

            Assert.That(result.ExitCode, Is.EqualTo(1), $"{result}");
            Assert.That(result.Error, Does.Contain(why).IgnoreCase);
            Assert.That(Directory.Exists(Path.Combine(root, container.Id)), Is.False);
            Assert.That(left, Is.Empty);
        }
        finally
        {
            HostShell.Run(container.Folder, $"umount {root}");
        }
    }

    [TestCase("/proc/no/such", TestName = "{m}(below what can't be written to)")]
    [TestCase("/etc/passwd/state", TestName = "{m}(below a file)")]
    [CancelAfter(60_000)]
    public void Create_fails_when_the_state_root_is(string root)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        container.Runtime.GlobalOptions.AddRange(["--root", root]);

        Result result = container.Create();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain(root.Split('/')[^1]).And.Contain("create container"));
        Assert.That(container.Left(), Is.Empty);
    }

    [TestCase("no/such/pid", "no such file or directory")]
    [TestCase("folder", "is a directory")]
    [CancelAfter(60_000)]
    public void A_pid_file_that_cannot_be_written_fails_create_and_run(string file, string why)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        container.Folder.Folder("folder");

        foreach (Result result in (Result[])[container.Create("--pid-file", container.Folder.File(file)), container.Run("--detach", "--pid-file", container.Folder.File(file))])
        {
            Assert.That(result.ExitCode, Is.EqualTo(1), $"{result}");
            Assert.That(result.Error, Does.Contain(why).IgnoreCase);
            Assert.That(container.Left(), Is.Empty);
        }
    }

    [Test, CancelAfter(60_000)]
    public void A_pid_file_that_cannot_be_written_fails_exec_and_ends_its_process()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));

        Result result = container.ExecWith(["--detach", "--pid-file", container.Folder.File("no/such/pid")], "sleep", "61");

        Assert.That(result.ExitCode, Is.EqualTo(255));
        Assert.That(result.Error, Does.Contain("no such file or directory").IgnoreCase);
        Assert.That(container.Runtime.Run("ps", "-f", "json", container.Id).Output, Is.EqualTo($"[{container.Init.Pid}]"));
    }

    [TestCase("missing", "no such file or directory")]
    [TestCase("deaf", "connection refused")]
    [TestCase("file", "connection refused")]
    [CancelAfter(60_000)]
    public void A_console_socket_that_nobody_listens_at_fails_create_run_and_exec(string kind, string why)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Args("sleep", "60"));
        using var running = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        string path = container.Folder.File("console.sock");
        using Socket? socket = Prepare(kind, path);

        foreach (Result result in (Result[])[container.Create("--console-socket", path), container.Run("--detach", "--console-socket", path), running.ExecWith(["-t", "-d", "--console-socket", path], "sleep", "61")])
        {
            Assert.That(result.ExitCode, Is.AnyOf(1, 255), $"{result}");
            Assert.That(result.Error, Does.Contain(why).IgnoreCase.And.Contain("console.sock"));
        }

        Assert.That(container.Left(), Is.Empty);
        Assert.That(running.Runtime.Run("ps", "-f", "json", running.Id).Output, Is.EqualTo($"[{running.Init.Pid}]"));
    }

    [Test, CancelAfter(60_000)]
    public void A_log_on_a_full_disk_hides_no_error()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("no-such-program"));
        container.Runtime.GlobalOptions.AddRange(["--log", "/dev/full"]);

        Result result = container.Create();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("no-such-program"));
    }

    [Test, CancelAfter(60_000)]
    public void Output_on_a_full_disk_is_an_error()
    {
        using var container = TestContainer.Created(bundle => bundle.Process.Args("true"));

        Result result = HostShell.Run(container.Folder, $"{HostShell.Quote(Repository.RuntimeBinary)} --root {HostShell.Quote(container.Runtime.Root)} state {container.Id} > /dev/full");

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("no space left on device").IgnoreCase);
    }

    private static Socket? Prepare(string kind, string path)
    {
        if (kind == "file")
        {
            File.WriteAllText(path, "");
        }

        if (kind != "deaf")
        {
            return null;
        }

        // Bound, but not listening.
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }
}
