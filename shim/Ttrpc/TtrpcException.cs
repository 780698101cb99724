namespace Bulkhead.Ttrpc;

/// <summary>A call that did not succeed: what a client gets, and what a handler throws to say how it failed.</summary>
/// <param name="code">How it ended; not <see cref="TtrpcCode.Ok"/>. A number that nobody knows is kept.</param>
/// <param name="message">Why: one line, for people; it crosses the wire as it is.</param>
public sealed class TtrpcException(TtrpcCode code, string message) : Exception(message)
{
    /// <summary>How it ended.</summary>
    public TtrpcCode Code { get; } = code;
}
