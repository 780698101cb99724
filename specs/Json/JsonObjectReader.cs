using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Bulkhead.Specs.Json;

/// <summary>Reads a document token by token; every complaint names the value's path.</summary>
/// <remarks>
/// An object is read like this: <see cref="StartObject"/>; while <see cref="NextProperty"/>, ask <see cref="Is"/> for
/// each name in turn, always in the same order, and read the value of the one that matches, or else call
/// <see cref="SkipUnknown"/>. The order gives each name, of at most 64, its bit in the object's mask of names seen.
/// Reading a value leaves the reader on the value's last token. Null, where a value may be absent, stands for absent.
/// RFC 8259, "The JavaScript Object Notation"; runtime-spec 1.3, glossary.md, "JSON": names are case-sensitive and
/// appear at most once.
/// </remarks>
public ref struct JsonObjectReader
{
    /// <summary>How many levels of objects and arrays a document may have.</summary>
    public const int MaxDepth = 64;

    private readonly ReadOnlySpan<byte> _document;
    private Utf8JsonReader _json;
    private SeenAtDepth _seen;
    private int _asked;
    private HashSet<(long Object, string Name)>? _unknown;

    internal JsonObjectReader(ReadOnlySpan<byte> document)
    {
        _document = document;
        _json = new Utf8JsonReader(document, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    private readonly bool IsNull => _json.TokenType == JsonTokenType.Null;

    private readonly bool IsNumber => _json.TokenType == JsonTokenType.Number;

    /// <summary>Enters the object that starts here.</summary>
    public void StartObject()
    {
        Expect(JsonTokenType.StartObject, "an object");
        _seen[_json.CurrentDepth] = new Seen { Object = _json.TokenStartIndex };
    }

    /// <summary>Goes to the next property of the object; false at its end.</summary>
    public bool NextProperty()
    {
        _asked = 0;
        _json.Read();
        return _json.TokenType != JsonTokenType.EndObject;
    }

    /// <summary>Whether the property has this name; if so, goes to its value.</summary>
    public bool Is(ReadOnlySpan<byte> name)
    {
        ulong bit = 1UL << _asked++;
        if (!_json.ValueTextEquals(name))
        {
            return false;
        }

        ref Seen seen = ref _seen[_json.CurrentDepth - 1];
        if ((seen.Names & bit) != 0)
        {
            throw Duplicate();
        }

        seen.Names |= bit;
        _json.Read();
        return true;
    }

    /// <summary>Passes over a property that is not known; its name too may appear only once.</summary>
    public void SkipUnknown()
    {
        _unknown ??= [];
        if (!_unknown.Add((_seen[_json.CurrentDepth - 1].Object, _json.GetString()!)))
        {
            throw Duplicate();
        }

        _json.Skip();
    }

    /// <summary>Reads an object.</summary>
    public T? Read<T>() where T : class, IJsonObject<T> => IsNull ? null : T.Read(ref this);

    /// <summary>Reads an array of objects, none of which may be null.</summary>
    public T[]? ReadArray<T>() where T : class, IJsonObject<T>
    {
        if (IsNull)
        {
            return null;
        }

        List<T> items = [];
        for (StartArray(); NextItem();)
        {
            items.Add(T.Read(ref this));
        }

        return [.. items];
    }

    /// <summary>Reads an object with names of any kind, whose values are objects and not null.</summary>
    public IReadOnlyDictionary<string, T>? ReadMap<T>() where T : class, IJsonObject<T>
    {
        if (IsNull)
        {
            return null;
        }

        Dictionary<string, T> map = [];
        for (StartMap(); NextProperty();)
        {
            string key = NewKey(map);
            map.Add(key, T.Read(ref this));
        }

        return map;
    }

    /// <summary>Reads an object with names of any kind, whose values are strings.</summary>
    public IReadOnlyDictionary<string, string>? ReadStringMap()
    {
        if (IsNull)
        {
            return null;
        }

        Dictionary<string, string> map = [];
        for (StartMap(); NextProperty();)
        {
            string key = NewKey(map);
            map.Add(key, RequireString());
        }

        return map;
    }

    /// <summary>Reads a string, which may hold any character but NUL.</summary>
    public string? ReadString() => IsNull ? null : RequireString();

    /// <summary>Reads an array of strings.</summary>
    public string[]? ReadStrings()
    {
        if (IsNull)
        {
            return null;
        }

        List<string> items = [];
        for (StartArray(); NextItem();)
        {
            items.Add(RequireString());
        }

        return [.. items];
    }

    /// <summary>Reads true or false.</summary>
    public readonly bool? ReadBoolean() => _json.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.Null => null,
        _ => throw Unexpected("true or false"),
    };

    /// <summary>Reads a whole number of 16 bits without a sign.</summary>
    public readonly ushort? ReadUInt16() =>
        IsNull ? null : IsNumber && _json.TryGetUInt16(out ushort value) ? value : throw BadNumber<ushort>();

    /// <summary>Reads a whole number of 32 bits.</summary>
    public readonly int? ReadInt32() =>
        IsNull ? null : IsNumber && _json.TryGetInt32(out int value) ? value : throw BadNumber<int>();

    /// <summary>Reads a whole number of 32 bits without a sign.</summary>
    public readonly uint? ReadUInt32() => IsNull ? null : RequireUInt32();

    /// <summary>Reads a whole number of 64 bits.</summary>
    public readonly long? ReadInt64() =>
        IsNull ? null : IsNumber && _json.TryGetInt64(out long value) ? value : throw BadNumber<long>();

    /// <summary>Reads a whole number of 64 bits without a sign.</summary>
    public readonly ulong? ReadUInt64() =>
        IsNull ? null : IsNumber && _json.TryGetUInt64(out ulong value) ? value : throw BadNumber<ulong>();

    /// <summary>Reads an array of whole numbers of 32 bits without a sign.</summary>
    public uint[]? ReadUInt32s()
    {
        if (IsNull)
        {
            return null;
        }

        List<uint> items = [];
        for (StartArray(); NextItem();)
        {
            items.Add(RequireUInt32());
        }

        return [.. items];
    }

    /// <summary>Reads a value of an enumeration, spelled exactly as its specification does.</summary>
    public readonly TEnum? ReadEnum<TEnum, TSpelling>() where TEnum : struct, Enum where TSpelling : ISpelling<TEnum> =>
        IsNull ? null : RequireEnum<TEnum, TSpelling>();

    /// <summary>Reads an array of values of an enumeration, spelled exactly as its specification does.</summary>
    public TEnum[]? ReadEnums<TEnum, TSpelling>() where TEnum : struct, Enum where TSpelling : ISpelling<TEnum>
    {
        if (IsNull)
        {
            return null;
        }

        List<TEnum> items = [];
        for (StartArray(); NextItem();)
        {
            items.Add(RequireEnum<TEnum, TSpelling>());
        }

        return [.. items];
    }

    /// <summary>Reads a digest.</summary>
    public Digest? ReadDigest()
    {
        if (IsNull)
        {
            return null;
        }

        string text = RequireString();
        return Digest.TryParse(text, out Digest digest, out string? problem) ? digest : throw Refuse(problem);
    }

    /// <summary>Reads an array of digests.</summary>
    public Digest[]? ReadDigests()
    {
        if (IsNull)
        {
            return null;
        }

        List<Digest> items = [];
        for (StartArray(); NextItem();)
        {
            items.Add(ReadDigest() ?? throw Unexpected("a string"));
        }

        return [.. items];
    }

    /// <summary>Reads bytes in Base64.</summary>
    public readonly byte[]? ReadBytes()
    {
        if (IsNull)
        {
            return null;
        }

        Expect(JsonTokenType.String, "a string");
        return _json.TryGetBytesFromBase64(out byte[]? bytes) ? bytes : throw Refuse("not valid Base64");
    }

    /// <summary>Keeps a value of any kind as it is.</summary>
    public JsonElement? ReadElement() => IsNull ? null : JsonElement.ParseValue(ref _json);

    /// <summary>The complaint that the object, at whose end the reader is, lacks a property.</summary>
    public readonly SpecException Missing(string name) =>
        new(DocumentPath.Join(DocumentPath.At(_document, _json.TokenStartIndex), name), "required, but missing");

    /// <summary>The complaint that the current value is not what it should be.</summary>
    /// <param name="cause">What is wrong, in words that can follow the value's path and a colon.</param>
    public readonly SpecException Refuse(string cause) => new(DocumentPath.At(_document, _json.TokenStartIndex), cause);

    /// <summary>Goes to the first token of the document.</summary>
    internal void StartDocument() => _json.Read();

    /// <summary>Makes sure that only white space follows.</summary>
    internal void EndDocument() => _json.Read();

    private readonly void StartMap() => Expect(JsonTokenType.StartObject, "an object");

    private readonly void StartArray() => Expect(JsonTokenType.StartArray, "an array");

    private bool NextItem()
    {
        _json.Read();
        return _json.TokenType != JsonTokenType.EndArray;
    }

    private string NewKey<T>(Dictionary<string, T> map)
    {
        string key = Text();
        if (map.ContainsKey(key))
        {
            throw Duplicate();
        }

        _json.Read();
        return key;
    }

    private readonly string RequireString()
    {
        Expect(JsonTokenType.String, "a string");
        return Text();
    }

    // The kernel's strings end at a NUL: "/allowed\0/rest" would be checked as one thing and used as another.
    private readonly string Text()
    {
        string text = _json.GetString()!;
        return _json.ValueIsEscaped && text.Contains('\0') ? throw Refuse("contains a NUL character") : text;
    }

    private readonly uint RequireUInt32() => IsNumber && _json.TryGetUInt32(out uint value) ? value : throw BadNumber<uint>();

    private readonly TEnum RequireEnum<TEnum, TSpelling>() where TEnum : struct, Enum where TSpelling : ISpelling<TEnum>
    {
        Expect(JsonTokenType.String, "a string");
        for (int value = 0; ; value++)
        {
            TEnum member = Spelled.FromInt32<TEnum>(value);
            ReadOnlySpan<byte> spelling = TSpelling.Of(member);
            if (spelling.IsEmpty)
            {
                throw Refuse($"unknown value {DocumentPath.Quote(_json.GetString()!)}");
            }

            if (_json.ValueTextEquals(spelling))
            {
                return member;
            }
        }
    }

    private readonly void Expect(JsonTokenType type, string expected)
    {
        if (_json.TokenType != type)
        {
            throw Unexpected(expected);
        }
    }

    private readonly SpecException Duplicate() => Refuse("duplicate key");

    private readonly SpecException Unexpected(string expected) => Refuse($"expected {expected}, found {Found()}");

    private readonly SpecException BadNumber<T>() where T : IMinMaxValue<T>
    {
        if (!IsNumber)
        {
            return Unexpected("a number");
        }

        string number = DocumentPath.Clip(Encoding.UTF8.GetString(_json.ValueSpan));
        return number.AsSpan().ContainsAny('.', 'e', 'E')
            ? Refuse($"expected a whole number, found {number}")
            : Refuse(string.Create(CultureInfo.InvariantCulture, $"{number} is out of range, {T.MinValue} to {T.MaxValue}"));
    }

    private readonly string Found() => _json.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => "null",
    };

    private struct Seen
    {
        // A bit for each name that was found.
        public ulong Names;

        // Where the object starts: tells objects apart in _unknown.
        public long Object;
    }

    [InlineArray(MaxDepth + 1)]
    private struct SeenAtDepth
    {
        private Seen _first;
    }
}
