using System.Text;
using System.Text.Json;
using Bulkhead.Shim.Stdio;
using Bulkhead.Shim.Stdio.Logs;
using Bulkhead.Tests.Unit.Fuzz;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Shim.Stdio.Logs;

/// <summary>Records as Docker and containerd write them.</summary>
[TestFixture]
internal sealed class RecordFormatTests
{
    private const string Time = "2016-10-06T00:17:09.6697942Z";

    [TestCase("2016-10-06T00:17:09.6697942", "2016-10-06T00:17:09.6697942Z")]
    [TestCase("2016-10-06T00:17:09.6690000", "2016-10-06T00:17:09.669Z")]
    [TestCase("2016-10-06T00:17:09", "2016-10-06T00:17:09Z")]
    [TestCase("2016-10-06T00:17:10", "2016-10-06T00:17:10Z")]
    public void A_time_has_no_zeros_at_its_end(string time, string expected)
    {
        byte[] to = new byte[LogTime.Longest];

        int length = LogTime.Write(DateTime.Parse(time + "Z", null, System.Globalization.DateTimeStyles.AdjustToUniversal), to);

        Assert.That(Encoding.ASCII.GetString(to, 0, length), Is.EqualTo(expected));
    }

    [TestCase("hello", true, """{"log":"hello\n","stream":"stdout","time":"2016-10-06T00:17:09.6697942Z"}""")]
    [TestCase("", true, """{"log":"\n","stream":"stdout","time":"2016-10-06T00:17:09.6697942Z"}""")]
    [TestCase("a part", false, """{"log":"a part","stream":"stdout","time":"2016-10-06T00:17:09.6697942Z"}""")]
    [TestCase("\"quotes\" and \\", true, """{"log":"\"quotes\" and \\\n","stream":"stdout","time":"2016-10-06T00:17:09.6697942Z"}""")]
    [TestCase("a\tb\r", true, """{"log":"a\u0009b\r\n","stream":"stdout","time":"2016-10-06T00:17:09.6697942Z"}""")]
    [TestCase("\0\b\f\u001b[1m\u007f", true, "{\"log\":\"\\u0000\\u0008\\u000c\\u001b[1m\u007f\\n\",\"stream\":\"stdout\",\"time\":\"2016-10-06T00:17:09.6697942Z\"}")]
    [TestCase("<b>&</b>", true, """{"log":"\u003cb\u003e\u0026\u003c/b\u003e\n","stream":"stdout","time":"2016-10-06T00:17:09.6697942Z"}""")]
    [TestCase("line\u2028and\u2029paragraph", true, """{"log":"line\u2028and\u2029paragraph\n","stream":"stdout","time":"2016-10-06T00:17:09.6697942Z"}""")]
    [TestCase("naïve 漢字 😀", true, """{"log":"naïve 漢字 😀\n","stream":"stdout","time":"2016-10-06T00:17:09.6697942Z"}""")]
    public void Docker_writes(string text, bool isWhole, string expected) =>
        Assert.That(Written(new JsonFormat(), OutputStream.Stdout, Encoding.UTF8.GetBytes(text), isWhole), Is.EqualTo(expected + "\n"));

    // Go's utf8.DecodeRune gives each byte that begins no character by itself.
    [TestCase("61ff62", """a\ufffdb""")]
    [TestCase("e282", """\ufffd\ufffd""")]
    [TestCase("e28241", """\ufffd\ufffdA""")]
    [TestCase("c0af", """\ufffd\ufffd""")]
    [TestCase("eda080", """\ufffd\ufffd\ufffd""")]
    [TestCase("f4908080", """\ufffd\ufffd\ufffd\ufffd""")]
    [TestCase("f09f98", """\ufffd\ufffd\ufffd""")]
    [TestCase("80", """\ufffd""")]
    public void What_is_no_character_is_replaced_byte_by_byte(string hex, string expected) =>
        Assert.That(
            Written(new JsonFormat(), OutputStream.Stderr, Convert.FromHexString(hex), isWhole: false),
            Is.EqualTo($$"""{"log":"{{expected}}","stream":"stderr","time":"{{Time}}"}""" + "\n"));

    [TestCase(OutputStream.Stdout, true, "stdout F")]
    [TestCase(OutputStream.Stdout, false, "stdout P")]
    [TestCase(OutputStream.Stderr, true, "stderr F")]
    [TestCase(OutputStream.Stderr, false, "stderr P")]
    public void The_kubelet_reads(OutputStream stream, bool isWhole, string middle) =>
        Assert.That(Written(new CriFormat(), stream, "some \t text"u8, isWhole), Is.EqualTo($"{Time} {middle} some \t text\n"));

