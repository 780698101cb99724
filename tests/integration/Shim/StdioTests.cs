using System.Security.Cryptography;
using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Tests.Support;
using Bulkhead.Tests.Support.Shims;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Shim;

/// <summary>The streams of real containers: nothing is lost, and nobody who goes away holds anything up.</summary>
internal sealed class StdioTests
{
    [Test, CancelAfter(60_000)]
    public async Task Input_output_and_errors_go_through_fifos_and_end()
    {
        using var caller = new ShimCaller();
        using var input = new FifoWriter(caller.Folder.File("in"));
        using var output = new FifoReader(caller.Folder.File("out"));
        using var error = new FifoReader(caller.Folder.File("err"));
        ShimContainer container = caller.Served(bundle => bundle.Process.Shell("cat; echo err >&2; exit 4"));
        await container.CreateAsync(request => (request.Stdin, request.Stdout, request.Stderr) = (input.Path, output.Path, error.Path));
        await container.StartAsync();

        await input.WriteAsync("typed\n");
        output.WaitFor("typed\n");
        await container.CloseInputAsync();

        Assert.That((await container.WaitAsync()).ExitStatus, Is.EqualTo(4));
        await container.DeleteAsync();
        Assert.That((output.WaitForEnd(), error.WaitForEnd()), Is.EqualTo(("typed\n", "err\n")));
    }

