using System.Diagnostics;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Stress;

/// <summary>A child goes on in a copy of a program with a garbage collector: none of very many may hang.</summary>
[TestFixture]
internal sealed class CloneStressTests
{
    private const int Loops = 2;
    private const int ClonesInLoop = 5_000;

    // A clone that hangs would take its loop with it; the loop says how far it came.
    private const string Loop = """
        i=0
        while [ "$i" -lt "$3" ]; do
            "$0" --root "$1" exec "$2" true || { echo "clone $i of $3: exit code $?"; exit 1; }
            i=$((i + 1))
        done
        """;

    [Test, CancelAfter(600_000)]
    public void Ten_thousand_clones_all_become_their_program()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "600"));

        Process[] loops = [.. Enumerable.Range(0, Loops).Select(_ => Start(container))];
        string[] outputs = [.. loops.Select(loop => loop.StandardOutput.ReadToEnd() + loop.StandardError.ReadToEnd())];

        Assert.Multiple(() =>
        {
            Assert.That(outputs, Is.All.Empty);
            Assert.That(loops.Select(Exit), Is.All.Zero);
            Assert.That(container.Runtime.Run("ps", "--format", "json", container.Id).Output, Does.Match(@"^\[\d+\]$"), "only init is left");
        });
    }

    private static Process Start(TestContainer container) => Process.Start(new ProcessStartInfo("sh", ["-c", Loop, Repository.RuntimeBinary, container.Runtime.Root, container.Id, $"{ClonesInLoop}"])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static int Exit(Process loop)
    {
        using (loop)
        {
            loop.WaitForExit();
            return loop.ExitCode;
        }
    }
}
