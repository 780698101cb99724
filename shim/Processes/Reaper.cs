using Bulkhead.Linux.Processes;
using Bulkhead.Shim.Loop;

namespace Bulkhead.Shim.Processes;

/// <summary>Reaps every child of the shim, its own and those that were orphaned below it, and tells each one's end to whoever waits.</summary>
/// <remarks>
/// A container's process is known by its number only when the runtime that has made it returns, and may have ended by then.
/// So while somebody is <see cref="Hold">holding</see>, ends that nobody waits for are kept. A number can't be another
/// process's before it was reaped, and reaping is done here alone: what is kept is the end of the process that was meant.
/// </remarks>
internal sealed class Reaper : IDisposable
{
    private readonly EventLoop _loop;
    private readonly SignalReader _signals = SignalReader.Open(Signal.Chld);
    private readonly Dictionary<int, TaskCompletionSource<ProcessExit>> _waiting = [];
    private readonly Dictionary<int, ProcessExit> _unclaimed = [];
    private int _holds;

    /// <summary>Makes one; SIGCHLD is blocked in this process from its start on.</summary>
    public Reaper(EventLoop loop) => _loop = loop;

    /// <summary>Reaps until the loop ends.</summary>
    public async Task RunAsync()
    {
        using Readiness readiness = _loop.Watch(_signals);
        while (true)
        {
            // One signal may stand for the ends of many.
            while (_signals.TryTake() is not null)
            {
            }

            ReapAll();
            await readiness.Input();
        }
    }

    /// <summary>Starts a program and tells its end.</summary>
    /// <exception cref="Linux.LinuxException">As <see cref="Spawn.Start"/>.</exception>
    public (int Pid, Task<ProcessExit> Exit) Start(SpawnPlan plan)
    {
        int pid = Spawn.Start(plan).Pid;
        return (pid, WaitFor(pid));
    }

    /// <summary>The end of a child, or of a process that becomes one; it may have come already while somebody was holding.</summary>
    public Task<ProcessExit> WaitFor(int pid)
    {
        if (_unclaimed.Remove(pid, out ProcessExit exit))
        {
            return Task.FromResult(exit);
        }

        TaskCompletionSource<ProcessExit> source = new();
        _waiting[pid] = source;
        return source.Task;
    }

    /// <summary>From here on until the answer is disposed, ends that nobody waits for are kept.</summary>
    public IDisposable Hold()
    {
        _holds++;
        return new Holding(this);
    }

    /// <summary>Ends the reading of signals.</summary>
    public void Dispose() => _signals.Dispose();

    private void ReapAll()
    {
        while (ChildProcess.TryReapAny() is { } ended)
        {
            ProcessExit exit = new(ended.Status, DateTimeOffset.UtcNow);
            if (_waiting.Remove(ended.Pid, out TaskCompletionSource<ProcessExit>? source))
            {
                source.SetResult(exit);
            }
            else if (_holds > 0)
            {
                _unclaimed[ended.Pid] = exit;
            }
        }
    }

    private void Release()
    {
        if (--_holds == 0)
        {
            _unclaimed.Clear();
        }
    }

    private sealed class Holding(Reaper reaper) : IDisposable
    {
        private Reaper? _reaper = reaper;

        public void Dispose()
        {
            _reaper?.Release();
            _reaper = null;
        }
    }
}
