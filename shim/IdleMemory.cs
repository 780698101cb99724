using Bulkhead.Linux.Processes;
using Bulkhead.Shim.Loop;

namespace Bulkhead.Shim;

/// <summary>Gives memory back to the system once there has been nothing to do for a moment.</summary>
/// <remarks>A shim lives as long as its container, which is days; what a call has used for milliseconds is not to be held for them.</remarks>
internal sealed class IdleMemory(EventLoop loop)
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);
    private ITimer? _timer;

    /// <summary>Something was done.</summary>
    public void SetBusy()
    {
        _timer ??= loop.Time.CreateTimer(_ => GiveBack(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(Moment, Timeout.InfiniteTimeSpan);
    }

    private static void GiveBack()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        NativeHeap.Trim();
    }
}
