using System.Text;

namespace Bulkhead.Runtime.Checkpoint;

/// <summary>Walks over the fields of a message in the protobuf encoding.</summary>
/// <remarks>protobuf.dev, "Encoding". Fields that nobody asks for are passed over, whatever their kind.</remarks>
/// <example><code>
/// ProtobufReader reader = new(bytes);
/// while (reader.Next())
/// {
///     if (reader.Field == 1) { type = (int)reader.Number; }
/// }
/// </code></example>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes)
{
    private const int LongestVarint = 10;

    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>The present field's number.</summary>
    internal int Field { get; private set; }

    /// <summary>Its value, of a number.</summary>
    internal ulong Number { get; private set; }

    /// <summary>Its value, of a text or a message.</summary>
    internal ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Its value, of a text.</summary>
    internal readonly string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Goes on to the next field.</summary>
    /// <returns>False when there is none.</returns>
    /// <exception cref="FormatException">The bytes are no message.</exception>
    internal bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        ulong key = TakeVarint();
        Field = (int)(key >> 3);
        Number = 0;
        Bytes = default;
        switch (key & 7)
        {
            case 0:
                Number = TakeVarint();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                Bytes = Take(TakeVarint());
                break;
            case 5:
                Take(4);
                break;
            default:
                throw new FormatException("a field of an unknown kind");
        }

        return true;
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length)
        {
            throw new FormatException("a field that is longer than its message");
        }

        ReadOnlySpan<byte> taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }

    private ulong TakeVarint()
    {
        ulong value = 0;
        for (int i = 0; i < LongestVarint && i < _rest.Length; i++)
        {
            value |= (ulong)(_rest[i] & 0x7f) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return value;
            }
        }

        throw new FormatException("a number without an end");
    }
}
