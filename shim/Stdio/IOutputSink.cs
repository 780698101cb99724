namespace Bulkhead.Shim.Stdio;

/// <summary>The two streams that a process writes; a terminal has the first alone.</summary>
internal enum OutputStream : byte
{
    /// <summary>Standard output, or what a terminal shows.</summary>
    Stdout = 1,

    /// <summary>Standard error.</summary>
    Stderr = 2,
}

/// <summary>Where a process's output goes.</summary>
/// <remarks>
/// One sink may serve both streams: of each stream one write is under way at a time, of the two together there may be two.
/// A write that takes long holds the process up. One that throws is the stream's last: what comes after it is thrown away.
/// It is disposed once, at the end, and perhaps while a write is under way, which then ends with an exception.
/// </remarks>
internal interface IOutputSink : IAsyncDisposable
{
    /// <summary>Takes all of the bytes. The memory is the caller's again when the task is complete; in the usual case it is complete at once.</summary>
    ValueTask WriteAsync(OutputStream stream, ReadOnlyMemory<byte> bytes);

    /// <summary>The stream has ended: what is left of a line goes out.</summary>
    ValueTask EndAsync(OutputStream stream);
}
