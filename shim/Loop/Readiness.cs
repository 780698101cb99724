using System.Threading.Tasks.Sources;
using Bulkhead.Linux.Files;

namespace Bulkhead.Shim.Loop;

/// <summary>Whether a descriptor may be read and written, and the waiting for it: one reader and one writer at a time.</summary>
/// <example><code>
/// using Readiness readiness = loop.Watch(pipe);
/// int count;
/// while ((count = pipe.TryRead(buffer)) &lt; 0)
/// {
///     await readiness.Input();
/// }
/// </code></example>
internal sealed class Readiness : IDisposable
{
    private readonly EventLoop _loop;
    private readonly FileDescriptor _file;
    private readonly int _slot;
    private readonly bool _isWatched;
    private readonly Direction _input = new();
    private readonly Direction _output = new();
    private bool _isDisposed;

    internal Readiness(EventLoop loop, FileDescriptor file, int slot, bool isWatched)
    {
        _loop = loop;
        _file = file;
        _slot = slot;
        _isWatched = isWatched;
    }

    /// <summary>Waits, after a read found nothing, until another is worth the try.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed meanwhile.</exception>
    public ValueTask Input() => _input.Wait(_isDisposed);

    /// <summary>Waits, after a write found no room or that nobody is there, until another is worth the try.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed meanwhile.</exception>
    public ValueTask Output() => _output.Wait(_isDisposed);

    /// <summary>As <see cref="Input()"/>, until it is cancelled.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ValueTask Input(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? WaitAsync(_input, cancellationToken) : Input();

    /// <summary>As <see cref="Output()"/>, until it is cancelled.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ValueTask Output(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? WaitAsync(_output, cancellationToken) : Output();

    /// <summary>Ends the following; whoever waits gets an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _loop.Forget(_file, _slot, _isWatched);
            _input.End();
            _output.End();
        }
    }

    /// <summary>Wakes whoever waits, who then tries in vain: for a wait that is cancelled.</summary>
    public void Wake() => Set(true, true);

    internal void Set(bool mayRead, bool mayWrite)
    {
        if (mayRead)
        {
            _input.Set();
        }

        if (mayWrite)
        {
            _output.Set();
        }
    }

    private async ValueTask WaitAsync(Direction direction, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static readiness => ((Readiness)readiness!).Wake(), this);
        await direction.Wait(_isDisposed);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>One waiter, who is woken once for each time it waits; what came while nobody waited is remembered.</summary>
    private sealed class Direction : IValueTaskSource
    {
        private ManualResetValueTaskSourceCore<bool> _source;
        private bool _isSet;
        private bool _isAwaited;

        public ValueTask Wait(bool isDisposed)
        {
            if (isDisposed)
            {
                return ValueTask.FromException(Ended());
            }

            if (_isSet)
            {
                _isSet = false;
                return ValueTask.CompletedTask;
            }

            if (_isAwaited)
            {
                throw new InvalidOperationException("a descriptor is waited for twice");
            }

            _isAwaited = true;
            _source.Reset();
            return new ValueTask(this, _source.Version);
        }

        public void Set()
        {
            if (_isAwaited)
            {
                _isAwaited = false;
                _source.SetResult(true);
            }
            else
            {
                _isSet = true;
            }
        }

        public void End()
        {
            if (_isAwaited)
            {
                _isAwaited = false;
                _source.SetException(Ended());
            }
        }

        public void GetResult(short token) => _source.GetResult(token);

        public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _source.OnCompleted(continuation, state, token, flags);

        private static ObjectDisposedException Ended() => new(nameof(Readiness));
    }
}
