namespace Bulkhead.Manager.Core.Content;

/// <summary>Lets one at a time through for each key, in the order in which they came.</summary>
internal sealed class KeyedGate<TKey> where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, Line> _lines = []; // guarded by _gate

    /// <summary>Waits for the turn; disposing of what it returns ends it.</summary>
    public async Task<IDisposable> EnterAsync(TKey key, CancellationToken cancellation)
    {
        Line line;
        lock (_gate)
        {
            if (!_lines.TryGetValue(key, out line!))
            {
                _lines.Add(key, line = new Line());
            }

            line.Present++;
        }

        try
        {
            await line.Turn.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch
        {
            Leave(key, line);
            throw;
        }

        return new Holder(this, key, line);
    }

    private void Leave(TKey key, Line line)
    {
        lock (_gate)
        {
            if (--line.Present == 0)
            {
                _lines.Remove(key);
            }
        }
    }

    private sealed class Line
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);

        /// <summary>How many wait or have the turn; guarded by the gate's lock.</summary>
        public int Present { get; set; }
    }

    private sealed class Holder(KeyedGate<TKey> gate, TKey key, Line line) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                line.Turn.Release();
                gate.Leave(key, line);
            }
        }
    }
}
