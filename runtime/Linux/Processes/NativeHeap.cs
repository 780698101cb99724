using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Processes;

/// <summary>The memory that the C library manages.</summary>
public static class NativeHeap
{
    /// <summary>Gives what is free back to the system.</summary>
    /// <remarks>malloc_trim(3).</remarks>
    public static void Trim() => _ = Libc.MAllocTrim(0);
}
