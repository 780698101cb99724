namespace Bulkhead.Cgroups.Systemd.Bus;

/// <summary>A value with its D-Bus type.</summary>
/// <remarks>D-Bus Specification, "Type System".</remarks>
internal abstract record BusValue
{
    /// <summary>The type, in D-Bus's letters.</summary>
    internal abstract string Signature { get; }

    /// <summary>Appends the value to a message.</summary>
    internal abstract void Write(BusWriter writer);

    /// <summary>A string.</summary>
    internal static BusValue Of(string text) => new BusText('s', text);

    /// <summary>A boolean.</summary>
    internal static BusValue Of(bool value) => new BusNumber('b', value ? 1u : 0);

    /// <summary>A number of 32 bits.</summary>
    internal static BusValue Of(uint value) => new BusNumber('u', value);

    /// <summary>A number of 64 bits.</summary>
    internal static BusValue Of(ulong value) => new BusNumber('t', value);

    /// <summary>What a value of a type has to be aligned to.</summary>
    internal static int AlignmentOf(char type) => type switch
    {
        'y' or 'g' or 'v' => 1,
        'n' or 'q' => 2,
        'x' or 't' or 'd' or '(' or '{' => 8,
        _ => 4,
    };
}

/// <summary>A number of any width, or a boolean.</summary>
/// <param name="Type">One of <c>ybnqiuxtd</c>.</param>
/// <param name="Bits">The value as it lies in memory, in its lowest bits.</param>
internal sealed record BusNumber(char Type, ulong Bits) : BusValue
{
    internal override string Signature => Type.ToString();

    internal override void Write(BusWriter writer)
    {
        switch (Type)
        {
            case 'y':
                writer.Write((byte)Bits);
                break;
            case 'n' or 'q':
                writer.Write((ushort)Bits);
                break;
            case 'b' or 'i' or 'u':
                writer.Write((uint)Bits);
                break;
            default:
                writer.Write(Bits);
                break;
        }
    }
}

/// <summary>A string, an object path or a signature.</summary>
/// <param name="Type">One of <c>sog</c>.</param>
/// <param name="Text">The text.</param>
internal sealed record BusText(char Type, string Text) : BusValue
{
    internal override string Signature => Type.ToString();

    internal override void Write(BusWriter writer)
    {
        if (Type == 'g')
        {
            writer.WriteSignature(Text);
        }
        else
        {
            writer.Write(Text);
        }
    }
}

/// <summary>An array.</summary>
/// <param name="Element">The type of its elements.</param>
/// <param name="Items">The elements.</param>
internal sealed record BusArray(string Element, IReadOnlyList<BusValue> Items) : BusValue
{
    internal override string Signature => "a" + Element;

    /// <summary>An array of bytes.</summary>
    internal static BusArray OfBytes(ReadOnlySpan<byte> bytes)
    {
        BusValue[] items = new BusValue[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            items[i] = new BusNumber('y', bytes[i]);
        }

        return new BusArray("y", items);
    }

    internal override void Write(BusWriter writer)
    {
        writer.Write(0u);
        int length = writer.Length - sizeof(uint);
        writer.Align(AlignmentOf(Element[0]));
        int start = writer.Length;
        foreach (BusValue item in Items)
        {
            item.Write(writer);
        }

        writer.Put(length, writer.Length - start);
    }
}

/// <summary>Several values in a fixed order.</summary>
internal sealed record BusStruct(params BusValue[] Items) : BusValue
{
    internal override string Signature => $"({string.Concat(Array.ConvertAll(Items, static item => item.Signature))})";

    internal override void Write(BusWriter writer)
    {
        writer.Align(8);
        foreach (BusValue item in Items)
        {
            item.Write(writer);
        }
    }
}

/// <summary>A value that brings its type along.</summary>
internal sealed record BusVariant(BusValue Value) : BusValue
{
    internal override string Signature => "v";

    internal override void Write(BusWriter writer)
    {
        writer.WriteSignature(Value.Signature);
        Value.Write(writer);
    }
}
