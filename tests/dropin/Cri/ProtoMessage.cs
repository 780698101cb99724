using System.Text;

namespace Bulkhead.Tests.DropIn.Cri;

/// <summary>A message of protocol buffers by the numbers of its fields, as far as the tests need it.</summary>
/// <example><code>
/// byte[] request = new ProtoMessage { { 1, "id" }, { 2, new ProtoMessage { { 4, 67108864 } } } }.ToArray();
/// long exitCode = ProtoMessage.Number(reply, 1, 7);
/// </code></example>
/// <remarks>protobuf.dev, "Encoding".</remarks>
internal sealed class ProtoMessage : System.Collections.IEnumerable
{
    private const int Varint = 0;
    private const int LengthDelimited = 2;

    private readonly List<byte> _bytes = [];

    /// <summary>Adds a text.</summary>
    public void Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Adds a repeated text.</summary>
    public void Add(int field, IEnumerable<string> values)
    {
        foreach (string value in values)
        {
            Add(field, value);
        }
    }

    /// <summary>Adds a message.</summary>
    public void Add(int field, ProtoMessage value) => Add(field, value.ToArray());

    /// <summary>Adds a number.</summary>
    public void Add(int field, long value)
    {
        Write((ulong)((field << 3) | Varint));
        Write((ulong)value);
    }

    /// <summary>The message as it is sent.</summary>
    public byte[] ToArray() => [.. _bytes];

    /// <summary>The text of a field, reached through the messages it is in; empty when it is absent.</summary>
    public static string Text(ReadOnlySpan<byte> message, params int[] path) => Encoding.UTF8.GetString(Find(message, path, out _));

    /// <summary>The number of a field, reached through the messages it is in; 0 when it is absent.</summary>
    public static long Number(ReadOnlySpan<byte> message, params int[] path)
    {
        Find(message, path, out ulong number);
        return (long)number;
    }

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => ToArray().GetEnumerator();

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> message, ReadOnlySpan<int> path, out ulong number)
    {
        number = 0;
        while (message.Length > 0)
        {
            ulong tag = Read(ref message);
            ulong value = Read(ref message);
            ReadOnlySpan<byte> content = [];
            if ((tag & 7) == LengthDelimited)
            {
                content = message[..(int)value];
                message = message[(int)value..];
            }

            if ((int)(tag >> 3) == path[0])
            {
                number = value;
                return path.Length == 1 ? content : Find(content, path[1..], out number);
            }
        }

        return [];
    }

    private static ulong Read(ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = message[0];
            message = message[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }

    private void Add(int field, byte[] value)
    {
        Write((ulong)((field << 3) | LengthDelimited));
        Write((ulong)value.Length);
        _bytes.AddRange(value);
    }

    private void Write(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.Add((byte)(value | 0x80));
        }

        _bytes.Add((byte)value);
    }
}
