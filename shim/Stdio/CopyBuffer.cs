namespace Bulkhead.Shim.Stdio;

/// <summary>The buffers that copying needs: one is kept, more are made only while destinations are slow.</summary>
internal static class CopyBuffer
{
    /// <summary>In bytes, what a pipe holds: more is hardly ever there to be read.</summary>
    private const int Size = 64 << 10;

    private static byte[]? _spare;

    /// <summary>Takes one, with anything in it.</summary>
    public static byte[] Rent() => Interlocked.Exchange(ref _spare, null) ?? GC.AllocateUninitializedArray<byte>(Size);

    /// <summary>Gives one back.</summary>
    public static void Return(byte[] buffer) => _spare = buffer;
}
