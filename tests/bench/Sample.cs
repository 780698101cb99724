namespace Bulkhead.Bench;

/// <summary>What one measurement took.</summary>
/// <param name="Milliseconds">From exec to the end.</param>
/// <param name="PeakKibibytes">The most resident memory of the process, or of one of its children.</param>
/// <param name="Captured">What it wrote to stdout and stderr.</param>
internal readonly record struct Sample(double Milliseconds, long PeakKibibytes, string Captured);
