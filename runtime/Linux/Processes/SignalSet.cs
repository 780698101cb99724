namespace Bulkhead.Linux.Processes;

/// <summary>Sets of signals as the C library has them: a bit for each, the first for signal 1.</summary>
/// <remarks>sigsetops(3).</remarks>
internal static class SignalSet
{
    /// <summary>The size of <c>sigset_t</c> in 64-bit words, in glibc and musl alike. The kernel reads the first.</summary>
    internal const int Words = 16;

    /// <summary>Makes <paramref name="set"/> the set of <paramref name="signals"/>.</summary>
    internal static void Fill(Span<ulong> set, ReadOnlySpan<Signal> signals)
    {
        set.Clear();
        foreach (Signal signal in signals)
        {
            set[0] |= 1UL << (signal.Number - 1);
        }
    }
}
