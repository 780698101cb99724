using System.Runtime.CompilerServices;
using Bulkhead.Linux.Files;

namespace Bulkhead.Shim.Loop;

/// <summary>A socket or a pipe as a stream that never blocks the loop: one reader and one writer at a time.</summary>
internal sealed class LoopStream : Stream, ILoopInput
{
    private readonly FileDescriptor _file;
    private readonly Readiness _readiness;
    private bool _isDisposed;

    /// <summary>Takes a descriptor over that does not block.</summary>
    public LoopStream(EventLoop loop, FileDescriptor file)
    {
        _file = file;
        _readiness = loop.Watch(file);
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public ValueTask Input() => _readiness.Input();

    /// <inheritdoc/>
    public void Wake() => _readiness.Wake();

    /// <inheritdoc/>
    public int TryRead(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _file.TryRead(buffer);
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        int count;
        while ((count = TryRead(buffer.Span)) < 0)
        {
            await _readiness.Input(cancellationToken);
        }

        return count;
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            int count = _file.TryWrite(buffer.Span);
            if (count < 0)
            {
                await _readiness.Output(cancellationToken);
            }
            else
            {
                buffer = buffer[count..];
            }
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("it would block the loop");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("it would block the loop");

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _isDisposed = true;
            _readiness.Dispose();
            _file.Dispose();
        }

        base.Dispose(disposing);
    }
}
