using System.Runtime.CompilerServices;
using System.Text;

namespace Bulkhead.Specs.Json;

/// <summary>The values of an enumeration in the spelling of their specification.</summary>
public static class Spelled
{
    /// <summary>The spelling of a value; empty for what is no member.</summary>
    public static string Text<TEnum, TSpelling>(TEnum value) where TEnum : struct, Enum where TSpelling : ISpelling<TEnum> =>
        Encoding.UTF8.GetString(TSpelling.Of(value));

    /// <summary>The spellings of all values, in the order of their declaration.</summary>
    public static string[] All<TEnum, TSpelling>() where TEnum : struct, Enum where TSpelling : ISpelling<TEnum>
    {
        List<string> all = [];
        for (int value = 0; Text<TEnum, TSpelling>(FromInt32<TEnum>(value)) is { Length: > 0 } text; value++)
        {
            all.Add(text);
        }

        return [.. all];
    }

    internal static TEnum FromInt32<TEnum>(int value) where TEnum : struct, Enum => Unsafe.BitCast<int, TEnum>(value);
}
