using System.Buffers.Binary;
using System.Text;

namespace Bulkhead.Cgroups.Systemd.Bus;

/// <summary>Takes a received D-Bus message apart, little-endian; whatever is wrong with it is one error.</summary>
/// <remarks>D-Bus Specification, "Marshaling (Wire Format)".</remarks>
internal ref struct BusReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _place;

    /// <summary>How many bytes were read.</summary>
    internal readonly int Place => _place;

    internal void Align(int alignment) => Take((alignment - (_place % alignment)) % alignment);

    internal byte ReadByte() => Take(1)[0];

    internal uint ReadUInt32()
    {
        Align(sizeof(uint));
        return BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
    }

    /// <summary>Reads a string or an object path.</summary>
    internal string ReadText() => ReadTerminated(ReadUInt32());

    internal string ReadSignature() => ReadTerminated(ReadByte());

    /// <summary>Passes over a value of a simple type, or an array.</summary>
    internal void Skip(string signature)
    {
        switch (signature is [var type, ..] ? type : '\0')
        {
            case 's' or 'o':
                ReadText();
                break;
            case 'g':
                ReadSignature();
                break;
            case 'a':
                uint length = ReadUInt32();
                Align(BusValue.AlignmentOf(signature is [_, var element, ..] ? element : 'y'));
                Take(length);
                break;
            case 'y':
                Take(1);
                break;
            case 'n' or 'q':
                Align(2);
                Take(2);
                break;
            case 'b' or 'i' or 'u' or 'h':
                ReadUInt32();
                break;
            case 'x' or 't' or 'd':
                Align(8);
                Take(8);
                break;
            default:
                throw new BusException($"the bus sent a message with a header field of type \"{signature}\"");
        }
    }

    private string ReadTerminated(uint length)
    {
        string text = Encoding.UTF8.GetString(Take(length));
        Take(1);
        return text;
    }

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count > _bytes.Length - _place)
        {
            throw new BusException("the bus sent a message that ends too early");
        }

        _place += (int)count;
        return _bytes.Slice(_place - (int)count, (int)count);
    }
}
