namespace Bulkhead.Shim.Stdio.Logs;

/// <summary>A format of logs: a line of output becomes a record, and a record text again. Each record ends with its only newline.</summary>
/// <remarks>
/// A line that is too long becomes several records: <see cref="PartOf"/> tells how much of it goes first. Both directions keep
/// to memory that is given them.
/// </remarks>
/// <example><code>
/// int end = text[..Math.Min(text.Length, format.Window)].IndexOf((byte)'\n');
/// int length = format.Write(buffer, OutputStream.Stdout, "2026-01-02T03:04:05Z"u8, text[..end], isWhole: true);
/// int back = format.Read(buffer[..length], text, out OutputStream stream);
/// </code></example>
internal interface IRecordFormat
{
    /// <summary>How many bytes may be looked at for the end of a line: where there is none in them, the line is parted.</summary>
    int Window { get; }

    /// <summary>How many bytes of a line without an end in its <see cref="Window"/> make a record; at least one.</summary>
    int PartOf(ReadOnlySpan<byte> window);

    /// <summary>How long a record can become.</summary>
    /// <param name="length">How many bytes of output it holds.</param>
    int LongestRecord(int length);

    /// <summary>Writes a record.</summary>
    /// <param name="to">Room for <see cref="LongestRecord"/>.</param>
    /// <param name="stream">Which stream wrote it.</param>
    /// <param name="time">When, as <see cref="LogTime"/> writes it.</param>
    /// <param name="text">A line without its newline, or a part of one.</param>
    /// <param name="isWhole">Whether the line ends here.</param>
    /// <returns>How long the record is.</returns>
    int Write(Span<byte> to, OutputStream stream, ReadOnlySpan<byte> time, ReadOnlySpan<byte> text, bool isWhole);

    /// <summary>Reads a record.</summary>
    /// <param name="record">All of it, with its newline.</param>
    /// <param name="text">Room for as many bytes as the record has; it gets the output, with its newline if the line ended there.</param>
    /// <param name="stream">Which stream wrote it.</param>
    /// <returns>How long the output is; -1 for what is no record.</returns>
    int Read(ReadOnlySpan<byte> record, Span<byte> text, out OutputStream stream);
}
