namespace Bulkhead.Cgroups.Systemd.Bus;

/// <summary>What kind of message it is.</summary>
internal enum BusMessageKind : byte
{
    Call = 1,
    Return = 2,
    Error = 3,
    Signal = 4,
}

/// <summary>A received message.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="ReplyTo">The number of the call that it answers; 0 for none.</param>
/// <param name="Member">A signal's name.</param>
/// <param name="Error">An error's name.</param>
/// <param name="Signature">The types of its body.</param>
/// <param name="Body">Its body.</param>
/// <remarks>D-Bus Specification, "Message Format".</remarks>
internal sealed record BusMessage(BusMessageKind Kind, uint ReplyTo, string Member, string Error, string Signature, ReadOnlyMemory<byte> Body)
{
    /// <summary>The length of what every message begins with: all that is needed to know how long it is.</summary>
    internal const int FixedLength = 16;

    private const int MostBytes = 1 << 20;

    /// <summary>The length of a message, from its first <see cref="FixedLength"/> bytes.</summary>
    /// <exception cref="BusException">It is longer than 1 MiB, or no message.</exception>
    internal static int LengthOf(ReadOnlySpan<byte> start)
    {
        BusReader reader = new(start);
        if (reader.ReadUInt32() is var first && ((byte)first != 'l' || first >> 24 != 1))
        {
            throw new BusException("the bus sent what is no message of this machine's byte order and of version 1");
        }

        ulong body = reader.ReadUInt32();
        reader.ReadUInt32();
        ulong fields = reader.ReadUInt32();
        ulong length = FixedLength + ((fields + 7) & ~7ul) + body;
        return length <= MostBytes ? (int)length : throw new BusException($"the bus sent a message of {length} bytes");
    }

    /// <summary>Takes a whole message apart.</summary>
    /// <exception cref="BusException">It is malformed.</exception>
    internal static BusMessage Parse(ReadOnlyMemory<byte> bytes)
    {
        BusReader reader = new(bytes.Span);
        BusMessageKind kind = (BusMessageKind)(byte)(reader.ReadUInt32() >> 8);
        int body = (int)reader.ReadUInt32();
        reader.ReadUInt32();
        int end = (int)reader.ReadUInt32() + FixedLength;
        (uint replyTo, string member, string error, string signature) = (0, "", "", "");
        while (reader.Place < end)
        {
            reader.Align(8);
            byte code = reader.ReadByte();
            string type = reader.ReadSignature();
            switch ((code, type))
            {
                case (3, "s"):
                    member = reader.ReadText();
                    break;
                case (4, "s"):
                    error = reader.ReadText();
                    break;
                case (5, "u"):
                    replyTo = reader.ReadUInt32();
                    break;
                case (8, "g"):
                    signature = reader.ReadSignature();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return new BusMessage(kind, replyTo, member, error, signature, bytes[^body..]);
    }

    /// <summary>Lays out a call.</summary>
    internal static BusWriter Call(uint number, string destination, string path, string type, string member, ReadOnlySpan<BusValue> arguments)
    {
        BusWriter writer = new();
        writer.Write((byte)'l');
        writer.Write((byte)BusMessageKind.Call);
        writer.Write((byte)0);
        writer.Write((byte)1);
        writer.Write(0u);
        writer.Write(number);
        writer.Write(0u);
        WriteField(writer, 1, new BusText('o', path));
        WriteField(writer, 2, BusValue.Of(type));
        WriteField(writer, 3, BusValue.Of(member));
        WriteField(writer, 6, BusValue.Of(destination));
        string signature = "";
        foreach (BusValue argument in arguments)
        {
            signature += argument.Signature;
        }

        if (signature.Length > 0)
        {
            WriteField(writer, 8, new BusText('g', signature));
        }

        writer.Put(12, writer.Length - FixedLength);
        writer.Align(8);
        int start = writer.Length;
        foreach (BusValue argument in arguments)
        {
            argument.Write(writer);
        }

        writer.Put(4, writer.Length - start);
        return writer;
    }

    private static void WriteField(BusWriter writer, byte code, BusValue value)
    {
        writer.Align(8);
        writer.Write(code);
        new BusVariant(value).Write(writer);
    }
}
