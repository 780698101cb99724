using Bulkhead.Linux.Processes;

namespace Bulkhead.Shim.Processes;

/// <summary>A process's end as it was seen.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="At">When it was reaped.</param>
internal readonly record struct ProcessExit(WaitStatus Status, DateTimeOffset At);
