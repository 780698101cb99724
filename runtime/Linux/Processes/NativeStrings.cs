using System.Runtime.InteropServices;
using System.Text;

namespace Bulkhead.Linux.Processes;

/// <summary>A list of strings as execve(2) takes it: an array of pointers with a null at its end, outside the managed heap.</summary>
/// <remarks>Made before the clone, so that the child has nothing to do but to pass it on.</remarks>
public sealed class NativeStrings : IDisposable
{
    private nint _block;

    /// <summary>Copies strings, in UTF-8.</summary>
    /// <exception cref="ArgumentException">One holds a zero character, which would end it early.</exception>
    public NativeStrings(ReadOnlySpan<string> strings)
    {
        int pointers = (strings.Length + 1) * nint.Size;
        int bytes = pointers;
        foreach (string text in strings)
        {
            bytes += text.Contains('\0', StringComparison.Ordinal) ? throw new ArgumentException("a string holds a zero character") : Encoding.UTF8.GetByteCount(text) + 1;
        }

        // Sound: the block is as large as was counted above: the pointers, then each string with its final zero.
        unsafe
        {
            _block = (nint)NativeMemory.AllocZeroed((nuint)bytes);
            byte* next = (byte*)_block + pointers;
            byte* end = (byte*)_block + bytes;
            for (int i = 0; i < strings.Length; i++)
            {
                ((byte**)_block)[i] = next;
                next += Encoding.UTF8.GetBytes(strings[i], new Span<byte>(next, (int)(end - next))) + 1;
            }
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        // Sound: allocated by this class alone and freed once.
        unsafe
        {
            NativeMemory.Free((void*)_block);
        }

        _block = 0;
    }

    internal unsafe byte** Pointer => (byte**)_block;
}