    [Test, CancelAfter(60_000)]
    public async Task Input_and_output_of_an_exec_go_through_fifos_and_end()
    {
        using var caller = new ShimCaller();
        using var input = new FifoWriter(caller.Folder.File("in"));
        using var output = new FifoReader(caller.Folder.File("out"));
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));
        await container.ExecAsync("one", ["cat"], request => (request.Stdin, request.Stdout) = (input.Path, output.Path));
        await container.StartAsync("one");

        await input.WriteAsync("typed\n");
        await container.CloseInputAsync("one");

        Assert.That((await container.WaitAsync("one")).ExitStatus, Is.Zero);
        await container.DeleteAsync("one");
        Assert.That(output.WaitForEnd(), Is.EqualTo("typed\n"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Input_that_is_closed_before_the_start_is_empty()
    {
        using var caller = new ShimCaller();
        using var input = new FifoWriter(caller.Folder.File("in"));
        ShimContainer container = caller.Served(bundle => bundle.Process.Args("cat"));
        await container.CreateAsync(request => request.Stdin = input.Path);

        await container.CloseInputAsync();
        await container.StartAsync();

        Assert.That((await container.WaitAsync()).ExitStatus, Is.Zero);
    }

    [Test, CancelAfter(60_000)]
    public async Task Output_written_just_before_the_end_arrives_whole()
    {
        using var caller = new ShimCaller();
        for (int i = 0; i < 10; i++)
        {
            using var output = new FifoReader(caller.Folder.File($"out{i}"));
            ShimContainer container = caller.Served(bundle => bundle.Process.Shell("dd if=/dev/zero bs=1000 count=60 2>/dev/null; echo end"));
            await container.CreateAsync(request => request.Stdout = output.Path);
            await container.StartAsync();
            await container.WaitAsync();

            await container.DeleteAsync();

            Assert.That(output.WaitForEnd(), Does.EndWith("end\n"));
            Assert.That(output.Count, Is.EqualTo(60_004));
            await container.ShutdownAsync();
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_grandchild_that_keeps_the_output_open_does_not_hold_up_the_end_nor_cost_output()
    {
        using var caller = new ShimCaller();
        using var output = new FifoReader(caller.Folder.File("out"));
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));
        await container.ExecAsync("one", ["sh", "-c", "sleep 300 & echo tail"], request => request.Stdout = output.Path);
        await container.StartAsync("one");

        Assert.That((await container.WaitAsync("one")).ExitStatus, Is.Zero);
        await container.DeleteAsync("one");

        Assert.That(output.WaitForEnd(), Is.EqualTo("tail\n"));
        Assert.That((await container.StateAsync()).Status, Is.EqualTo(Status.Running));
    }

    [Test, CancelAfter(120_000), NonParallelizable]
    public async Task A_gigabyte_arrives_byte_for_byte()
    {
        const int Block = 16 << 20;
        const int Blocks = 64;
        using var caller = new ShimCaller();
        byte[] random = RandomNumberGenerator.GetBytes(Block);
        using var output = new FifoReader(caller.Folder.File("out"));
        ShimContainer container = caller.Served(bundle =>
        {
            File.WriteAllBytes(Path.Combine(bundle.Rootfs, "random"), random);
            bundle.Process.Shell($"i=0; while [ $i -lt {Blocks} ]; do cat /random; i=$((i+1)); done");
        });
        await container.CreateAsync(request => request.Stdout = output.Path);
        await container.StartAsync();

        await container.WaitAsync();
        await container.DeleteAsync();
        output.WaitForEnd();

        using var expected = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < Blocks; i++)
        {
            expected.AppendData(random);
        }

        Assert.That(output.Count, Is.EqualTo((long)Block * Blocks));
        Assert.That(output.Hash(), Is.EqualTo(Convert.ToHexStringLower(expected.GetHashAndReset())));
    }

    [Test, CancelAfter(120_000), NonParallelizable]
    public async Task A_reader_that_goes_away_in_the_middle_does_not_hold_a_container_up()
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.Served(bundle => bundle.Process.Shell("dd if=/dev/zero bs=1M count=1024 2>/dev/null; echo last"));
        string path = FifoReader.Make(caller.Folder.File("out"));
        using (var output = new FifoReader(path))
        {
            await container.CreateAsync(request => request.Stdout = path);
            await container.StartAsync();
            Wait.Until(() => output.Count > 1 << 20, TimeSpan.FromSeconds(30), "a first mebibyte");
        }

        Assert.That((await container.WaitAsync()).ExitStatus, Is.Zero);

        using var late = new FifoReader(path);
        await container.DeleteAsync();
        Assert.That(late.WaitForEnd(), Does.EndWith("last\n"), "the newest is kept for who comes back");
    }

    [Test, CancelAfter(60_000)]
    public async Task A_container_that_closes_its_output_lives_on()
    {
        using var caller = new ShimCaller();
        using var output = new FifoReader(caller.Folder.File("out"));
        ShimContainer container = caller.Served(bundle => bundle.Process.Shell("echo last; exec >&- 2>&-; sleep 300"));
        await container.CreateAsync(request => request.Stdout = output.Path);

        await container.StartAsync();

        output.WaitFor("last\n");
        Assert.That(await container.RunExecAsync("one", "true"), Is.Zero);
        Assert.That((await container.StateAsync()).Status, Is.EqualTo(Status.Running));
    }

    [TestCase(true), TestCase(false)]
    [CancelAfter(60_000)]
    public async Task A_child_that_outlives_the_init_process_ends_with_the_container(bool ownPids)
    {
        using var caller = new ShimCaller();
        using var output = new FifoReader(caller.Folder.File("out"));
        ShimContainer container = caller.Served(bundle =>
        {
            bundle.Process.Shell("sleep 300 & echo started; exit 6");
            if (!ownPids)
            {
                bundle.WithoutNamespace("pid");
            }
        });
        await container.CreateAsync(request => request.Stdout = output.Path);

        await container.StartAsync();
        uint status = (await container.WaitAsync()).ExitStatus;
        await container.DeleteAsync();

        Assert.That(status, Is.EqualTo(6));
        Assert.That(output.WaitForEnd(), Is.EqualTo("started\n"));
        Wait.Until(() => container.Shim.Children.Length == 0, "the shim to have no child");
        Assert.That(LeakCheck.PlacesOf(container.Id), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public async Task A_program_gets_the_output_and_knows_the_container()
    {
        using var caller = new ShimCaller();
        string result = caller.Folder.File("result");

        // Nobody but the program itself may hold the descriptor whose closing says that it is ready.
        string script = "#!/bin/sh\n"
            + $"{{ cat <&3; echo \"of $CONTAINER_ID in $CONTAINER_NAMESPACE\"; }} >'{result}' 5>&- &\n"
            + $"cat <&4 >'{result}.err' 5>&- &\n"
            + "exec 5>&-\nwait\n";
        string logger = caller.Folder.Write("logger", script);
        File.SetUnixFileMode(logger, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        ShimContainer container = caller.Served(bundle => bundle.Process.Shell("echo out; echo err >&2"));

        await container.CreateAsync(request => request.Stdout = request.Stderr = $"binary://{logger}");
        await container.StartAsync();
        await container.WaitAsync();
        await container.DeleteAsync();

        Wait.Until(() => File.Exists(result) && File.ReadAllText(result) == $"out\nof {container.Id} in {caller.Namespace}\n", "the program to have got the output");
        Assert.That(File.ReadAllText(result + ".err"), Is.EqualTo("err\n"));
        Wait.Until(() => container.Shim.Children.Length == 0, "the program's end");
    }

    [Test, CancelAfter(60_000)]
    public async Task In_a_user_namespace_the_streams_are_its_roots_and_can_be_opened_again()
    {
        using var caller = new ShimCaller();
        (caller.Options.IoUid, caller.Options.IoGid) = (100_000, 100_000);
        using var output = new FifoReader(caller.Folder.File("out"));
        ShimContainer container = caller.Served(bundle => bundle.UserNamespace().Process.Shell("echo opened >/proc/self/fd/1"));

        await container.CreateAsync(request => request.Stdout = output.Path);
        await container.StartAsync();

        Assert.That((await container.WaitAsync()).ExitStatus, Is.Zero);
        output.WaitFor("opened\n");
    }
}
