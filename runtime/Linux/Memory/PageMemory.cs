using System.Buffers;
using Bulkhead.Linux.Native;
using static Bulkhead.Linux.Native.MemoryConstants;

namespace Bulkhead.Linux.Memory;

/// <summary>Memory of whole pages, which takes up room only as far as it was touched, and none once it is disposed.</summary>
/// <remarks>
/// mmap(2). An array's room stays with the process until the garbage collector comes by, which in a process that has
/// nothing to do is never.
/// </remarks>
public sealed unsafe class PageMemory : MemoryManager<byte>
{
    private readonly int _length;
    private void* _start;

    /// <summary>Takes memory that holds zeros.</summary>
    /// <param name="length">How many bytes, above 0.</param>
    /// <exception cref="LinuxException">ENOMEM.</exception>
    public PageMemory(int length)
    {
        _length = length;

        // Sound: a new mapping, which nobody else knows of.
        _start = Libc.MMap(null, (nuint)length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if ((nint)_start == MAP_FAILED)
        {
            _start = null;
            GC.SuppressFinalize(this);
            throw new LinuxException("mmap", $"{length} bytes", LinuxException.LastError);
        }
    }

    /// <summary>How many bytes it has.</summary>
    public int Length => _length;

    /// <summary>Gives the memory back. Nobody uses a span of it any more.</summary>
    public void Dispose() => ((IDisposable)this).Dispose();

    /// <inheritdoc/>
    public override Span<byte> GetSpan() =>
        // Sound: the mapping has this length and is there until it is disposed.
        _start is null ? throw new ObjectDisposedException(nameof(PageMemory)) : new Span<byte>(_start, _length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_length);
        ObjectDisposedException.ThrowIf(_start is null, this);

        // Sound: no collector moves it, and the index is within.
        return new MemoryHandle((byte*)_start + elementIndex);
    }

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Sound: the whole of the mapping, once.
        if (_start is not null)
        {
            _ = Libc.MUnmap(_start, (nuint)_length);
            _start = null;
        }
    }
}
