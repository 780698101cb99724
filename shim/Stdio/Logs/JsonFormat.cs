namespace Bulkhead.Shim.Stdio.Logs;

/// <summary>The format of Docker's json-file driver: <c>{"log":"text\n","stream":"stdout","time":"2016-10-06T00:17:09.669794202Z"}</c>.</summary>
/// <remarks>
/// A line without its newline goes on in the next record. Docker parts a line after 16 KiB, even within a character, which
/// becomes unreadable thereby; here the character goes into the next record.
/// </remarks>
internal sealed class JsonFormat : IRecordFormat
{
    private const int LongestPart = 16 << 10;
    private const int Around = 64 + LogTime.Longest;

    /// <inheritdoc/>
    public int Window => LongestPart;

    /// <inheritdoc/>
    public int PartOf(ReadOnlySpan<byte> window)
    {
        // The first byte of a character has the two topmost bits set, the others only the topmost.
        for (int back = 1; back <= 3; back++)
        {
            byte value = window[^back];
            if (value >= 0xc0)
            {
                int length = value >= 0xf0 ? 4 : value >= 0xe0 ? 3 : 2;
                return length > back ? window.Length - back : window.Length;
            }

            if (value < 0x80)
            {
                break;
            }
        }

        return window.Length;
    }

    /// <inheritdoc/>
    public int LongestRecord(int length) => (length * JsonText.LongestEscape) + Around;

    /// <inheritdoc/>
    public int Write(Span<byte> to, OutputStream stream, ReadOnlySpan<byte> time, ReadOnlySpan<byte> text, bool isWhole)
    {
        int at = Append(to, 0, "{\"log\":\""u8);
        at += JsonText.Escape(text, to[at..]);
        if (isWhole)
        {
            at = Append(to, at, "\\n"u8);
        }

        at = Append(to, at, stream is OutputStream.Stdout ? "\",\"stream\":\"stdout\",\"time\":\""u8 : "\",\"stream\":\"stderr\",\"time\":\""u8);
        at = Append(to, at, time);
        return Append(to, at, "\"}\n"u8);
    }

    /// <inheritdoc/>
    public int Read(ReadOnlySpan<byte> record, Span<byte> text, out OutputStream stream)
    {
        stream = OutputStream.Stdout;
        if (!record.StartsWith("{\"log\":\""u8))
        {
            return -1;
        }

        int length = JsonText.Unescape(record[8..], text, out int used);
        if (length < 0)
        {
            return -1;
        }

        ReadOnlySpan<byte> rest = record[(8 + used)..];
        if (rest.StartsWith(",\"stream\":\"stderr\""u8))
        {
            stream = OutputStream.Stderr;
        }
        else if (!rest.StartsWith(",\"stream\":\"stdout\""u8))
        {
            return -1;
        }

        return length;
    }

    private static int Append(Span<byte> to, int at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(to[at..]);
        return at + text.Length;
    }
}
