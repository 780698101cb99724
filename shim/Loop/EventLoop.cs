using Bulkhead.Linux.Files;

namespace Bulkhead.Shim.Loop;

/// <summary>The one thread of the shim: it runs what is ready, and sleeps in epoll_wait(2) when nothing is.</summary>
/// <remarks>
/// It is the thread's <see cref="SynchronizationContext"/>, so that whatever is awaited continues here. Nothing of the shim
/// runs on another thread, hence no lock anywhere; and nothing wakes it but what it waits for.
/// </remarks>
internal sealed class EventLoop : SynchronizationContext, IDisposable
{
    private readonly Epoll _epoll = Epoll.Create();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = new();
    private readonly EpollReady[] _ready = new EpollReady[16];
    private readonly Thread _thread = Thread.CurrentThread;
    private Readiness?[] _watched = new Readiness?[16];

    /// <summary>Time as this loop tells it: a timer fires on the loop's thread.</summary>
    public LoopTime Time { get; } = new();

    /// <summary>Runs until a task has ended, and passes on what it threw.</summary>
    public void Run(Func<Task> start)
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        try
        {
            Task task = start();
            while (true)
            {
                RunDue();
                if (task.IsCompleted)
                {
                    break;
                }

                WaitForMore();
            }

            task.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <summary>Follows a descriptor until the answer is disposed, which comes before the descriptor is.</summary>
    /// <param name="file">One that does not block.</param>
    public Readiness Watch(FileDescriptor file)
    {
        int slot = Array.IndexOf(_watched, null);
        if (slot < 0)
        {
            slot = _watched.Length;
            Array.Resize(ref _watched, slot * 2);
        }

        // What is always ready, such as a file on a disk, never says EAGAIN, so that nobody comes to wait for it.
        Readiness readiness = new(this, file, slot, isWatched: _epoll.Add(file, slot));
        _watched[slot] = readiness;
        return readiness;
    }

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state)
    {
        if (Thread.CurrentThread != _thread)
        {
            throw new InvalidOperationException("the event loop belongs to one thread");
        }

        _posted.Enqueue((d, state));
    }

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) => d(state);

    /// <summary>Ends the waiting; the descriptors belong to others.</summary>
    public void Dispose() => _epoll.Dispose();

    internal void Forget(FileDescriptor file, int slot, bool isWatched)
    {
        _watched[slot] = null;
        if (isWatched)
        {
            _epoll.Remove(file);
        }
    }

    private void RunDue()
    {
        Time.FireDue();

        // What is posted meanwhile has its turn after those whose descriptors have become ready.
        for (int count = _posted.Count; count > 0; count--)
        {
            (SendOrPostCallback callback, object? state) = _posted.Dequeue();
            callback(state);
        }
    }

    private void WaitForMore()
    {
        int count = _epoll.Wait(_ready, _posted.Count > 0 ? TimeSpan.Zero : Time.UntilNext());
        for (int i = 0; i < count; i++)
        {
            // The slot may have another owner by now: one who is woken in vain tries and waits again.
            EpollReady ready = _ready[i];
            _watched[ready.Value]?.Set(ready.MayRead, ready.MayWrite);
        }
    }
}
