using System.Buffers.Binary;
using System.Text;

namespace Bulkhead.Cgroups.Systemd.Bus;

/// <summary>Lays out a D-Bus message, little-endian.</summary>
/// <remarks>D-Bus Specification, "Marshaling (Wire Format)".</remarks>
internal sealed class BusWriter
{
    private byte[] _bytes = new byte[2048];

    /// <summary>How many bytes were written.</summary>
    internal int Length { get; private set; }

    /// <summary>What was written.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>Fills up with zeros to a multiple of a length from the message's start.</summary>
    internal void Align(int alignment)
    {
        while (Length % alignment != 0)
        {
            Write((byte)0);
        }
    }

    internal void Write(byte value) => Take(1)[0] = value;

    internal void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    internal void Write(ushort value)
    {
        Align(sizeof(ushort));
        BinaryPrimitives.WriteUInt16LittleEndian(Take(sizeof(ushort)), value);
    }

    internal void Write(uint value)
    {
        Align(sizeof(uint));
        BinaryPrimitives.WriteUInt32LittleEndian(Take(sizeof(uint)), value);
    }

    internal void Write(ulong value)
    {
        Align(sizeof(ulong));
        BinaryPrimitives.WriteUInt64LittleEndian(Take(sizeof(ulong)), value);
    }

    /// <summary>Writes a string or an object path.</summary>
    internal void Write(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        Write((uint)length);
        Encoding.UTF8.GetBytes(text, Take(length));
        Write((byte)0);
    }

    /// <summary>Writes a signature, of at most 255 bytes.</summary>
    internal void WriteSignature(string signature)
    {
        Write((byte)signature.Length);
        Encoding.ASCII.GetBytes(signature, Take(signature.Length));
        Write((byte)0);
    }

    /// <summary>Puts a length where room was left for it.</summary>
    internal void Put(int place, int length) => BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(place), (uint)length);

    private Span<byte> Take(int count)
    {
        if (Length + count > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + count));
        }

        Length += count;
        return _bytes.AsSpan(Length - count, count);
    }
}
