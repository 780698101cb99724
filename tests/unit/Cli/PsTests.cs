using Bulkhead.Runtime.Cli.Commands;
using Bulkhead.Runtime.Containers;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cli;

internal sealed class PsTests
{
    private const string Output = """
        UID        PID  PPID  C STIME TTY          TIME CMD
        root         1     0  0 02:59 ?        00:00:00 init 12
        root        12     1  0 02:59 ?        00:00:00 sleep 100
        root       112     1  0 02:59 ?        00:00:00 PID

        """;

    [Test]
    public void Only_lines_of_the_containers_processes_are_kept() =>
        Assert.That(PsCommand.Filter(Output, [12, 5]), Is.EqualTo("""
            UID        PID  PPID  C STIME TTY          TIME CMD
            root        12     1  0 02:59 ?        00:00:00 sleep 100

            """));

    [Test]
    public void Of_a_container_without_processes_the_title_is_kept() =>
        Assert.That(PsCommand.Filter(Output, []), Is.EqualTo("UID        PID  PPID  C STIME TTY          TIME CMD\n"));

    [TestCase("", "the output of ps has no PID column")]
    [TestCase("USER CMD\nroot init\n", "the output of ps has no PID column")]
    [TestCase("USER PID\nroot\n", "the output of ps has a line without a process number: \"root\"")]
    [TestCase("USER PID\nroot x\n", "the output of ps has a line without a process number: \"root x\"")]
    public void Output_that_cannot_be_filtered_is_refused(string output, string message) =>
        Assert.That(() => PsCommand.Filter(output, [12]), Throws.TypeOf<ContainerException>().With.Message.EqualTo(message));

    [TestCase(new int[0], "null\n")]
    [TestCase(new[] { 12 }, "[12]\n")]
    [TestCase(new[] { 12, 13 }, "[12,13]\n")]
    public void Json_is_an_array_of_numbers(int[] pids, string expected) => Assert.That(PsCommand.FormatJson(pids), Is.EqualTo(expected));
}
