using Bulkhead.Linux;
using Bulkhead.Shim.Stdio;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Shim.Stdio;

[TestFixture, CancelAfter(60_000)]
internal sealed class ProgramTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(200);

    [Test]
    public void A_program_gets_both_streams_its_arguments_and_its_environment()
    {
        using StdioHarness harness = new();
        string program = Program(harness, "exec 5>&-; cat <&3 > $(dirname $0)/out & cat <&4 > $(dirname $0)/err & echo \"$@\" > $(dirname $0)/args; env > $(dirname $0)/env; wait");
        string address = $"binary://{program}?--tag=a%20b&-q";
        harness.Run(async () =>
        {
            harness.BeginToReap();
            await using ProcessStdio stdio = await harness.OpenAsync(stdout: address, stderr: address);
            TestProcess process = harness.Shell(stdio, "seq 100000; echo oops >&2");
            await stdio.StartAsync(CancellationToken.None);
            await process.EndAsync();
            await stdio.DrainAsync(Grace);
        });

        Assert.That(File.ReadAllText(harness.PathOf("out")), Does.StartWith("1\n").And.EndsWith("\n100000\n"));
        Assert.That(File.ReadAllText(harness.PathOf("err")), Is.EqualTo("oops\n"));
        Assert.That(File.ReadAllText(harness.PathOf("args")), Is.EqualTo("--tag a b -q \n"));
        Assert.That(File.ReadAllLines(harness.PathOf("env")), Does.Contain("CONTAINER_ID=box").And.Contain("CONTAINER_NAMESPACE=space"));
        Assert.That(harness.Reports, Is.Empty);
    }

    [Test]
    public void A_program_that_dies_is_reported_and_the_process_goes_on()
    {
        using StdioHarness harness = new();
        string program = Program(harness, "exec 5>&-; head -c 10 <&3 > /dev/null");
        harness.Run(async () =>
        {
            harness.BeginToReap();
            await using ProcessStdio stdio = await harness.OpenAsync(stdout: $"binary://{program}");
            TestProcess process = harness.Shell(stdio, "seq 1000000; exit 3");
            await stdio.StartAsync(CancellationToken.None);
            Assert.That(await process.EndAsync(), Is.EqualTo(3));
            await stdio.DrainAsync(Grace);
        });

        Assert.That(harness.Reports, Is.EqualTo(new[] { $"write {program}: Broken pipe (EPIPE); further output is thrown away" }));
    }

    [Test]
    public void A_program_that_is_not_there_is_an_error()
    {
        using StdioHarness harness = new();
        string program = harness.PathOf("none");
        harness.Run(async () =>
        {
            string message = "";
            try
            {
                await harness.OpenAsync(stdout: $"binary://{program}");
            }
            catch (LinuxException error)
            {
                message = error.Message;
            }

            Assert.That(message, Is.EqualTo($"execve {program}: No such file or directory (ENOENT)"));
        });
    }

    private static string Program(StdioHarness harness, string script)
    {
        string path = harness.PathOf("logger");
        File.WriteAllText(path, $"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
