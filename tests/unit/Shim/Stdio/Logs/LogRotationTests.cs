using System.Text;
using Bulkhead.Shim.Stdio;
using Bulkhead.Shim.Stdio.Logs;
using Bulkhead.Tests.Unit.Fuzz;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Shim.Stdio.Logs;

[TestFixture, CancelAfter(60_000)]
internal sealed class LogRotationTests
{
    [TestCase(LogKind.JsonFile)]
    [TestCase(LogKind.Cri)]
    public void Of_any_output_the_last_records_are_there_and_a_file_is_as_large_as_docker_makes_it(LogKind kind) => AnySeed.Holds(random =>
    {
        using LogHarness harness = new();
        (int maxSize, int maxFiles, int count) = (random.Next(1, 3000), random.Next(1, 6), random.Next(1, 300));
        harness.Loop.Run(async () =>
        {
            LogSink sink = harness.Open(kind, maxSize, maxFiles);
            StringBuilder batch = new();
            for (int i = 0; i < count; i++)
            {
                batch.Append("line ").Append(i).Append('\n');
                if (random.Next(20) == 0)
                {
                    await sink.WriteAsync(OutputStream.Stdout, Encoding.ASCII.GetBytes(batch.ToString()));
                    batch.Clear();
                }

                if (random.Next(100) == 0)
                {
                    await sink.DisposeAsync();
                    sink = harness.Open(kind, maxSize, maxFiles);
                }
            }

            await sink.WriteAsync(OutputStream.Stdout, Encoding.ASCII.GetBytes(batch.ToString()));
            await sink.DisposeAsync();
        });

        string[] files = harness.Files();
        string kept = Encoding.ASCII.GetString(harness.Output(kind, OutputStream.Stdout));
        string[] lines = kept.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int first = count - lines.Length;
        Assert.That(lines, Is.EqualTo(Enumerable.Range(first, lines.Length).Select(i => $"line {i}")), "the last lines, each once");
        Assert.That(files, Has.Length.LessThanOrEqualTo(maxFiles));
        Assert.That(first == 0 || files.Length == maxFiles, "nothing is rotated away before all files are there");
        foreach (string file in files)
        {
            string[] records = File.ReadAllLines(file);
            long length = new FileInfo(file).Length;
            Assert.That(length - records[^1].Length - 1, Is.LessThan(maxSize), "the last record began before the file was full");
            Assert.That(file == harness.Log || length >= maxSize, "a file was full before the next began");
        }

        return harness.Reports.Count == 0;
    }, tests: 20);

    [Test]
    public void A_log_that_somebody_else_has_renamed_is_begun_anew()
    {
        using LogHarness harness = new();
        harness.Loop.Run(async () =>
        {
            await using LogSink sink = harness.Open(LogKind.Cri);
            await sink.WriteAsync(OutputStream.Stdout, "one\n"u8.ToArray());
            File.Move(harness.Log, harness.Log + ".20260101-000000");
            await sink.WriteAsync(OutputStream.Stdout, "two\n"u8.ToArray());
            sink.Reopen();
            await sink.WriteAsync(OutputStream.Stdout, "three\n"u8.ToArray());
        });

        Assert.That(File.ReadAllLines(harness.Log + ".20260101-000000"), Has.Length.EqualTo(2));
        Assert.That(harness.Read(), Does.EndWith("three\n").And.Length.LessThan(60));
    }

    [Test]
    public void A_rotation_that_fails_is_reported_and_the_file_goes_on_growing()
    {
        using LogHarness harness = new();
        Directory.CreateDirectory(harness.Log + ".1");
        harness.Loop.Run(async () =>
        {
            await using LogSink sink = harness.Open(LogKind.Cri, maxSize: 100, maxFiles: 2);
            for (int i = 0; i < 5; i++)
            {
                await sink.WriteAsync(OutputStream.Stdout, "line\n"u8.ToArray());
            }

            Directory.Delete(harness.Log + ".1");
            for (int i = 5; i < 8; i++)
            {
                await sink.WriteAsync(OutputStream.Stdout, "line\n"u8.ToArray());
            }
        });

        Assert.That(harness.Reports[0], Does.StartWith($"rotate {harness.Log}: rename {harness.Log}"));
        Assert.That(harness.Files().SelectMany(File.ReadAllLines).Count(), Is.EqualTo(8));
    }
}
