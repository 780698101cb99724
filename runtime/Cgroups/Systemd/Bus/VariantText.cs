using System.Globalization;
using System.Text;

namespace Bulkhead.Cgroups.Systemd.Bus;

/// <summary>Reads a value written as text, such as <c>uint64 5</c>, <c>'text'</c>, <c>true</c> or <c>[('a', 'b')]</c>.</summary>
/// <remarks>
/// GLib, "GVariant Text Format". Left out are dictionaries, maybe types and numbers in octal, which no property of a
/// systemd unit needs. Without a type a whole number is an int32 and another one a double, as there.
/// </remarks>
internal ref struct VariantText
{
    private const int MostDepth = 8;

    private static readonly string[] TypeWords =
        ["boolean", "byte", "int16", "uint16", "int32", "uint32", "int64", "uint64", "double", "string", "objectpath", "signature"];

    private const string TypeLetters = "bynqiuxtdsog";

    private ReadOnlySpan<char> _rest;

    private VariantText(string text) => _rest = text;

    /// <summary>Reads a text that is one value and nothing else.</summary>
    /// <exception cref="FormatException">It is not; the message says where.</exception>
    internal static BusValue Parse(string text)
    {
        VariantText reader = new(text);
        BusValue value = reader.ReadValue(null, 0);
        reader.SkipSpace();
        return reader._rest.IsEmpty ? value : throw reader.Unexpected();
    }

    private BusValue ReadValue(string? type, int depth)
    {
        SkipSpace();
        if (_rest.IsEmpty || depth > MostDepth)
        {
            throw new FormatException(_rest.IsEmpty ? "ends where a value should be" : "is nested too deeply");
        }

        return _rest[0] switch
        {
            '@' => ReadTyped(depth),
            '[' => ReadArray(type, depth),
            '(' => ReadStruct(type, depth),
            '<' => ReadVariant(type, depth),
            '\'' or '"' => ReadText(type),
            'b' when _rest.StartsWith("b'") || _rest.StartsWith("b\"") => ReadByteString(type),
            _ => ReadWord(type, depth),
        };
    }

    /// <summary><c>@as []</c>: the type in D-Bus's letters stands before the value.</summary>
    private BusValue ReadTyped(int depth)
    {
        int end = _rest.IndexOf(' ');
        if (end < 0)
        {
            throw Unexpected();
        }

        string type = _rest[1..end].ToString();
        int length = TypeLength(type, 0);
        if (length != type.Length)
        {
            throw new FormatException($"\"{type}\" is no type");
        }

        _rest = _rest[end..];
        return ReadValue(type, depth + 1);
    }

    private BusArray ReadArray(string? type, int depth)
    {
        Require(type, type is null or ['a', ..]);
        string? element = type?[1..];
        List<BusValue> items = [];
        Take('[');
        while (!TryTake(']'))
        {
            if (items.Count > 0)
            {
                Take(',');
            }

            items.Add(ReadValue(element, depth + 1));
            element ??= items[0].Signature;
        }

        return new BusArray(element ?? throw new FormatException("an empty array needs its type before it: @as []"), items);
    }

    private BusStruct ReadStruct(string? type, int depth)
    {
        Require(type, type is null or ['(', ..]);
        List<BusValue> items = [];
        int place = 1;
        Take('(');
        while (!TryTake(')'))
        {
            if (items.Count > 0)
            {
                Take(',');
                if (TryTake(')'))
                {
                    break;
                }
            }

            string? item = null;
            if (type is not null)
            {
                int length = TypeLength(type, place);
                item = length > 0 ? type.Substring(place, length) : throw new FormatException($"has more values than \"{type}\"");
                place += length;
            }

            items.Add(ReadValue(item, depth + 1));
        }

        return items.Count > 0 && (type is null || place == type.Length - 1) ? new BusStruct([.. items])
            : throw new FormatException("has too few values between ( and )");
    }

    private BusVariant ReadVariant(string? type, int depth)
    {
        Require(type, type is null or "v");
        Take('<');
        BusVariant value = new(ReadValue(null, depth + 1));
        Take('>');
        return value;
    }

    private BusText ReadText(string? type)
    {
        Require(type, type is null or "s" or "o" or "g");
        string text = ReadQuoted();
        if (text.Contains('\0', StringComparison.Ordinal) || (type == "g" && text.Length > byte.MaxValue))
        {
            throw new FormatException("has a string with a zero in it, or a signature that is too long");
        }

        return new BusText((type ?? "s")[0], text);
    }

    /// <summary><c>b'text'</c>: bytes with a final zero.</summary>
    private BusArray ReadByteString(string? type)
    {
        Require(type, type is null or "ay");
        _rest = _rest[1..];
        return BusArray.OfBytes(Encoding.UTF8.GetBytes(ReadQuoted() + "\0"));
    }

    private BusValue ReadWord(string? type, int depth)
    {
        int length = 0;
        while (length < _rest.Length && (char.IsAsciiLetterOrDigit(_rest[length]) || _rest[length] is '+' or '-' or '.' or '_'))
        {
            length++;
        }

        ReadOnlySpan<char> word = _rest[..length];
        if (word is "true" or "false")
        {
            Require(type, type is null or "b");
            BusValue value = BusValue.Of(word is "true");
            _rest = _rest[word.Length..];
            return value;
        }

        for (int i = 0; i < TypeWords.Length; i++)
        {
            if (word.SequenceEqual(TypeWords[i]))
            {
                string named = TypeLetters[i].ToString();
                Require(type, type is null || type == named);
                _rest = _rest[word.Length..];
                return ReadValue(named, depth + 1);
            }
        }

        BusNumber number = ReadNumber(word, type ?? (word.ContainsAny(".eE") && !word.StartsWith("0x") ? "d" : "i"));
        _rest = _rest[word.Length..];
        return number;
    }

    private readonly BusNumber ReadNumber(ReadOnlySpan<char> word, string type)
    {
        if (type == "d")
        {
            return double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double real)
                ? new BusNumber('d', BitConverter.DoubleToUInt64Bits(real)) : throw Unexpected();
        }

        (long Least, ulong Most) range = type switch
        {
            "y" => (byte.MinValue, byte.MaxValue),
            "n" => (short.MinValue, (ulong)short.MaxValue),
            "q" => (ushort.MinValue, ushort.MaxValue),
            "i" => (int.MinValue, int.MaxValue),
            "u" => (uint.MinValue, uint.MaxValue),
            "x" => (long.MinValue, long.MaxValue),
            "t" => (0, ulong.MaxValue),
            _ => throw Unexpected(),
        };
        bool isHexadecimal = word.StartsWith("0x");
        return Int128.TryParse(isHexadecimal ? word[2..] : word, isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 number)
            && number >= range.Least && number <= range.Most
                ? new BusNumber(type[0], (ulong)(long)(number > long.MaxValue ? number - ((Int128)1 << 64) : number))
                : throw new FormatException($"\"{word}\" is no number from {range.Least} to {range.Most}");
    }

    private string ReadQuoted()
    {
        char quote = _rest[0];
        StringBuilder text = new();
        for (int i = 1; i < _rest.Length; i++)
        {
            if (_rest[i] == quote)
            {
                _rest = _rest[(i + 1)..];
                return text.ToString();
            }

            text.Append(_rest[i] != '\\' ? _rest[i] : ++i == _rest.Length ? throw Unexpected() : _rest[i] switch
            {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'a' => '\a',
                'b' => '\b',
                'f' => '\f',
                'v' => '\v',
                'u' when ushort.TryParse(_rest.Slice(i + 1, Math.Min(4, _rest.Length - i - 1)), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit) && (i += 4) > 0 => (char)unit,
                var other => other,
            });
        }

        throw new FormatException($"has a string that does not end with {quote}");
    }

    /// <summary>How much of a signature is one type; 0 when it is none.</summary>
    private static int TypeLength(string signature, int place)
    {
        if (place >= signature.Length || place > byte.MaxValue)
        {
            return 0;
        }

        if (signature[place] == 'a')
        {
            return TypeLength(signature, place + 1) is > 0 and var element ? 1 + element : 0;
        }

        if (signature[place] != '(')
        {
            return signature[place] == 'v' || TypeLetters.Contains(signature[place], StringComparison.Ordinal) ? 1 : 0;
        }

        int end = place + 1;
        while (TypeLength(signature, end) is > 0 and var length)
        {
            end += length;
        }

        return end > place + 1 && end < signature.Length && signature[end] == ')' ? end + 1 - place : 0;
    }

    private void SkipSpace() => _rest = _rest.TrimStart();

    private void Take(char expected)
    {
        if (!TryTake(expected))
        {
            throw Unexpected();
        }
    }

    private bool TryTake(char expected)
    {
        SkipSpace();
        if (_rest.IsEmpty || _rest[0] != expected)
        {
            return false;
        }

        _rest = _rest[1..];
        return true;
    }

    private readonly void Require(string? type, bool fits)
    {
        if (!fits)
        {
            throw new FormatException($"has no value of type \"{type}\" at \"{_rest}\"");
        }
    }

    private readonly FormatException Unexpected() =>
        new(_rest.IsEmpty ? "ends too early" : $"can't be understood from \"{_rest}\" on");
}
