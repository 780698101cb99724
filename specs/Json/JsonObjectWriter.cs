using System.Text.Json;

namespace Bulkhead.Specs.Json;

/// <summary>Writes the properties of an object; one whose value is null is left out.</summary>
public readonly struct JsonObjectWriter
{
    private readonly Utf8JsonWriter _json;

    internal JsonObjectWriter(Utf8JsonWriter json) => _json = json;

    /// <summary>Writes a string.</summary>
    public void Write(ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            _json.WriteString(name, value);
        }
    }

    /// <summary>Writes true or false.</summary>
    public void Write(ReadOnlySpan<byte> name, bool? value)
    {
        if (value is { } present)
        {
            _json.WriteBoolean(name, present);
        }
    }

    /// <summary>Writes a number.</summary>
    public void Write(ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } present)
        {
            _json.WriteNumber(name, present);
        }
    }

    /// <summary>Writes a number.</summary>
    public void Write(ReadOnlySpan<byte> name, ulong? value)
    {
        if (value is { } present)
        {
            _json.WriteNumber(name, present);
        }
    }

    /// <summary>Writes a digest.</summary>
    public void Write(ReadOnlySpan<byte> name, Digest? value) => Write(name, value?.ToString());

    /// <summary>Writes a value that was kept as it was.</summary>
    public void Write(ReadOnlySpan<byte> name, JsonElement? value)
    {
        if (value is { } present)
        {
            _json.WritePropertyName(name);
            present.WriteTo(_json);
        }
    }

    /// <summary>Writes bytes in Base64.</summary>
    public void Write(ReadOnlySpan<byte> name, byte[]? value)
    {
        if (value is not null)
        {
            _json.WriteBase64String(name, value);
        }
    }

    /// <summary>Writes an array of strings.</summary>
    public void Write(ReadOnlySpan<byte> name, string[]? values)
    {
        if (values is null)
        {
            return;
        }

        _json.WriteStartArray(name);
        foreach (string value in values)
        {
            _json.WriteStringValue(value);
        }

        _json.WriteEndArray();
    }

    /// <summary>Writes an array of numbers.</summary>
    public void Write(ReadOnlySpan<byte> name, uint[]? values)
    {
        if (values is null)
        {
            return;
        }

        _json.WriteStartArray(name);
        foreach (uint value in values)
        {
            _json.WriteNumberValue(value);
        }

        _json.WriteEndArray();
    }

    /// <summary>Writes an array of digests.</summary>
    public void Write(ReadOnlySpan<byte> name, Digest[]? values)
    {
        if (values is null)
        {
            return;
        }

        _json.WriteStartArray(name);
        foreach (Digest value in values)
        {
            _json.WriteStringValue(value.ToString());
        }

        _json.WriteEndArray();
    }

    /// <summary>Writes an object of strings.</summary>
    public void Write(ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string>? map)
    {
        if (map is null)
        {
            return;
        }

        _json.WriteStartObject(name);
        foreach ((string key, string value) in map)
        {
            _json.WriteString(key, value);
        }

        _json.WriteEndObject();
    }

    /// <summary>Writes a value of an enumeration.</summary>
    public void WriteEnum<TEnum, TSpelling>(ReadOnlySpan<byte> name, TEnum? value)
        where TEnum : struct, Enum
        where TSpelling : ISpelling<TEnum>
    {
        if (value is { } present)
        {
            _json.WriteString(name, TSpelling.Of(present));
        }
    }

    /// <summary>Writes an array of values of an enumeration.</summary>
    public void WriteEnums<TEnum, TSpelling>(ReadOnlySpan<byte> name, TEnum[]? values)
        where TEnum : struct, Enum
        where TSpelling : ISpelling<TEnum>
    {
        if (values is null)
        {
            return;
        }

        _json.WriteStartArray(name);
        foreach (TEnum value in values)
        {
            _json.WriteStringValue(TSpelling.Of(value));
        }

        _json.WriteEndArray();
    }

    /// <summary>Writes an object.</summary>
    public void WriteObject<T>(ReadOnlySpan<byte> name, T? value) where T : class, IJsonObject<T>
    {
        if (value is not null)
        {
            _json.WritePropertyName(name);
            WriteValue(value);
        }
    }

    /// <summary>Writes an array of objects.</summary>
    public void WriteArray<T>(ReadOnlySpan<byte> name, T[]? values) where T : class, IJsonObject<T>
    {
        if (values is null)
        {
            return;
        }

        _json.WriteStartArray(name);
        foreach (T value in values)
        {
            WriteValue(value);
        }

        _json.WriteEndArray();
    }

    /// <summary>Writes an object of objects.</summary>
    public void WriteMap<T>(ReadOnlySpan<byte> name, IReadOnlyDictionary<string, T>? map) where T : class, IJsonObject<T>
    {
        if (map is null)
        {
            return;
        }

        _json.WriteStartObject(name);
        foreach ((string key, T value) in map)
        {
            _json.WritePropertyName(key);
            WriteValue(value);
        }

        _json.WriteEndObject();
    }

    internal void WriteValue<T>(T value) where T : class, IJsonObject<T>
    {
        _json.WriteStartObject();
        value.Write(this);
        _json.WriteEndObject();
    }
}
