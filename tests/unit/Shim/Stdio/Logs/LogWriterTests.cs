using System.Text;
using Bulkhead.Linux;
using Bulkhead.Shim.Stdio;
using Bulkhead.Shim.Stdio.Logs;
using Bulkhead.Tests.Unit.Fuzz;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Shim.Stdio.Logs;

[TestFixture, CancelAfter(60_000)]
internal sealed class LogWriterTests
{
    private const int Longest = 16 << 10;

    [Test]
    public void Lines_of_both_streams_are_kept_in_their_order_and_parts_wait_for_their_end()
    {
        using LogHarness harness = new();
        harness.Loop.Run(async () =>
        {
            await using LogSink sink = harness.Open(LogKind.Cri);
            await sink.WriteAsync(OutputStream.Stdout, "one\ntw"u8.ToArray());
            await sink.WriteAsync(OutputStream.Stderr, "error\n"u8.ToArray());
            await sink.WriteAsync(OutputStream.Stdout, "o\n\nrest"u8.ToArray());
            await sink.EndAsync(OutputStream.Stdout);
            await sink.EndAsync(OutputStream.Stderr);
        });

        string[] lines = [.. harness.Read().Split('\n').Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])];
        Assert.That(lines, Is.EqualTo(new[] { "stdout F one", "stderr F error", "stdout F two", "stdout F ", "stdout P rest", "" }));
    }

    [Test]
    public void A_log_is_readable_by_its_group_and_nobody_else()
    {
        using LogHarness harness = new();
        harness.Write(LogKind.JsonFile, "a\n");

        Assert.That(File.GetUnixFileMode(harness.Log), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead));
    }

    // Docker parts a line as soon as its buffer of 16 KiB is full; containerd only when there is more than that.
    [TestCase(LogKind.JsonFile, Longest - 1, "16383+")]
    [TestCase(LogKind.JsonFile, Longest, "16384 0+")]
    [TestCase(LogKind.JsonFile, (2 * Longest) + 1, "16384 16384 1+")]
    [TestCase(LogKind.Cri, Longest, "16384+")]
    [TestCase(LogKind.Cri, Longest + 1, "16384 1+")]
    [TestCase(LogKind.Cri, 2 * Longest, "16384 16384+")]
    public void A_long_line_is_parted(LogKind kind, int length, string expected)
    {
        foreach (int chunk in new[] { 1, 1000, Longest - 1, Longest, Longest + 1, 1 << 20 })
        {
            using LogHarness harness = new();
            byte[] line = [.. Enumerable.Repeat((byte)'x', length), (byte)'\n'];
            harness.Loop.Run(async () =>
            {
                await using LogSink sink = harness.Open(kind);
                for (int i = 0; i < line.Length; i += chunk)
                {
                    await sink.WriteAsync(OutputStream.Stdout, line.AsMemory(i, Math.Min(chunk, line.Length - i)));
                }
            });

            string[] records = [.. harness.Read().TrimEnd('\n').Split('\n')];
            Assert.That(string.Join(' ', records.Select(record => record.Count(c => c == 'x') + (IsWhole(record) ? "+" : ""))), Is.EqualTo(expected));
            if (kind is LogKind.JsonFile)
            {
                Assert.That(records.Select(record => record[record.IndexOf("\"time\"", StringComparison.Ordinal)..]).Distinct().Count(), Is.EqualTo(1), "the parts have the time of the first");
            }
        }

        bool IsWhole(string record) => kind is LogKind.Cri ? record.Contains(" F ", StringComparison.Ordinal) : record.Contains("\\n\"", StringComparison.Ordinal);
    }

    [Test]
    public void A_character_is_not_parted_in_JSON()
    {
        for (int shift = 0; shift < 4; shift++)
        {
            using LogHarness harness = new();
            string output = new string('a', shift) + string.Concat(Enumerable.Repeat("😀", 10_000)) + "\n";
            harness.Write(LogKind.JsonFile, output);

            Assert.That(Encoding.UTF8.GetString(harness.Output(LogKind.JsonFile, OutputStream.Stdout)), Is.EqualTo(output));
        }
    }

    [TestCase(LogKind.JsonFile)]
    [TestCase(LogKind.Cri)]
    public void Any_output_in_any_pieces_is_in_the_log(LogKind kind) => AnySeed.Holds(random =>
    {
        using LogHarness harness = new();
        using MemoryStream stdout = new();
        using MemoryStream stderr = new();
        harness.Loop.Run(async () =>
        {
            await using LogSink sink = harness.Open(kind);
            for (int i = random.Next(30); i > 0; i--)
            {
                OutputStream stream = random.Pick(OutputStream.Stdout, OutputStream.Stderr);
                byte[] piece = random.Next(5) == 0 ? [.. Enumerable.Repeat((byte)random.Pick('a', '"', '\u0001'), random.Next(70_000))] : RecordFormatTests.AnyText(random);
                (stream is OutputStream.Stdout ? stdout : stderr).Write(piece);
                await sink.WriteAsync(stream, piece);
            }

            await sink.EndAsync(OutputStream.Stdout);
            await sink.EndAsync(OutputStream.Stderr);
        });

        return Matches(stdout, OutputStream.Stdout) && Matches(stderr, OutputStream.Stderr);

        bool Matches(MemoryStream written, OutputStream stream)
        {
            byte[] kept = harness.Output(kind, stream);
            return kept.AsSpan().SequenceEqual(kind is LogKind.Cri ? written.ToArray() : Encoding.UTF8.GetBytes(RecordFormatTests.GoText(written.ToArray())));
        }
    }, tests: 50);

    [Test]
    public void A_log_that_is_there_is_continued_and_a_broken_record_in_it_ended()
    {
        using LogHarness harness = new();
        File.WriteAllText(harness.Log, "whole\nbro");
        harness.Write(LogKind.Cri, "next\n");

        string[] lines = harness.Read().Split('\n');
        Assert.That(lines[..2], Is.EqualTo(new[] { "whole", "bro" }));
        Assert.That(lines[2], Does.EndWith(" stdout F next"));
    }

    [Test]
    public void A_log_is_no_link_to_another_file()
    {
        using LogHarness harness = new();
        File.CreateSymbolicLink(harness.Log, "/dev/null");

        Assert.That(() => harness.Open(LogKind.Cri), Throws.TypeOf<LinuxException>().With.Message.EqualTo($"open {harness.Log}: Too many levels of symbolic links (ELOOP)"));
    }

    [Test]
    public void A_log_is_no_folder()
    {
        using LogHarness harness = new();
        Directory.CreateDirectory(harness.Log);

        Assert.That(() => harness.Open(LogKind.Cri), Throws.TypeOf<LinuxException>().With.Message.Contains("EISDIR"));
    }

    [Test]
    public void After_a_disk_was_full_there_are_whole_records_and_one_report()
    {
        if (Environment.UserName != "root")
        {
            Assert.Ignore("needs root");
        }

        using LogHarness harness = new();
        string disk = Path.GetDirectoryName(harness.Log)!;
        if (MountedTmpfs.TryMount(disk) is not { } mounted)
        {
            Assert.Ignore("needs to mount a tmpfs");
            return;
        }

        using (mounted)
        {
            string line = new string('a', 999) + "\n";
            harness.Loop.Run(async () =>
            {
                await using LogSink sink = harness.Open(LogKind.Cri);
                for (int i = 0; i < 200; i++)
                {
                    await sink.WriteAsync(OutputStream.Stdout, Encoding.ASCII.GetBytes(line + line));
                }

                byte[] full = File.ReadAllBytes(harness.Log);
                Check(full.Length is > 50_000 and <= 65_536 && full[^1] == '\n' && CountOf(full) * 1040 > 40_000);

                // There is room again once somebody else has made it.
                File.WriteAllText(harness.Log, "");
                await sink.WriteAsync(OutputStream.Stdout, "after\n"u8.ToArray());
            });

            Assert.That(harness.Read(), Does.EndWith(" stdout F after\n"));
            Assert.That(harness.Reports, Is.EqualTo(new[] { $"write {harness.Log}: No space left on device (ENOSPC); what is written is lost until that changes" }));
        }

        static int CountOf(byte[] bytes) => bytes.Count(value => value == '\n');
        static void Check(bool condition) => Assert.That(condition, Is.True, "whole records up to the end of the disk");
    }
}
