namespace Bulkhead.Ttrpc;

/// <summary>What one connection of a server may cost.</summary>
public sealed record TtrpcLimits
{
    /// <summary>How many calls may run at a time, 1 and above; the next one is answered with <see cref="TtrpcCode.ResourceExhausted"/>.</summary>
    public int Calls { get; init; } = 1024;

    /// <summary>
    /// How many bytes of answers wait for a peer that does not read, before its connection is closed; and how many of a
    /// stream for a handler that does not read, before that call fails. At least one message of the greatest length fits.
    /// </summary>
    public int HeldBytes { get; init; } = 4 * Frame.MaximumLength;
}
