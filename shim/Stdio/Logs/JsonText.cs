using System.Buffers;
using System.Buffers.Text;
using System.Numerics;
using System.Runtime.Intrinsics;
using System.Text;

namespace Bulkhead.Shim.Stdio.Logs;

/// <summary>Text within a JSON string, escaped as Docker does it.</summary>
/// <remarks>
/// moby, daemon/logger/jsonfilelog/jsonlog: as Go's encoder for HTML, with a tab as <c>\u0009</c>; each byte that is no UTF-8
/// becomes <c>\ufffd</c>.
/// </remarks>
internal static class JsonText
{
    /// <summary>How many bytes one byte becomes at most.</summary>
    public const int LongestEscape = 6;

    /// <summary>Escapes.</summary>
    /// <param name="text">Any bytes.</param>
    /// <param name="to">Room for <see cref="LongestEscape"/> times as many.</param>
    /// <returns>How many bytes it became.</returns>
    public static int Escape(ReadOnlySpan<byte> text, Span<byte> to)
    {
        (int from, int at) = (0, 0);
        while (true)
        {
            int plain = CopyPlain(text[from..], to[at..]);
            from += plain;
            at += plain;
            if (from == text.Length)
            {
                return at;
            }

            if (text[from] < 0x80)
            {
                at += EscapeAscii(text[from++], to[at..]);
            }
            else
            {
                at += CopyRune(text, ref from, to[at..]);
            }
        }
    }

    /// <summary>Takes escapes out, up to the quotation mark that ends the string.</summary>
    /// <param name="text">What comes after the quotation mark that begins it.</param>
    /// <param name="to">Room for as many bytes.</param>
    /// <param name="used">How much of <paramref name="text"/> the string takes, with the mark at its end.</param>
    /// <returns>How many bytes it became; -1 when it is no JSON string.</returns>
    public static int Unescape(ReadOnlySpan<byte> text, Span<byte> to, out int used)
    {
        (used, int at) = (0, 0);
        while (text[used..].IndexOfAny((byte)'"', (byte)'\\') is >= 0 and var plain)
        {
            text.Slice(used, plain).CopyTo(to[at..]);
            used += plain;
            at += plain;
            if (text[used++] == '"')
            {
                return at;
            }

            int written = UnescapeOne(text, ref used, to[at..]);
            if (written < 0)
            {
                return -1;
            }

            at += written;
        }

        return -1;
    }

    /// <summary>Copies as far as nothing has to be escaped, and perhaps some bytes more than it says.</summary>
    private static int CopyPlain(ReadOnlySpan<byte> text, Span<byte> to)
    {
        int i = 0;
        if (text.Length >= Vector128<byte>.Count)
        {
            int last = text.Length - Vector128<byte>.Count;
            while (true)
            {
                Vector128<byte> bytes = Vector128.Create(text.Slice(i, Vector128<byte>.Count));
                bytes.CopyTo(to.Slice(i, Vector128<byte>.Count));
                uint special = SpecialOf(bytes);
                if (special != 0)
                {
                    return i + BitOperations.TrailingZeroCount(special);
                }

                if (i == last)
                {
                    return text.Length;
                }

                // The last time around covers some bytes again that are known to be plain.
                i = Math.Min(i + Vector128<byte>.Count, last);
            }
        }

        while (i < text.Length && IsPlain(text[i]))
        {
            to[i] = text[i];
            i++;
        }

        return i;
    }

    private static uint SpecialOf(Vector128<byte> bytes)
    {
        // As signed numbers those above ASCII are below zero. " and & differ in one bit, and so do < and >.
        Vector128<byte> special = Vector128.LessThan(bytes.AsSByte(), Vector128.Create((sbyte)0x20)).AsByte()
            | Vector128.Equals(bytes & Vector128.Create(unchecked((byte)~4)), Vector128.Create((byte)'"'))
            | Vector128.Equals(bytes & Vector128.Create(unchecked((byte)~2)), Vector128.Create((byte)'<'))
            | Vector128.Equals(bytes, Vector128.Create((byte)'\\'));
        return special.ExtractMostSignificantBits();
    }

    private static bool IsPlain(byte value) => value is >= 0x20 and < 0x80 and not ((byte)'"' or (byte)'&' or (byte)'<' or (byte)'>' or (byte)'\\');

    private static int EscapeAscii(byte value, Span<byte> to)
    {
        to[0] = (byte)'\\';
        switch (value)
        {
            case (byte)'"' or (byte)'\\':
                to[1] = value;
                return 2;
            case (byte)'\n':
                to[1] = (byte)'n';
                return 2;
            case (byte)'\r':
                to[1] = (byte)'r';
                return 2;
            default:
                "u00"u8.CopyTo(to[1..]);
                to[4] = HexDigit(value >> 4);
                to[5] = HexDigit(value & 0xf);
                return 6;
        }
    }

    private static int CopyRune(ReadOnlySpan<byte> text, ref int from, Span<byte> to)
    {
        if (Rune.DecodeFromUtf8(text[from..], out Rune rune, out int length) != OperationStatus.Done)
        {
            // One byte at a time, as Go has it.
            from++;
            "\\ufffd"u8.CopyTo(to);
            return 6;
        }

        from += length;
        if (rune.Value is 0x2028 or 0x2029)
        {
            "\\u202"u8.CopyTo(to);
            to[5] = HexDigit(rune.Value & 0xf);
            return 6;
        }

        text.Slice(from - length, length).CopyTo(to);
        return length;
    }

    private static int UnescapeOne(ReadOnlySpan<byte> text, ref int used, Span<byte> to)
    {
        if (used == text.Length)
        {
            return -1;
        }

        byte letter = text[used++];
        if (letter == 'u')
        {
            return UnescapeRune(text, ref used, to);
        }

        int value = letter switch
        {
            (byte)'"' or (byte)'\\' or (byte)'/' => letter,
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            _ => -1,
        };
        if (value < 0)
        {
            return -1;
        }

        to[0] = (byte)value;
        return 1;
    }

    private static int UnescapeRune(ReadOnlySpan<byte> text, ref int used, Span<byte> to)
    {
        int first = TakeHex(text, ref used);
        if (first < 0)
        {
            return -1;
        }

        int after = used + 2;
        if (char.IsHighSurrogate((char)first) && text[used..].StartsWith("\\u"u8) && TakeHex(text, ref after) is >= 0 and var second && char.IsLowSurrogate((char)second))
        {
            used = after;
            return new Rune((char)first, (char)second).EncodeToUtf8(to);
        }

        return (Rune.TryCreate((char)first, out Rune rune) ? rune : Rune.ReplacementChar).EncodeToUtf8(to);
    }

    private static int TakeHex(ReadOnlySpan<byte> text, ref int used)
    {
        if (text.Length - used < 4 || !Utf8Parser.TryParse(text.Slice(used, 4), out ushort value, out int length, 'x') || length != 4)
        {
            return -1;
        }

        used += 4;
        return value;
    }

    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'a' + value - 10);
}