    [Test]
    public void A_special_character_is_found_wherever_it_is()
    {
        for (int length = 1; length < 80; length++)
        {
            for (int at = 0; at < length; at++)
            {
                char[] text = [.. Enumerable.Repeat('a', length)];
                text[at] = '"';
                string record = Written(new JsonFormat(), OutputStream.Stdout, Encoding.UTF8.GetBytes(text), isWhole: false);
                Assert.That(record, Does.StartWith($"{{\"log\":\"{new string(text).Replace("\"", "\\\"", StringComparison.Ordinal)}\","));
            }
        }
    }

    [Test]
    public void Any_bytes_are_what_a_parser_of_JSON_takes_them_for() => AnySeed.Holds(random =>
    {
        byte[] text = AnyText(random);
        string record = Written(new JsonFormat(), OutputStream.Stdout, text, isWhole: false);

        using JsonDocument document = JsonDocument.Parse(record);
        return document.RootElement.GetProperty("log").GetString() == GoText(text);
    });

    [Test]
    public void Any_record_is_read_as_it_was_written() => AnySeed.Holds(random =>
    {
        IRecordFormat format = random.Next(2) == 0 ? new JsonFormat() : new CriFormat();
        byte[] text = [.. AnyText(random).Where(value => value != '\n')];
        OutputStream stream = random.Pick(OutputStream.Stdout, OutputStream.Stderr);
        bool isWhole = random.Next(2) == 0;
        byte[] record = new byte[format.LongestRecord(text.Length)];
        record = record[..format.Write(record, stream, Encoding.ASCII.GetBytes(Time), text, isWhole)];

        byte[] back = new byte[record.Length];
        int length = format.Read(record, back, out OutputStream its);

        byte[] expected = format is JsonFormat ? Encoding.UTF8.GetBytes(GoText(text)) : text;
        return its == stream && back.AsSpan(0, length).SequenceEqual(isWhole ? [.. expected, (byte)'\n'] : expected)
            && record.AsSpan().IndexOf((byte)'\n') == record.Length - 1;
    });

    [TestCase("""{"log":"a\tb\/😀\ud83dx\n","stream":"stderr","time":"x","attrs":{}}""", "a\tb/😀\ufffdx\n")]
    public void What_others_may_write_in_JSON_is_read(string record, string expected)
    {
        byte[] text = new byte[200];

        int length = new JsonFormat().Read(Encoding.UTF8.GetBytes(record + "\n"), text, out OutputStream stream);

        Assert.That(Encoding.UTF8.GetString(text, 0, Math.Max(0, length)), Is.EqualTo(expected));
        Assert.That(stream, Is.EqualTo(OutputStream.Stderr));
    }

    [TestCase("")]
    [TestCase("{\"log\":\"")]
    [TestCase("{\"log\":\"a\\")]
    [TestCase("{\"log\":\"a\\u12")]
    [TestCase("{\"log\":\"a\\q\",\"stream\":\"stdout\"}")]
    [TestCase("{\"log\":\"a\"}")]
    [TestCase("{\"log\":\"a\",\"stream\":\"stdin\"}")]
    [TestCase("\0\0\0\0")]
    [TestCase("2016-10-06T00:17:09Z")]
    [TestCase("2016-10-06T00:17:09Z stdout")]
    [TestCase("2016-10-06T00:17:09Z stdout F")]
    [TestCase("2016-10-06T00:17:09Z stdin F hello")]
    [TestCase("2016-10-06T00:17:09Z stdout X hello")]
    public void What_is_no_record_is_passed_over(string record)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(record + "\n");

        Assert.That(new JsonFormat().Read(bytes, new byte[bytes.Length], out _), Is.EqualTo(-1));
        Assert.That(new CriFormat().Read(bytes, new byte[bytes.Length], out _), Is.EqualTo(-1));
    }

    [Test]
    public void No_bytes_make_reading_fail() => AnySeed.Holds(random =>
    {
        string begin = random.Pick("", "{\"log\":\"", "2016-10-06T00:17:09Z stdout ", "2016-10-06T00:17:09Z stdout F ");
        byte[] record = [.. Encoding.UTF8.GetBytes(begin), .. AnyText(random).Where(value => value != '\n'), (byte)'\n'];
        return new JsonFormat().Read(record, new byte[record.Length], out _) <= record.Length
            && new CriFormat().Read(record, new byte[record.Length], out _) <= record.Length;
    }, tests: 2000);

    /// <summary>Bytes as Go understands them: as UTF-8, where each byte that belongs to no character is one that is replaced.</summary>
    internal static string GoText(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new();
        while (!bytes.IsEmpty)
        {
            bool isCharacter = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            text.Append(isCharacter ? rune.ToString() : "\ufffd");
            bytes = bytes[(isCharacter ? length : 1)..];
        }

        return text.ToString();
    }

    /// <summary>Text, bytes and what lies between.</summary>
    internal static byte[] AnyText(Random random, int most = 40)
    {
        using MemoryStream text = new();
        for (int i = random.Next(most); i > 0; i--)
        {
            string[] pieces = ["plain text that is longer than a vector", "a", "\n", "\r\n", "\"", "\\", "<>&", "\u2028", "ä", "漢字", "😀", "\0\u0001\u001f", "\u007f", "\t"];
            byte[] piece = random.Next(4) == 0 ? RandomBytes(random, 5) : Encoding.UTF8.GetBytes(random.Pick(pieces));
            text.Write(piece);
        }

        return text.ToArray();
    }

    private static byte[] RandomBytes(Random random, int most)
    {
        byte[] bytes = new byte[random.Next(most)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static string Written(IRecordFormat format, OutputStream stream, ReadOnlySpan<byte> text, bool isWhole)
    {
        byte[] to = new byte[format.LongestRecord(text.Length)];
        int length = format.Write(to, stream, Encoding.ASCII.GetBytes(Time), text, isWhole);
        return Encoding.UTF8.GetString(to, 0, length);
    }
}
