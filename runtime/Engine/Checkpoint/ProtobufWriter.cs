using System.Buffers;
using System.Text;

namespace Bulkhead.Runtime.Checkpoint;

/// <summary>Writes a message in the protobuf encoding: the few kinds of field that CRIU's messages have.</summary>
/// <remarks>protobuf.dev, "Encoding": a field is a key (its number times eight, and its kind) and a value.</remarks>
internal sealed class ProtobufWriter
{
    private const int Varint = 0;
    private const int Length = 2;
    private const int LongestVarint = 10;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What was written.</summary>
    internal ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    /// <summary>Writes a number; negative ones take ten bytes, as int32 has it.</summary>
    internal void Number(int field, long value)
    {
        WriteVarint(((ulong)field << 3) | Varint);
        WriteVarint((ulong)value);
    }

    /// <summary>Writes true; false is what an absent field is.</summary>
    internal void Flag(int field, bool value)
    {
        if (value)
        {
            Number(field, 1);
        }
    }

    /// <summary>Writes a text; null leaves the field out.</summary>
    internal void Text(int field, string? text)
    {
        if (text is not null)
        {
            Bytes(field, Encoding.UTF8.GetBytes(text));
        }
    }

    /// <summary>Writes a message inside of the message.</summary>
    internal void Message(int field, ProtobufWriter message) => Bytes(field, message.Written);

    private void Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        WriteVarint(((ulong)field << 3) | Length);
        WriteVarint((ulong)bytes.Length);
        _bytes.Write(bytes);
    }

    private void WriteVarint(ulong value)
    {
        Span<byte> buffer = _bytes.GetSpan(LongestVarint);
        int count = 0;
        for (; value >= 0x80; value >>= 7)
        {
            buffer[count++] = (byte)(value | 0x80);
        }

        buffer[count++] = (byte)value;
        _bytes.Advance(count);
    }
}
