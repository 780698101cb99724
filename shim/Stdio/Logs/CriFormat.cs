namespace Bulkhead.Shim.Stdio.Logs;

/// <summary>The format of CRI: <c>2016-10-06T00:17:09.669794202Z stdout F text</c>, with P in place of F for what goes on in the next record.</summary>
/// <remarks>Kubernetes, design proposal "CRI: Log management"; containerd, max_container_log_line_size, 16 KiB. The text is written as it is.</remarks>
internal sealed class CriFormat : IRecordFormat
{
    private const int LongestPart = 16 << 10;
    private const int Around = LogTime.Longest + 11;

    /// <inheritdoc/>
    public int Window => LongestPart + 1;

    /// <inheritdoc/>
    public int PartOf(ReadOnlySpan<byte> window) => LongestPart;

    /// <inheritdoc/>
    public int LongestRecord(int length) => length + Around;

    /// <inheritdoc/>
    public int Write(Span<byte> to, OutputStream stream, ReadOnlySpan<byte> time, ReadOnlySpan<byte> text, bool isWhole)
    {
        ReadOnlySpan<byte> middle = (stream, isWhole) switch
        {
            (OutputStream.Stdout, true) => " stdout F "u8,
            (OutputStream.Stdout, false) => " stdout P "u8,
            (_, true) => " stderr F "u8,
            (_, false) => " stderr P "u8,
        };
        time.CopyTo(to);
        middle.CopyTo(to[time.Length..]);
        int at = time.Length + middle.Length;
        text.CopyTo(to[at..]);
        at += text.Length;
        to[at] = (byte)'\n';
        return at + 1;
    }

    /// <inheritdoc/>
    public int Read(ReadOnlySpan<byte> record, Span<byte> text, out OutputStream stream)
    {
        stream = OutputStream.Stdout;
        int space = record.IndexOf((byte)' ');
        ReadOnlySpan<byte> rest = record[(space + 1)..];
        if (space < 0 || rest.Length < 10 || record[0] is < (byte)'0' or > (byte)'9')
        {
            return -1;
        }

        if (rest.StartsWith("stderr "u8))
        {
            stream = OutputStream.Stderr;
        }
        else if (!rest.StartsWith("stdout "u8))
        {
            return -1;
        }

        // Tags may be added after the first, parted by colons.
        rest = rest[7..];
        int tags = rest.IndexOf((byte)' ');
        if (tags < 1 || rest[0] is not ((byte)'F' or (byte)'P') || (tags > 1 && rest[1] != ':'))
        {
            return -1;
        }

        ReadOnlySpan<byte> content = rest[0] == 'F' ? rest[(tags + 1)..] : rest[(tags + 1)..^1];
        content.CopyTo(text);
        return content.Length;
    }
}
