namespace Bulkhead.Tests.Unit.Ttrpc;

/// <summary>One end of a connection within the process. What is written at one end is read at the other, in pieces as they were written.</summary>
internal sealed class DuplexStream : Stream
{
    private readonly Direction _in;
    private readonly Direction _out;

    private DuplexStream(Direction @in, Direction @out) => (_in, _out) = (@in, @out);

    /// <summary>Whether this end has been disposed of.</summary>
    public bool IsDisposed { get; private set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>A connection's two ends.</summary>
    /// <param name="capacity">How many bytes may be on the way in one direction before a write waits.</param>
    public static (DuplexStream Client, DuplexStream Server) Pair(int capacity = 1 << 20)
    {
        Direction up = new(capacity);
        Direction down = new(capacity);
        return (new DuplexStream(down, up), new DuplexStream(up, down));
    }

    /// <summary>The other end reads what is on its way, then the end; this one can still read.</summary>
    public void CloseWriting() => _out.Close();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _in.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _out.WriteAsync(buffer.ToArray(), cancellationToken);

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        _in.Close();
        _out.Close();
        base.Dispose(disposing);
    }

    private sealed class Direction(int capacity)
    {
        private readonly Lock _gate = new();
        private readonly Queue<ReadOnlyMemory<byte>> _pieces = [];  // guarded by _gate, like what follows
        private int _bytes;
        private bool _isClosed;
        private TaskCompletionSource? _changed;

        public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
        {
            while (true)
            {
                Task changed;
                lock (_gate)
                {
                    if (_pieces.TryDequeue(out ReadOnlyMemory<byte> piece))
                    {
                        int count = Math.Min(piece.Length, buffer.Length);
                        piece[..count].CopyTo(buffer);
                        if (count < piece.Length)
                        {
                            ReadOnlyMemory<byte>[] rest = [piece[count..], .. _pieces];
                            _pieces.Clear();
                            Array.ForEach(rest, _pieces.Enqueue);
                        }

                        _bytes -= count;
                        Change();
                        return count;
                    }

                    if (_isClosed)
                    {
                        return 0;
                    }

                    changed = Changed();
                }

                await changed.WaitAsync(cancellation);
            }
        }

        public async ValueTask WriteAsync(byte[] piece, CancellationToken cancellation)
        {
            while (true)
            {
                Task changed;
                lock (_gate)
                {
                    if (_isClosed)
                    {
                        throw new IOException("the other end is closed");
                    }

                    if (_bytes == 0 || _bytes + piece.Length <= capacity)
                    {
                        if (piece.Length > 0)
                        {
                            _pieces.Enqueue(piece);
                        }

                        _bytes += piece.Length;
                        Change();
                        return;
                    }

                    changed = Changed();
                }

                await changed.WaitAsync(cancellation);
            }
        }

        public void Close()
        {
            lock (_gate)
            {
                _isClosed = true;
                Change();
            }
        }

        private Task Changed() => (_changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        private void Change()
        {
            _changed?.SetResult();
            _changed = null;
        }
    }
}
