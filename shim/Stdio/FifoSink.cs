using System.Runtime.CompilerServices;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Shim.Loop;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Shim.Stdio;

/// <summary>Output that a client reads from a fifo.</summary>
/// <remarks>
/// A client that is slow holds the process up; one that is gone does not. What is in the fifo stays in it as long as one end
/// is open, so the next client finds it, up to <see cref="MostKept"/> bytes, the oldest being thrown away for the newest.
///
/// Who reads can be known by the kernel's answer alone: EPIPE, or POLLERR, when nobody does. So while somebody does, this side
/// has the writing end only; it waits with a full fifo, and the reader's going wakes it. When nobody does, it opens a
/// reading end itself, which makes writing possible; each time the fifo is full it closes that end to look whether
/// somebody has come. Output that nobody reads when it ends waits for the next client, who then sees its end too.
/// </remarks>
internal sealed class FifoSink : IOutputSink
{
    /// <summary>What the fifo holds at most when nobody reads, in bytes: what pipe-max-size gives everyone.</summary>
    internal const int MostKept = 1 << 20;

    private const int Page = 4096;

    private readonly FileDescriptor _fifo;
    private readonly Readiness _readiness;
    private readonly EventLoop _loop;
    private FileDescriptor? _ownReader;
    private LoopStream? _openings;
    private bool _isDisposed;

    private FifoSink(EventLoop loop, FileDescriptor fifo, FileDescriptor ownReader)
    {
        _loop = loop;
        _fifo = fifo;
        _ownReader = ownReader;
        _readiness = loop.Watch(fifo);
    }

    /// <summary>Opens a fifo, whether somebody reads it already or not.</summary>
    /// <exception cref="LinuxException">As open(2).</exception>
    /// <exception cref="StdioException">It is no fifo.</exception>
    public static FifoSink Open(EventLoop loop, string path)
    {
        using FileDescriptor place = Fifo.Find(path);
        FileDescriptor reader = place.Reopen(FileMode.ReadNonBlocking);
        try
        {
            return new FifoSink(loop, place.Reopen(FileMode.WriteNonBlocking), reader);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(OutputStream stream, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = TryWrite(bytes.Span);
            if (count >= 0)
            {
                bytes = bytes[count..];
            }
            else if (IsRead())
            {
                await _readiness.Output();
            }
            else
            {
                MakeRoom(bytes.Length);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask EndAsync(OutputStream stream)
    {
        if (_isDisposed || !TryWaitForReader())
        {
            await DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _readiness.Dispose();
            _fifo.Dispose();
            _ownReader?.Dispose();
            _openings?.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>If there is output that nobody reads, keeps it for whoever opens the fifo next.</summary>
    private bool TryWaitForReader()
    {
        _ownReader?.Dispose();
        _ownReader = null;
        if (!HasUnread())
        {
            return false;
        }

        try
        {
            FileWatch watch = FileWatch.StartForOpening(_fifo);
            _openings = new LoopStream(_loop, watch);
            _ = CloseWhenReadAsync(watch);
            return true;
        }
        catch (LinuxException)
        {
            // The user has too many such watches. A client that comes must see the end, and can't be seen coming.
            return false;
        }
    }

    private async Task CloseWhenReadAsync(FileWatch watch)
    {
        try
        {
            watch.Clear();
            while (HasUnread())
            {
                await _openings!.Input();
                watch.Clear();
            }

            await DisposeAsync();
        }
        catch (ObjectDisposedException)
        {
            // Nobody has come.
        }
    }

    private bool HasUnread() => !Pipe.HasReaders(_fifo) && Pipe.Available(_fifo) > 0;

    private int TryWrite(ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            return _fifo.TryWrite(bytes);
        }
        catch (LinuxException error) when (error.Error is Errno.EPIPE && _ownReader is null)
        {
            _ownReader = _fifo.Reopen(FileMode.ReadNonBlocking);
            return _fifo.TryWrite(bytes);
        }
    }

    /// <summary>Whether a client reads; if so, its going is noticed from here on.</summary>
    private bool IsRead()
    {
        _ownReader?.Dispose();
        _ownReader = null;
        if (Pipe.HasReaders(_fifo))
        {
            return true;
        }

        _ownReader = _fifo.Reopen(FileMode.ReadNonBlocking);
        return false;
    }

    private void MakeRoom(int wanted)
    {
        if (Pipe.TryGrow(_fifo, MostKept))
        {
            return;
        }

        // Room comes in whole pages. A client who has come this very moment takes the rest.
        Span<byte> oldest = stackalloc byte[Page];
        for (int taken = 0; taken < wanted && _ownReader!.TryRead(oldest) is > 0 and var count;)
        {
            taken += count;
        }
    }
}
