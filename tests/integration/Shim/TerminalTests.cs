using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Tests.Support.Shims;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Shim;

/// <summary>Terminals: of the container and of execs, their size, their input and their end.</summary>
internal sealed class TerminalTests
{
    [Test, CancelAfter(60_000)]
    public async Task A_container_has_a_terminal_that_is_typed_into_and_read()
    {
        using var caller = new ShimCaller();
        using var input = new FifoWriter(caller.Folder.File("in"));
        using var output = new FifoReader(caller.Folder.File("out"));
        ShimContainer container = caller.Served(bundle => bundle.Process.Terminal().Shell("tty; read line; echo got $line; exit 8"));
        await container.CreateAsync(request => (request.Terminal, request.Stdin, request.Stdout) = (true, input.Path, output.Path));
        await container.StartAsync();

        output.WaitFor("/dev/pts/0\r\n");
        await input.WriteAsync("typed\n");

        Assert.That((await container.WaitAsync()).ExitStatus, Is.EqualTo(8));
        Assert.That((await container.StateAsync()).Terminal, Is.True);
        await container.DeleteAsync();
        Assert.That(output.WaitForEnd(), Does.EndWith("got typed\r\n"));
    }

    [TestCase(""), TestCase("one")]
    [CancelAfter(60_000)]
    public async Task The_size_can_be_set_before_and_after_the_start(string execId)
    {
        using var caller = new ShimCaller();
        using var input = new FifoWriter(caller.Folder.File("in"));
        using var output = new FifoReader(caller.Folder.File("out"));
        const string Script = "trap 'stty size' WINCH; stty size; while :; do read line && eval \"$line\"; done";
        ShimContainer container = caller.Served(bundle =>
        {
            if (execId.Length == 0)
            {
                bundle.Process.Terminal().Shell(Script);
            }
            else
            {
                bundle.Process.Args("sleep", "300");
            }
        });
        if (execId.Length == 0)
        {
            await container.CreateAsync(request => (request.Terminal, request.Stdin, request.Stdout) = (true, input.Path, output.Path));
        }
        else
        {
            await container.CreateAsync();
            await container.StartAsync();
            await container.ExecAsync(execId, [], request =>
            {
                (request.Terminal, request.Stdin, request.Stdout) = (true, input.Path, output.Path);
                request.Spec = container.ProcessOf(["sh", "-c", Script], terminal: true);
            });
        }

        await container.ResizeAsync(101, 31, execId);
        await container.StartAsync(execId);
        output.WaitFor("31 101\r\n");
        await container.ResizeAsync(102, 32, execId);
        await input.WriteAsync("stty size\n");
        output.WaitFor("32 102\r\n");
    }

    [Test, CancelAfter(60_000)]
    public async Task An_exec_with_a_terminal_in_a_container_without_one()
    {
        using var caller = new ShimCaller();
        using var input = new FifoWriter(caller.Folder.File("in"));
        using var output = new FifoReader(caller.Folder.File("out"));
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));
        await container.ExecAsync("one", [], request =>
        {
            (request.Terminal, request.Stdin, request.Stdout) = (true, input.Path, output.Path);
            request.Spec = container.ProcessOf(["sh"], terminal: true);
        });
        await container.StartAsync("one");

        await input.WriteAsync("echo $((40+2)); exit 3\n");

        Assert.That((await container.WaitAsync("one")).ExitStatus, Is.EqualTo(3));
        await container.DeleteAsync("one");
        Assert.That(output.WaitForEnd(), Does.Contain("42\r\n"));
        Assert.That((await container.StateAsync()).Status, Is.EqualTo(Status.Running));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_terminal_goes_on_without_its_client_and_shows_the_next_one_what_comes_then()
    {
        using var caller = new ShimCaller();
        using var input = new FifoWriter(caller.Folder.File("in"));
        string path = FifoReader.Make(caller.Folder.File("out"));
        ShimContainer container = caller.Served(bundle => bundle.Process.Terminal().Shell("while read line; do echo \"<$line>\"; done"));
        await container.CreateAsync(request => (request.Terminal, request.Stdin, request.Stdout) = (true, input.Path, path));
        await container.StartAsync();
        using (var first = new FifoReader(path))
        {
            await input.WriteAsync("one\n");
            first.WaitFor("<one>\r\n");
        }

        using var second = new FifoReader(path);
        await input.WriteAsync("two\n");

        second.WaitFor("<two>\r\n");
    }
}
